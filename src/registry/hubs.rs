//! Hubs: unique by name within their tenant (platform documentation §10.2).

use std::sync::Arc;

use super::{Page, PageQuery, Registry, RegistryError, TenantEntry};
use crate::domain::hub::{Hub, HubStatus};
use crate::domain::ids::{HubId, IntegrationId, TenantId};
use crate::store::Write;

/// A hub to be created.
#[derive(Clone, Debug)]
pub struct HubSpec {
    /// Unique within the tenant.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Days; 0 is never.
    pub close_dormant_days: u32,
    /// Whether it works.
    pub status: HubStatus,
}

/// What of a hub is to be changed.
#[derive(Clone, Debug, Default)]
pub struct HubPatch {
    /// A new name.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// A new number of days.
    pub close_dormant_days: Option<u32>,
    /// A new status.
    pub status: Option<HubStatus>,
}

impl Registry {
    /// A hub of a tenant.
    pub fn hub(&self, tenant: TenantId, id: HubId) -> Option<Arc<Hub>> {
        self.hubs.get(&id).filter(|hub| hub.tenant == tenant).map(|hub| hub.clone())
    }

    /// A page of a tenant's hubs.
    pub fn hubs(&self, tenant: TenantId, page: PageQuery) -> Page<Arc<Hub>> {
        match self.tenants.get(&tenant) {
            Some(entry) => page.of(entry.hubs.read().values().cloned()),
            None => Page { items: Vec::new(), total: 0 },
        }
    }

    /// Creates a hub.
    pub async fn create_hub(&self, tenant: TenantId, spec: HubSpec) -> Result<Arc<Hub>, RegistryError> {
        let entry = self.tenant_entry(tenant)?;
        let _changing = entry.changing.lock().await;
        name_is_free(&entry, &spec.name, None)?;
        let now = self.clock.now();
        let hub = Hub {
            id: HubId::new(),
            tenant,
            number: entry.hubs.read().values().map(|hub| hub.number).max().unwrap_or(0) + 1,
            name: spec.name,
            description: spec.description,
            close_dormant_days: spec.close_dormant_days,
            status: spec.status,
            created: now,
            modified: now,
        };
        self.keep_hub(hub).await
    }

    /// Changes a hub.
    pub async fn update_hub(
        &self,
        tenant: TenantId,
        id: HubId,
        patch: HubPatch,
    ) -> Result<Arc<Hub>, RegistryError> {
        let entry = self.tenant_entry(tenant)?;
        let _changing = entry.changing.lock().await;
        let mut hub = Hub::clone(&*self.hub(tenant, id).ok_or(RegistryError::HubNotFound)?);
        if let Some(name) = patch.name {
            name_is_free(&entry, &name, Some(id))?;
            hub.name = name;
        }
        hub.description = patch.description.unwrap_or(hub.description);
        hub.close_dormant_days = patch.close_dormant_days.unwrap_or(hub.close_dormant_days);
        hub.status = patch.status.unwrap_or(hub.status);
        hub.modified = self.clock.now();
        self.keep_hub(hub).await
    }

    /// Deletes a hub and its integrations.
    pub async fn delete_hub(&self, tenant: TenantId, id: HubId) -> Result<(), RegistryError> {
        let entry = self.tenant_entry(tenant)?;
        let _changing = entry.changing.lock().await;
        self.hub(tenant, id).ok_or(RegistryError::HubNotFound)?;
        let integrations: Vec<IntegrationId> =
            self.integrations_of(id).into_iter().map(|integration| integration.id).collect();
        let mut writes: Vec<_> = integrations.iter().copied().map(Write::DeleteIntegration).collect();
        writes.push(Write::DeleteHub(id));
        self.store.commit(writes).await?;
        for integration in &integrations {
            self.integrations.remove(integration);
        }
        self.by_hub.remove(&id);
        self.hubs.remove(&id);
        entry.hubs.write().remove(&id);
        self.rights_changed();
        Ok(())
    }

    async fn keep_hub(&self, hub: Hub) -> Result<Arc<Hub>, RegistryError> {
        self.store.commit(vec![Write::PutHub(hub.clone())]).await?;
        let hub = Arc::new(hub);
        self.show_hub(hub.clone());
        Ok(hub)
    }

    pub(super) fn show_hub(&self, hub: Arc<Hub>) {
        if let Some(entry) = self.tenants.get(&hub.tenant) {
            entry.hubs.write().insert(hub.id, hub.clone());
            self.hubs.insert(hub.id, hub);
        }
    }
}

fn name_is_free(entry: &TenantEntry, name: &str, except: Option<HubId>) -> Result<(), RegistryError> {
    let wanted = name.to_lowercase();
    let taken =
        entry.hubs.read().values().any(|hub| Some(hub.id) != except && hub.name.to_lowercase() == wanted);
    if taken { Err(RegistryError::NameTaken) } else { Ok(()) }
}
