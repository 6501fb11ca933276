//! What a new tenant begins with: a hub with one integration of every kind, people, and credentials.
//! It must not know where any of it is kept.

use std::sync::Arc;

use super::faq::first_nodes;
use crate::config::Faq;
use crate::domain::directory::{Team, User};
use crate::domain::hub::{Hub, HubStatus};
use crate::domain::ids::{HubId, IntegrationId};
use crate::domain::integration::{IntegrationStatus, IntegrationType};
use crate::domain::origin::AllowedOrigin;
use crate::registry::{
    ConfigurationSpec, DirectSpec, HubSpec, IntegrationSpec, NewTenant, Registry, RegistryError, TeamSpec,
    TenantDraft, UserSpec, WebChatSpec,
};

/// What a new tenant's credentials tell of it.
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

/// Works out a tenant of that name with its first hub. Nothing is kept before the draft is.
pub(super) fn provision(
    registry: &Registry,
    name: &str,
    faq: &Faq,
) -> Result<(TenantDraft, Provisioned), RegistryError> {
    let (mut draft, tenant) = registry.draft_tenant(name)?;
    let users = people().map(|spec| draft.user(spec)).to_vec();
    let members = users.iter().map(|user| user.id.clone()).collect();
    let team = draft.team(TeamSpec { name: "Support".to_owned(), members, ..TeamSpec::default() });
    let hub = draft.hub(HubSpec {
        name: "First hub".to_owned(),
        description: "Customers, a web chat, an agent and a bot to begin with".to_owned(),
        close_dormant_days: 0,
        status: HubStatus::Active,
    });
    let bot = if faq.first_bot_active { IntegrationStatus::Active } else { IntegrationStatus::Paused };
    let integrations = integrations(&mut draft, hub.id, &users[0], bot);
    draft.faq(integrations.bot, first_nodes());
    Ok((draft, Provisioned { tenant, hub, integrations, users, team }))
}

/// An agent, and somebody who looks after agents.
fn people() -> [UserSpec; 2] {
    let person = |name: &str, email: &str, skills: [&str; 2]| UserSpec {
        email: email.to_owned(),
        skills: skills.map(str::to_owned).to_vec(),
        ..UserSpec::named(name)
    };
    [
        person("Alex Agent", "alex@example.com", ["orders", "returns"]),
        person("Sam Supervisor", "sam@example.com", ["returns", "complaints"]),
    ]
}

fn integrations(draft: &mut TenantDraft, hub: HubId, agent: &User, bot: IntegrationStatus) -> Integrations {
    let mut create = |name: &str, kind, status, configuration| {
        draft.integration(hub, IntegrationSpec { name: name.to_owned(), kind, status, configuration }).id
    };
    let direct = |user| ConfigurationSpec::Direct(DirectSpec { user, ..DirectSpec::default() });
    let webchat = WebChatSpec::on(AllowedOrigin::parse("localhost").into_iter().collect());
    let active = IntegrationStatus::Active;
    Integrations {
        customer: create("Direct customer", IntegrationType::Customer, active, direct(None)),
        webchat: create("Web chat", IntegrationType::Customer, active, ConfigurationSpec::WebChat(webchat)),
        agent: create("Direct agent", IntegrationType::Agent, active, direct(Some(agent.id.clone()))),
        bot: create("FAQ bot", IntegrationType::Bot, bot, ConfigurationSpec::FaqBot),
    }
}
