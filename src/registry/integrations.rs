//! Integrations: unique by name within their hub (platform documentation §10.3).

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::configurations::{ConfigurationSpec, KeyChange};
use super::former_keys::{self, KeyOverlap};
use super::hub_sizes::Part;
use super::{Page, PageQuery, Registry, RegistryError, documents};
use crate::domain::audit::Actor;
use crate::domain::clock::Millis;
use crate::domain::ids::{HubId, IntegrationId, TenantId};
use crate::domain::integration::{AccountKey, Integration, IntegrationStatus, IntegrationType};
use crate::store::Write;

/// An integration to be created.
#[derive(Clone, Debug)]
pub struct IntegrationSpec {
    /// Unique within the hub.
    pub name: String,
    /// Whom it serves.
    pub kind: IntegrationType,
    /// Whether it works.
    pub status: IntegrationStatus,
    /// What it is to be set to.
    pub configuration: ConfigurationSpec,
}

/// What of an integration is to be changed. A given configuration replaces the old one as a whole; of its keys
/// only [`KeyChange`] decides.
#[derive(Clone, Debug, Default)]
pub struct IntegrationPatch {
    /// A new name.
    pub name: Option<String>,
    /// A new kind of party.
    pub kind: Option<IntegrationType>,
    /// A new status.
    pub status: Option<IntegrationStatus>,
    /// A new configuration, for the channel that it is on.
    pub configuration: Option<(ConfigurationSpec, KeyChange)>,
    /// How its keys go on signing when new ones are made.
    pub overlap: KeyOverlap,
}

impl Registry {
    /// An integration of a tenant.
    pub fn integration(&self, tenant: TenantId, id: IntegrationId) -> Option<Arc<Integration>> {
        self.integrations.get(&id).filter(|found| found.tenant == tenant).map(|found| found.clone())
    }

    /// An integration of any tenant, for callers who are not known yet.
    pub fn integration_anywhere(&self, id: IntegrationId) -> Option<Arc<Integration>> {
        self.integrations.get(&id).map(|found| found.clone())
    }

    /// The integration of a tenant that has an account at a provider.
    pub fn integration_with_account(&self, tenant: TenantId, key: &AccountKey) -> Option<Arc<Integration>> {
        self.integration(tenant, self.accounts.holder(key)?)
    }

    /// The integrations of a hub, in the order of creation.
    pub fn integrations_of(&self, hub: HubId) -> Vec<Arc<Integration>> {
        self.by_hub.get(&hub).map(|all| all.iter().cloned().collect()).unwrap_or_default()
    }

    /// A page of a tenant's integrations: of one hub, or hub by hub.
    pub fn integrations(
        &self,
        tenant: TenantId,
        hub: Option<HubId>,
        page: PageQuery,
    ) -> Page<Arc<Integration>> {
        if let Some(hub) = hub {
            return match self.by_hub.get(&hub) {
                Some(all) => page.of(all.iter()),
                None => Page { items: Vec::new(), total: 0 },
            };
        }
        let Some(entry) = self.tenants.get(&tenant).map(|entry| entry.clone()) else {
            return Page { items: Vec::new(), total: 0 };
        };
        let (parts, total) = {
            let sizes = entry.integrations.read();
            (sizes.page(page), sizes.total())
        };
        let mut items = Vec::new();
        for Part { hub, skip, take } in parts {
            // A hub that was deleted meanwhile has none any more.
            let Some(all) = self.by_hub.get(&hub) else { continue };
            items.extend(all.iter().skip(skip).take(take).cloned());
        }
        Page { items, total }
    }

    /// Whether an integration of that name could be created now in a hub, which has `most` integrations at most;
    /// asked before a provider is.
    ///
    /// # Errors
    /// [`RegistryError::HubNotFound`], [`RegistryError::NameTaken`] and [`RegistryError::TooManyIntegrations`].
    pub fn could_create_integration(
        &self,
        tenant: TenantId,
        hub: HubId,
        name: &str,
        most: Option<NonZeroUsize>,
    ) -> Result<(), RegistryError> {
        self.hub(tenant, hub).ok_or(RegistryError::HubNotFound)?;
        self.integration_name_is_free(hub, name, None)?;
        let present = self.by_hub.get(&hub).map_or(0, |all| all.len());
        if most.is_some_and(|most| present >= most.get()) {
            return Err(RegistryError::TooManyIntegrations);
        }
        Ok(())
    }

    /// Creates an integration of a hub, which has `most` integrations at most, with a new signing key pair where
    /// something is signed.
    ///
    /// # Errors
    /// [`RegistryError`]; [`RegistryError::AccountTaken`] when its account is on any hub already, also another
    /// tenant's.
    pub async fn create_integration(
        self: &Arc<Self>,
        by: Actor,
        hub: HubId,
        spec: IntegrationSpec,
        most: Option<NonZeroUsize>,
    ) -> Result<Arc<Integration>, RegistryError> {
        let tenant = by.tenant;
        let (turn, entry) = self.turn(by).await?;
        self.could_create_integration(tenant, hub, &spec.name, most)?;
        let integration = new_integration(tenant, hub, spec, self.clock.now());
        let claim = self.accounts.claim(&integration)?;
        let record = documents::close_integration(&integration, &self.sealer)?;
        turn.keep(vec![Write::PutIntegration(record)], move |registry| {
            claim.keep();
            let shown = registry.show_integration(Arc::new(integration));
            // Counted once it is there: a page that is asked for meanwhile would be one short.
            entry.integrations.write().rise(hub);
            shown
        })
        .await
    }

    /// Changes an integration. A patch that changes nothing leaves it as it is, with the moment of its last change.
    pub async fn update_integration(
        self: &Arc<Self>,
        by: Actor,
        id: IntegrationId,
        patch: IntegrationPatch,
    ) -> Result<Arc<Integration>, RegistryError> {
        let tenant = by.tenant;
        let (turn, _) = self.turn(by).await?;
        let present = self.integration(tenant, id).ok_or(RegistryError::IntegrationNotFound)?;
        if let Some(name) = &patch.name {
            self.integration_name_is_free(present.hub, name, Some(id))?;
        }
        let mut integration = patched(&present, patch, self.clock.now());
        if integration == *present {
            return Ok(present);
        }
        integration.modified = self.clock.now();
        let claim = self.accounts.claim(&integration)?;
        let mut writes =
            vec![Write::PutIntegration(documents::close_integration(&integration, &self.sealer)?)];
        if integration.former_keys != present.former_keys {
            writes.push(former_keys::close(&integration, &self.sealer)?);
        }
        turn.keep(writes, move |registry| {
            if present.configuration.account() != integration.configuration.account() {
                registry.accounts.release(&present);
            }
            claim.keep();
            let shown = registry.show_integration(Arc::new(integration));
            registry.rights_changed();
            shown
        })
        .await
    }

    /// Deletes an integration.
    pub async fn delete_integration(
        self: &Arc<Self>,
        by: Actor,
        id: IntegrationId,
    ) -> Result<(), RegistryError> {
        let tenant = by.tenant;
        let (turn, entry) = self.turn(by).await?;
        let found = self.integration(tenant, id).ok_or(RegistryError::IntegrationNotFound)?;
        turn.keep(vec![Write::DeleteIntegration(id)], move |registry| {
            registry.integrations.remove(&id);
            registry.accounts.release(&found);
            entry.integrations.write().fall(found.hub);
            registry.faq_bots.hide(id);
            registry.webhooks.hide(found.hub, id);
            if let Some(mut all) = registry.by_hub.get_mut(&found.hub) {
                all.remove(id);
            }
            registry.rights_changed();
        })
        .await
    }

    pub(super) fn show_integration(&self, integration: Arc<Integration>) -> Arc<Integration> {
        self.accounts.show(&integration);
        self.by_hub.entry(integration.hub).or_default().put(integration.clone());
        self.integrations.insert(integration.id, integration.clone());
        self.faq_bots.show(&integration);
        self.webhooks.show(&integration);
        self.answering_changed(integration.tenant);
        integration
    }

    fn integration_name_is_free(
        &self,
        hub: HubId,
        name: &str,
        except: Option<IntegrationId>,
    ) -> Result<(), RegistryError> {
        match self.by_hub.get(&hub).and_then(|all| all.named(name)) {
            Some(id) if Some(id) != except => Err(RegistryError::NameTaken),
            _ => Ok(()),
        }
    }
}

/// An integration that was never there before.
pub(super) fn new_integration(
    tenant: TenantId,
    hub: HubId,
    spec: IntegrationSpec,
    now: Millis,
) -> Integration {
    Integration {
        id: IntegrationId::new(),
        tenant,
        hub,
        name: spec.name,
        kind: spec.kind,
        status: spec.status,
        configuration: spec.configuration.with_keys(None),
        former_keys: Vec::new(),
        created: now,
        modified: now,
    }
}

fn patched(present: &Integration, patch: IntegrationPatch, now: Millis) -> Integration {
    let mut integration = present.clone();
    integration.name = patch.name.unwrap_or(integration.name);
    integration.kind = patch.kind.unwrap_or(integration.kind);
    integration.status = patch.status.unwrap_or(integration.status);
    if let Some((spec, change)) = patch.configuration {
        let keys = match change {
            KeyChange::Keep => present.configuration.keys().cloned(),
            KeyChange::Regenerate => {
                integration.former_keys = patch.overlap.former_keys(present, now);
                None
            }
        };
        integration.configuration = spec.with_keys(keys);
        if integration.configuration.keys().is_none() {
            integration.former_keys.clear();
        }
    }
    integration
}
