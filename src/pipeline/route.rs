//! Who answers a conversation next. It must not know how it gets there, nor who has it now.

use std::sync::Arc;

use super::engine::Engine;
use super::error::EngineError;
use crate::domain::conversation::Wanted;
use crate::domain::directory::{Team, User, UserState};
use crate::domain::ids::{HubId, IntegrationId, TenantId};
use crate::domain::integration::{Configuration, Integration, IntegrationType};

/// Who answers next.
#[derive(Clone, Debug)]
pub(super) enum Choice {
    /// This bot or agent.
    To(Arc<Integration>),
    /// Nobody who is there: the conversation waits.
    Queue,
}

impl Engine {
    /// Who answers a conversation that has nobody: the agents who are wanted, if it is for agents; else a bot, else
    /// any agent.
    ///
    /// # Errors
    /// [`EngineError::NobodyToAnswer`] when the hub has neither an agent nor a bot, there or not.
    pub(super) fn choose(&self, hub: HubId, wanted: Option<&Wanted>) -> Result<Choice, EngineError> {
        if let Some(wanted) = wanted {
            return self.choose_agent(hub, wanted, None);
        }
        let integrations = business_of(self.registry.integrations_of(hub))?;
        let bot = integrations.iter().find(|one| one.kind == IntegrationType::Bot && answers(one));
        match bot {
            Some(bot) => Ok(Choice::To(bot.clone())),
            None => Ok(self.least_busy(&integrations, &Wanted::default(), None)),
        }
    }

    /// The agent who is free, is wanted, and has the fewest open conversations; the one who `leaves` the conversation
    /// does not get it back.
    ///
    /// # Errors
    /// As [`choose`](Self::choose).
    pub(super) fn choose_agent(
        &self,
        hub: HubId,
        wanted: &Wanted,
        leaves: Option<IntegrationId>,
    ) -> Result<Choice, EngineError> {
        let integrations = business_of(self.registry.integrations_of(hub))?;
        Ok(self.least_busy(&integrations, wanted, leaves))
    }

    /// A bot of the hub that answers, if there is one.
    pub(super) fn choose_bot(&self, hub: HubId) -> Option<Arc<Integration>> {
        let integrations = self.registry.integrations_of(hub);
        integrations.into_iter().find(|one| one.kind == IntegrationType::Bot && answers(one))
    }

    /// Whether a bot or agent takes a conversation that is meant for it alone: an agent does while the business is open
    /// and its user is free, as when it is chosen among others.
    pub(super) fn takes_one_more(&self, one: &Integration) -> bool {
        one.kind != IntegrationType::Agent
            || (!self.agents_rest(one.hub) && is_free(self.user_of(one).as_deref()))
    }

    /// Whether this is one of the agents who are wanted, there or not.
    pub(super) fn is_wanted(&self, one: &Integration, wanted: &Wanted) -> bool {
        let team = self.team_wanted(one.tenant, wanted);
        one.kind == IntegrationType::Agent
            && is_one_of_them(self.user_of(one).as_deref(), team.as_deref(), &wanted.skills)
    }

    /// Whether one who has a conversation keeps it when these agents are wanted: one of them does who is there, and
    /// need not be free for more.
    pub(super) fn keeps(&self, holder: &Integration, wanted: &Wanted) -> bool {
        answers(holder) && is_there(self.user_of(holder).as_deref()) && self.is_wanted(holder, wanted)
    }

    fn least_busy(&self, hub: &[Arc<Integration>], wanted: &Wanted, leaves: Option<IntegrationId>) -> Choice {
        if hub.first().is_some_and(|any| self.agents_rest(any.hub)) {
            return Choice::Queue;
        }
        let team = hub.first().and_then(|any| self.team_wanted(any.tenant, wanted));
        let free = hub.iter().filter(|agent| {
            if agent.kind != IntegrationType::Agent || !answers(agent) || Some(agent.id) == leaves {
                return false;
            }
            let user = self.user_of(agent);
            is_one_of_them(user.as_deref(), team.as_deref(), &wanted.skills) && is_free(user.as_deref())
        });
        match free.min_by_key(|agent| self.conversations.load_of(agent.id)) {
            Some(agent) => Choice::To(agent.clone()),
            None => Choice::Queue,
        }
    }

    /// The team whose members are wanted; none where all are, or where it is gone.
    fn team_wanted(&self, tenant: TenantId, wanted: &Wanted) -> Option<Arc<Team>> {
        self.registry.team(tenant, wanted.team.as_ref()?)
    }
}

/// The agents and bots among a hub's integrations.
fn business_of(mut hub: Vec<Arc<Integration>>) -> Result<Vec<Arc<Integration>>, EngineError> {
    hub.retain(|one| is_business(one));
    if hub.is_empty() { Err(EngineError::NobodyToAnswer) } else { Ok(hub) }
}

/// Whether a user behind an agent is of the team, if one is wanted, and can do all that is wanted. Nobody knows what
/// an agent can do that works for nobody in the directory.
fn is_one_of_them(user: Option<&User>, team: Option<&Team>, skills: &[String]) -> bool {
    match user {
        Some(user) => {
            team.is_none_or(|team| team.members.contains(&user.id))
                && skills.iter().all(|skill| has_skill(user, skill))
        }
        None => team.is_none() && skills.is_empty(),
    }
}

/// Whether a user behind an agent takes one more conversation. An agent that works for nobody in the directory always
/// does.
fn is_free(user: Option<&User>) -> bool {
    user.is_none_or(|user| user.state == UserState::Available)
}

/// Whether a user behind an agent is there, free for more or not.
fn is_there(user: Option<&User>) -> bool {
    user.is_none_or(|user| matches!(user.state, UserState::Available | UserState::Busy))
}

fn has_skill(user: &User, wanted: &str) -> bool {
    user.skills.iter().any(|skill| skill.to_lowercase() == wanted.to_lowercase())
}

/// Whether conversations can be taken to an integration: it is a bot's or an agent's, and somebody answers there.
pub(super) fn answers(integration: &Integration) -> bool {
    is_business(integration) && integration.is_active() && can_answer(integration)
}

fn is_business(integration: &Integration) -> bool {
    matches!(integration.kind, IntegrationType::Agent | IntegrationType::Bot)
}

/// Whether somebody is behind the integration. Nothing is carried to providers yet, so nothing is sent to them.
fn can_answer(integration: &Integration) -> bool {
    !matches!(integration.configuration, Configuration::Provider(_))
}

#[cfg(test)]
mod tests;
