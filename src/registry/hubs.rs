//! Hubs: unique by name within their tenant (platform documentation §10.2).

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::changes::Turn;
use super::{Page, PageQuery, Registry, RegistryError, TenantEntry};
use crate::domain::audit::Actor;
use crate::domain::clock::Millis;
use crate::domain::hub::{Hub, HubStatus};
use crate::domain::ids::{HubId, TenantId};
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
            Some(entry) => page.of(entry.hubs.read().iter()),
            None => Page { items: Vec::new(), total: 0 },
        }
    }

    /// Creates a hub of a tenant, which has `most` hubs at most.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn create_hub(
        self: &Arc<Self>,
        by: Actor,
        spec: HubSpec,
        most: Option<NonZeroUsize>,
    ) -> Result<Arc<Hub>, RegistryError> {
        let tenant = by.tenant;
        let (turn, entry) = self.turn(by).await?;
        name_is_free(&entry, &spec.name, None)?;
        if most.is_some_and(|most| entry.hubs.read().len() >= most.get()) {
            return Err(RegistryError::TooManyHubs);
        }
        let number = entry.highest_hub_number.load(Ordering::Relaxed) + 1;
        keep_hub(turn, entry, new_hub(tenant, number, spec, self.clock.now())).await
    }

    /// Changes a hub. A patch that changes nothing leaves it as it is, with the moment of its last change.
    pub async fn update_hub(
        self: &Arc<Self>,
        by: Actor,
        id: HubId,
        patch: HubPatch,
    ) -> Result<Arc<Hub>, RegistryError> {
        let tenant = by.tenant;
        let (turn, entry) = self.turn(by).await?;
        let present = self.hub(tenant, id).ok_or(RegistryError::HubNotFound)?;
        let mut hub = Hub::clone(&present);
        if let Some(name) = patch.name {
            name_is_free(&entry, &name, Some(id))?;
            hub.name = name;
        }
        hub.description = patch.description.unwrap_or(hub.description);
        hub.close_dormant_days = patch.close_dormant_days.unwrap_or(hub.close_dormant_days);
        hub.status = patch.status.unwrap_or(hub.status);
        if hub == *present {
            return Ok(present);
        }
        hub.modified = self.clock.now();
        keep_hub(turn, entry, hub).await
    }

    /// Deletes a hub, its integrations and its commands.
    pub async fn delete_hub(self: &Arc<Self>, by: Actor, id: HubId) -> Result<(), RegistryError> {
        let tenant = by.tenant;
        let (turn, entry) = self.turn(by).await?;
        self.hub(tenant, id).ok_or(RegistryError::HubNotFound)?;
        let integrations = self.integrations_of(id);
        let mut writes: Vec<_> =
            integrations.iter().map(|integration| Write::DeleteIntegration(integration.id)).collect();
        writes.extend(self.command_ids_of(id).into_iter().map(Write::DeleteCommand));
        writes.push(Write::DeleteHub(id));
        turn.keep(writes, move |registry| {
            for integration in &integrations {
                registry.integrations.remove(&integration.id);
                registry.accounts.release(integration);
                registry.faq_bots.hide(integration.id);
            }
            registry.webhooks.hide_hub(id);
            registry.by_hub.remove(&id);
            registry.hide_commands_of(id);
            registry.pipelines.remove(&id);
            registry.hubs.remove(&id);
            entry.hubs.write().remove(id);
            entry.integrations.write().forget(id);
            registry.rights_changed();
        })
        .await
    }
}

/// A hub that was never there before.
pub(super) fn new_hub(tenant: TenantId, number: i64, spec: HubSpec, now: Millis) -> Hub {
    Hub {
        id: HubId::new(),
        tenant,
        number,
        name: spec.name,
        description: spec.description,
        close_dormant_days: spec.close_dormant_days,
        status: spec.status,
        created: now,
        modified: now,
    }
}

async fn keep_hub(turn: Turn, entry: Arc<TenantEntry>, hub: Hub) -> Result<Arc<Hub>, RegistryError> {
    let hub = Arc::new(hub);
    turn.keep(vec![Write::PutHub(Hub::clone(&hub))], move |registry| {
        // Changed in the tenant's turn alone.
        entry.highest_hub_number.fetch_max(hub.number, Ordering::Relaxed);
        entry.hubs.write().put(hub.clone());
        registry.hubs.insert(hub.id, hub.clone());
        hub
    })
    .await
}

fn name_is_free(entry: &TenantEntry, name: &str, except: Option<HubId>) -> Result<(), RegistryError> {
    match entry.hubs.read().named(name) {
        Some(id) if Some(id) != except => Err(RegistryError::NameTaken),
        _ => Ok(()),
    }
}
