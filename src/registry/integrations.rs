//! Integrations: unique by name within their hub (platform documentation §10.3).

use std::sync::Arc;

use uuid::Uuid;

use super::{Page, PageQuery, Registry, RegistryError, documents};
use crate::domain::audit::Actor;
use crate::domain::clock::Millis;
use crate::domain::ids::{HubId, IntegrationId, TenantId, UserId};
use crate::domain::integration::{
    Configuration, DirectConfiguration, Integration, IntegrationStatus, IntegrationType, SigningKeyPair,
    WebChatConfiguration,
};
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

/// What an integration is to be set to, by channel.
#[derive(Clone, Debug)]
pub enum ConfigurationSpec {
    /// On the Direct channel.
    Direct(DirectSpec),
    /// A web chat.
    WebChat(WebChatSpec),
    /// The embedded bot.
    FaqBot,
}

/// What a Direct integration is to be set to.
#[derive(Clone, Debug, Default)]
pub struct DirectSpec {
    /// Where activities go by webhook.
    pub webhook_url: Option<String>,
    /// Whether the sender hears its own activities again.
    pub echo: bool,
    /// Messages that open a conversation.
    pub start: Vec<serde_json::Value>,
    /// The directory user that an agent integration works for.
    pub user: Option<UserId>,
}

/// What a web chat is to be set to.
#[derive(Clone, Debug, Default)]
pub struct WebChatSpec {
    /// The hosts whose pages may carry it.
    pub allowed_origins: Vec<String>,
    /// Messages that open a conversation.
    pub start: Vec<serde_json::Value>,
}

/// Whether an update makes a new signing key pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyChange {
    /// The pair stays.
    #[default]
    Keep,
    /// A new pair is made; what is signed from now on is signed with it.
    Regenerate,
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
    /// A new configuration of the Direct channel.
    pub direct: Option<(DirectSpec, KeyChange)>,
}

impl Registry {
    /// An integration of a tenant.
    pub fn integration(&self, tenant: TenantId, id: IntegrationId) -> Option<Arc<Integration>> {
        self.integrations.get(&id).filter(|found| found.tenant == tenant).map(|found| found.clone())
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
        let hubs: Vec<HubId> =
            self.tenants.get(&tenant).map(|e| e.hubs.read().ids().collect()).unwrap_or_default();
        let mut total = 0;
        let mut skip = page.number.saturating_mul(page.size);
        let mut items = Vec::new();
        for hub in hubs {
            let Some(all) = self.by_hub.get(&hub) else { continue };
            total += all.len();
            items.extend(all.iter().skip(skip).take(page.size - items.len()).cloned());
            skip = skip.saturating_sub(all.len());
        }
        Page { items, total }
    }

    /// Creates an integration; on the Direct channel with a new signing key pair.
    pub async fn create_integration(
        self: &Arc<Self>,
        by: Actor,
        hub: HubId,
        spec: IntegrationSpec,
    ) -> Result<Arc<Integration>, RegistryError> {
        let tenant = by.tenant;
        let (turn, _) = self.turn(by).await?;
        self.hub(tenant, hub).ok_or(RegistryError::HubNotFound)?;
        self.integration_name_is_free(hub, &spec.name, None)?;
        let integration = new_integration(tenant, hub, spec, self.clock.now());
        let record = documents::close_integration(&integration, &self.sealer)?;
        turn.keep(vec![Write::PutIntegration(record)], move |registry| {
            registry.show_integration(Arc::new(integration))
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
        let mut integration = patched(&present, patch);
        if integration == *present {
            return Ok(present);
        }
        integration.modified = self.clock.now();
        let record = documents::close_integration(&integration, &self.sealer)?;
        turn.keep(vec![Write::PutIntegration(record)], move |registry| {
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
        let (turn, _) = self.turn(by).await?;
        let found = self.integration(tenant, id).ok_or(RegistryError::IntegrationNotFound)?;
        turn.keep(vec![Write::DeleteIntegration(id)], move |registry| {
            registry.integrations.remove(&id);
            if let Some(mut all) = registry.by_hub.get_mut(&found.hub) {
                all.remove(id);
            }
            registry.rights_changed();
        })
        .await
    }

    pub(super) fn show_integration(&self, integration: Arc<Integration>) -> Arc<Integration> {
        self.by_hub.entry(integration.hub).or_default().put(integration.clone());
        self.integrations.insert(integration.id, integration.clone());
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
    let configuration = match spec.configuration {
        ConfigurationSpec::Direct(direct) => {
            Configuration::Direct(direct_configuration(direct, new_key_pair()))
        }
        ConfigurationSpec::WebChat(webchat) => Configuration::WebChat(WebChatConfiguration {
            allowed_origins: webchat.allowed_origins,
            echo: true,
            start: webchat.start,
        }),
        ConfigurationSpec::FaqBot => Configuration::FaqBot,
    };
    Integration {
        id: IntegrationId::new(),
        tenant,
        hub,
        name: spec.name,
        kind: spec.kind,
        status: spec.status,
        configuration,
        created: now,
        modified: now,
    }
}

fn patched(present: &Integration, patch: IntegrationPatch) -> Integration {
    let mut integration = present.clone();
    integration.name = patch.name.unwrap_or(integration.name);
    integration.kind = patch.kind.unwrap_or(integration.kind);
    integration.status = patch.status.unwrap_or(integration.status);
    if let (Some((spec, change)), Configuration::Direct(old)) = (patch.direct, &present.configuration) {
        let keys = match change {
            KeyChange::Keep => old.keys.clone(),
            KeyChange::Regenerate => new_key_pair(),
        };
        integration.configuration = Configuration::Direct(direct_configuration(spec, keys));
    }
    integration
}

fn direct_configuration(spec: DirectSpec, keys: SigningKeyPair) -> DirectConfiguration {
    DirectConfiguration {
        webhook_url: spec.webhook_url,
        echo: spec.echo,
        start: spec.start,
        user: spec.user,
        keys,
    }
}

/// Two random names of 32 upper-case hexadecimal digits, the form that existing receivers store.
fn new_key_pair() -> SigningKeyPair {
    let random = || Uuid::new_v4().simple().to_string().to_uppercase();
    SigningKeyPair { public: random(), private: random() }
}
