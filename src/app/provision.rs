//! What a new tenant begins with: a hub with one integration of every kind, people, and credentials.

use std::sync::Arc;

use crate::domain::directory::{Team, User};
use crate::domain::hub::{Hub, HubStatus};
use crate::domain::ids::{HubId, IntegrationId, TenantId};
use crate::domain::integration::{IntegrationStatus, IntegrationType};
use crate::registry::{
    ConfigurationSpec, DirectSpec, HubSpec, IntegrationSpec, NewTenant, Registry, RegistryError, WebChatSpec,
};

/// A tenant that was just made, with everything it begins with.
pub(super) struct Provisioned {
    pub(super) tenant: NewTenant,
    pub(super) hub: Arc<Hub>,
    pub(super) integrations: Integrations,
    pub(super) users: Vec<Arc<User>>,
    pub(super) team: Arc<Team>,
}

/// The integrations of the first hub.
pub(super) struct Integrations {
    pub(super) customer: IntegrationId,
    pub(super) webchat: IntegrationId,
    pub(super) agent: IntegrationId,
    pub(super) bot: IntegrationId,
}

/// Creates a tenant of that name with its first hub.
pub(super) async fn provision(registry: &Registry, name: &str) -> Result<Provisioned, RegistryError> {
    let tenant = registry.create_tenant(name).await?;
    let id = tenant.tenant.id;
    let mut users = Vec::new();
    for name in ["Alex Agent", "Sam Supervisor"] {
        users.push(registry.create_user(id, name.to_owned()).await?);
    }
    let members = users.iter().map(|user| user.id.clone()).collect();
    let team = registry.create_team(id, "Support".to_owned(), members).await?;
    let hub = registry
        .create_hub(
            id,
            HubSpec {
                name: "First hub".to_owned(),
                description: "Customers, a web chat, an agent and a bot to begin with".to_owned(),
                close_dormant_days: 0,
                status: HubStatus::Active,
            },
        )
        .await?;
    let integrations = integrations(registry, id, hub.id, &users[0]).await?;
    Ok(Provisioned { tenant, hub, integrations, users, team })
}

async fn integrations(
    registry: &Registry,
    tenant: TenantId,
    hub: HubId,
    agent: &User,
) -> Result<Integrations, RegistryError> {
    let create = async |name: &str, kind, status, configuration| {
        let spec = IntegrationSpec { name: name.to_owned(), kind, status, configuration };
        registry.create_integration(tenant, hub, spec).await.map(|made| made.id)
    };
    let direct = |user| ConfigurationSpec::Direct(DirectSpec { user, ..DirectSpec::default() });
    let webchat = WebChatSpec { allowed_origins: vec!["localhost".to_owned()], ..WebChatSpec::default() };
    let active = IntegrationStatus::Active;
    Ok(Integrations {
        customer: create("Direct customer", IntegrationType::Customer, active, direct(None)).await?,
        webchat: create("Web chat", IntegrationType::Customer, active, ConfigurationSpec::WebChat(webchat))
            .await?,
        agent: create("Direct agent", IntegrationType::Agent, active, direct(Some(agent.id.clone()))).await?,
        // Paused until it can answer, so that the agent hears the customer.
        bot: create("FAQ bot", IntegrationType::Bot, IntegrationStatus::Paused, ConfigurationSpec::FaqBot)
            .await?,
    })
}
