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
    pub async fn create_user(
        self: &Arc<Self>,
        tenant: TenantId,
        name: String,
    ) -> Result<Arc<User>, RegistryError> {
        let (turn, entry) = self.turn(tenant).await?;
        let number = entry.users.read().values().map(|user| user.number).max().unwrap_or(0) + 1;
        let user = Arc::new(User { id: new_short_id(), tenant, number, name });
        turn.keep(vec![Write::PutUser(User::clone(&user))], move |_| {
            entry.users.write().insert(user.id.clone(), user.clone());
            user
        })
        .await
    }
}

/// An id as the streaming reference's examples show them: 15 hexadecimal digits.
pub(super) fn new_short_id<T: From<String>>() -> T {
    let mut text = uuid::Uuid::new_v4().simple().to_string();
    text.truncate(15);
    T::from(text)
}
