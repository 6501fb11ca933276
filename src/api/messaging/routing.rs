//! Where a session is asked to go: what `queue`, `agent`, `team` and `skills` mean together (messaging reference,
//! SessionQueueAssignment). It must not know how it gets there.
//!
//! A queue is `bot`, `agents`, a team by its name or id, or a bot or agent of the session's hub by its integration's
//! id.
//! An agent, a team and skills narrow down a queue of agents, and mean nothing for another.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::error::{FaultCode, FieldFault, Refusal};
use super::fields::Fields;
use super::sessions::{QUEUE_ASSIGNMENT, refused};
use crate::domain::conversation::{Conversation, Wanted};
use crate::domain::directory::{MAX_ID_CHARS, MAX_SKILL, MAX_SKILLS, Team};
use crate::domain::ids::{IntegrationId, TeamId, TenantId, UserId};
use crate::domain::integration::{Integration, IntegrationType};
use crate::pipeline::{EngineError, Route};
use crate::registry::Registry;

/// The queue of the bots.
pub(super) const BOT: &str = "bot";

/// The queue of all agents.
pub(super) const AGENTS: &str = "agents";

/// What was asked for.
pub(super) struct Asked {
    queue: Option<String>,
    agent: Option<String>,
    team: Option<String>,
    skills: Vec<String>,
    pub(super) params: Map<String, Value>,
}

impl Asked {
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            queue: fields.required_text("queue", MAX_ID_CHARS),
            agent: given(fields, "agent"),
            team: given(fields, "team"),
            skills: fields.texts("skills", MAX_SKILLS, MAX_SKILL),
            params: fields.map("params").cloned().unwrap_or_default(),
        }
    }

    /// Why the engine did not take it where it was asked to go.
    pub(super) fn refused(&self, error: EngineError) -> Refusal {
        let unavailable = |field: &str, rule: &str| {
            Refusal::one(FieldFault::new(QUEUE_ASSIGNMENT, field, FaultCode::Unavailable, rule))
        };
        match error {
            EngineError::NobodyToAnswer => {
                unavailable("queue", "names a queue in which nobody of the session's hub can answer")
            }
            EngineError::IntegrationNotFound if self.agent.is_some() => {
                unavailable("agent", "names an agent who cannot answer in the session's hub at present")
            }
            EngineError::IntegrationNotFound => {
                unavailable("queue", "names an integration that cannot answer at present")
            }
            other => refused(QUEUE_ASSIGNMENT, other),
        }
    }
}

/// A text that counts as absent when it is blank.
fn given(fields: &mut Fields<'_>, name: &str) -> Option<String> {
    fields.text(name, MAX_ID_CHARS).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The way that was asked for; none when something is wrong with it, which is noted in `fields`.
pub(super) fn asked_route(
    registry: &Registry,
    conversation: &Conversation,
    asked: &Asked,
    fields: &mut Fields<'_>,
) -> Option<Route> {
    let queue = asked.queue.as_deref()?.trim();
    if queue == AGENTS {
        let team = asked.team.as_deref().map(|name| team_in(registry, conversation.tenant, name));
        if team.as_ref().is_some_and(Option::is_none) {
            fields.fault("team", FaultCode::NotFound, "names a team that there is not");
        }
        return to_agents(registry, conversation, asked, team.flatten(), fields);
    }
    if queue == BOT {
        not_for_agents(asked, fields);
        return Some(Route::Bot);
    }
    if let Some(integration) = own_integration(registry, conversation, queue) {
        not_for_agents(asked, fields);
        if !matches!(integration.kind, IntegrationType::Agent | IntegrationType::Bot) {
            fields.fault("queue", FaultCode::InvalidValue, "names an integration that is no bot or agent");
        }
        let wanted = (integration.kind == IntegrationType::Agent).then(Arc::default);
        return Some(Route::Integration(integration.id, wanted));
    }
    let Some(team) = team_in(registry, conversation.tenant, queue) else {
        let rule = "names neither a queue, nor a team, nor an integration of the session's hub";
        fields.fault("queue", FaultCode::NotFound, rule);
        return None;
    };
    let other = asked.team.as_deref().map(|name| team_in(registry, conversation.tenant, name));
    match other {
        Some(None) => fields.fault("team", FaultCode::NotFound, "names a team that there is not"),
        Some(Some(other)) if other.id != team.id => {
            fields.fault("team", FaultCode::Conflict, "names another team than the queue");
        }
        _ => {}
    }
    to_agents(registry, conversation, asked, Some(team), fields)
}

/// Agents of a team, if one is asked for, with all the skills; or the one who is named.
fn to_agents(
    registry: &Registry,
    conversation: &Conversation,
    asked: &Asked,
    team: Option<Arc<Team>>,
    fields: &mut Fields<'_>,
) -> Option<Route> {
    let wanted = Wanted::new(team.as_ref().map(|team| team.id.clone()), asked.skills.clone());
    // Fields were read within the bounds of skills.
    let wanted = Arc::new(wanted.unwrap_or_default());
    let Some(agent) = asked.agent.as_deref() else { return Some(Route::Agents(wanted)) };
    let user = UserId::from(agent);
    let Some(found) = registry.user(conversation.tenant, &user) else {
        fields.fault("agent", FaultCode::NotFound, "names a user who is not in the directory");
        return None;
    };
    if team.is_some_and(|team| !team.members.contains(&user)) {
        fields.fault("agent", FaultCode::Conflict, "names a user who is not in the team");
    }
    let has = |skill: &String| found.skills.iter().any(|own| own.to_lowercase() == skill.to_lowercase());
    if !asked.skills.iter().all(has) {
        fields.fault("agent", FaultCode::Conflict, "names a user who does not have all of the skills");
    }
    let integrations = registry.integrations_of(conversation.hub);
    let works = |one: &&Arc<Integration>| one.user() == Some(&user) && one.is_active();
    let Some(integration) = integrations.iter().find(works) else {
        let rule = "names a user for whom no agent of the session's hub works at present";
        fields.fault("agent", FaultCode::Unavailable, rule);
        return None;
    };
    Some(Route::Integration(integration.id, Some(wanted)))
}

/// An agent, a team and skills are for queues of agents.
fn not_for_agents(asked: &Asked, fields: &mut Fields<'_>) {
    let given = [
        ("agent", asked.agent.is_some()),
        ("team", asked.team.is_some()),
        ("skills", !asked.skills.is_empty()),
    ];
    for (name, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
        fields.fault(name, FaultCode::NotApplicable, "is for a queue of agents only");
    }
}

fn own_integration(
    registry: &Registry,
    conversation: &Conversation,
    queue: &str,
) -> Option<Arc<Integration>> {
    let found = registry.integration(conversation.tenant, queue.parse::<IntegrationId>().ok()?)?;
    (found.hub == conversation.hub).then_some(found)
}

fn team_in(registry: &Registry, tenant: TenantId, name: &str) -> Option<Arc<Team>> {
    registry.team_named(tenant, name).or_else(|| registry.team(tenant, &TeamId::from(name)))
}
