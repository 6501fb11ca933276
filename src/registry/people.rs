//! The directory of a tenant: users and teams.

use std::sync::Arc;

use super::{Registry, RegistryError};
use crate::domain::directory::{Team, User};
use crate::domain::ids::{TeamId, TenantId, UserId};
use crate::store::Write;

impl Registry {
    /// A user of a tenant.
    pub fn user(&self, tenant: TenantId, id: &UserId) -> Option<Arc<User>> {
        self.tenants.get(&tenant)?.users.read().get(id).cloned()
    }

    /// A team of a tenant.
    pub fn team(&self, tenant: TenantId, id: &TeamId) -> Option<Arc<Team>> {
        self.tenants.get(&tenant)?.teams.read().get(id).cloned()
    }

    /// Keeps a new user under the next number of the tenant.
    pub async fn create_user(&self, tenant: TenantId, name: String) -> Result<Arc<User>, RegistryError> {
        let entry = self.tenant_entry(tenant)?;
        let _changing = entry.changing.lock().await;
        let number = entry.users.read().values().map(|user| user.number).max().unwrap_or(0) + 1;
        let user = User { id: new_short_id(), tenant, number, name };
        self.store.commit(vec![Write::PutUser(user.clone())]).await?;
        let user = Arc::new(user);
        self.show_user(user.clone());
        Ok(user)
    }

    /// Keeps a new team.
    pub async fn create_team(
        &self,
        tenant: TenantId,
        name: String,
        members: Vec<UserId>,
    ) -> Result<Arc<Team>, RegistryError> {
        let entry = self.tenant_entry(tenant)?;
        let _changing = entry.changing.lock().await;
        let team = Team { id: new_short_id(), tenant, name, members };
        self.store.commit(vec![Write::PutTeam(team.clone())]).await?;
        let team = Arc::new(team);
        self.show_team(team.clone());
        Ok(team)
    }

    pub(super) fn show_user(&self, user: Arc<User>) {
        if let Some(entry) = self.tenants.get(&user.tenant) {
            entry.users.write().insert(user.id.clone(), user);
        }
    }

    pub(super) fn show_team(&self, team: Arc<Team>) {
        if let Some(entry) = self.tenants.get(&team.tenant) {
            entry.teams.write().insert(team.id.clone(), team);
        }
    }
}

/// An id as the streaming reference's examples show them: 15 hexadecimal digits.
fn new_short_id<T: From<String>>() -> T {
    let mut text = uuid::Uuid::new_v4().simple().to_string();
    text.truncate(15);
    T::from(text)
}
