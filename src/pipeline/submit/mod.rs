//! What happens to an activity on its way in: who says it, where it goes, what it causes.
//!
//! The lane of a conversation is held from here to the recorder's queue and never across an await: that gives
//! activities of one conversation one order, while the commit is shared with others. What is done in one visit of the
//! lane is a [`Passage`]: [`Passage::take`] for what an integration says, [`Passage::say`] for what the platform
//! itself does; both may come several times, and are kept and heard in that order, or not at all.

mod apps;
mod business;
mod countdown;
mod destination;
mod handover;
mod passage;
mod platform;
mod steering;

use std::sync::Arc;

use super::command::command_in;
use super::engine::Engine;
use super::error::EngineError;
use super::lane::{Lane, Live};
use super::past::Past;
use super::record::{Done, Step, Work, kept};
use super::stages::Passed;
use super::validate::{ActivityDraft, Keeping};
use crate::broker::Topic;
use crate::domain::conversation::{AgentState, Conversation};
use crate::domain::directory::{Team, User};
use crate::domain::ids::{ConversationId, HubId, IntegrationId, InteractionId, TeamId, TenantId};
use crate::domain::integration::{Integration, IntegrationType};

pub(in crate::pipeline) use countdown::CountdownEnd;
pub use handover::handover_event;
use handover::handover_in;
pub(in crate::pipeline) use passage::{Passage, open_for};
pub use platform::{PlatformSays, Toward};

/// Which door an activity came in by: it decides who the sender may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The customer's: the sender is the conversation's own integration unless it names an agent or a bot.
    Customer,
    /// The business's: the sender names itself.
    Business,
}

/// What the sender is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// The activity's place in the conversation.
    pub event_id: i64,
    /// The sender's own reference.
    pub external_id: Option<String>,
    /// The hub of the conversation.
    pub hub: HubId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The sender's integration.
    pub integration: IntegrationId,
    /// The record of a message; events have none.
    pub interaction: Option<InteractionId>,
}

impl Engine {
    /// Takes an activity into a conversation, or a command; answered once it is kept and published, or carried out.
    pub async fn submit(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        door: Door,
        draft: ActivityDraft,
    ) -> Result<Receipt, EngineError> {
        let live = match self.live(tenant, conversation).await {
            Err(EngineError::ConversationClosed) if door == Door::Business => Err(EngineError::CustomerGone),
            other => other,
        }?;
        let sender = self.sender(&live.enter().head, door, draft.sender)?;
        draft.check_sender(sender.kind)?;
        if draft.keeping != Keeping::Kept {
            // Stages do not look at it, and it is heard at once, whatever waits for a plug-in.
            let (receipt, done) = self.say(&live, &sender, draft, Vec::new()).await?;
            kept(done).await?;
            return Ok(receipt);
        }
        // Until it has its place in the recorder's queue nothing else that is said in the conversation comes between.
        let mut turn = live.stage_turns.queue_up(self.stages.settings.waiting_per_conversation).await?;
        let line = command_in(&sender, &draft).map(str::to_owned);
        let draft = match self.pass_stages(&live, &mut turn, &sender, draft).await? {
            Passed::On(draft) => draft,
            Passed::Held(receipt) => return Ok(receipt),
        };
        if let Some(line) = line {
            return self.command(&live, &sender, &line, draft.external_id, Vec::new()).await;
        }
        let (receipt, done) = self.say(&live, &sender, draft, Vec::new()).await?;
        drop(turn);
        kept(done).await?;
        Ok(receipt)
    }

    /// Says something that has been through the stages; `also` is done with it, or not at all.
    pub(super) async fn say(
        &self,
        live: &Arc<Live>,
        sender: &Integration,
        draft: ActivityDraft,
        also: Vec<Step>,
    ) -> Result<(Receipt, Done), EngineError> {
        // Asked once more: a plug-in may have altered it.
        draft.check_sender(sender.kind)?;
        let hands_over = handover_in(sender, &draft).is_some();
        let visit = |lane: &mut Lane, past: Past| {
            let mut passage = Passage::with_past(self, live, lane, past);
            let receipt = passage.take(sender, draft)?;
            let mut steps = passage.finish();
            steps.extend(also);
            Ok((receipt, self.recorder.submit(Work::in_lane(live, steps))))
        };
        if hands_over {
            self.visit_with_past(live, visit).await?
        } else {
            visit(&mut live.enter(), Past::default())
        }
    }

    /// An agent accepts the conversation that it was offered, or that is announced to such as it: it has it from now
    /// on, as if it had answered.
    ///
    /// # Errors
    /// [`EngineError::NotTheDestination`] when it is neither; else as when it answers.
    pub async fn accept(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        agent: &Integration,
    ) -> Result<(), EngineError> {
        let live = self.live(tenant, conversation).await?;
        let done = {
            let mut lane = live.enter();
            if !self.may_accept(&lane.head, agent) {
                return Err(EngineError::NotTheDestination);
            }
            let agent = self.sender(&lane.head, Door::Business, Some(agent.id))?;
            let mut passage = Passage::new(self, &live, &mut lane);
            passage.take_over(&agent);
            let steps = passage.finish();
            self.recorder.submit(Work::in_lane(&live, steps))
        };
        kept(done).await?;
        Ok(())
    }

    /// Whether a conversation was offered to an agent, or is announced to those of its hub who are such as it.
    fn may_accept(&self, head: &Conversation, agent: &Integration) -> bool {
        let was_offered = head.destination == Some(agent.id) && head.agent != AgentState::None;
        let announced = head.scheduled.as_ref().filter(|_| agent.hub == head.hub);
        was_offered || announced.is_some_and(|handover| self.is_wanted(agent, &handover.wanted))
    }

    /// The integration that speaks: named, or the conversation's own.
    pub(super) fn sender(
        &self,
        head: &Conversation,
        door: Door,
        named: Option<IntegrationId>,
    ) -> Result<Arc<Integration>, EngineError> {
        let id = match (named, door) {
            (Some(id), _) => id,
            (None, Door::Customer) => head.integration,
            (None, Door::Business) => return Err(EngineError::SenderMissing),
        };
        let sender = self.integration(head.tenant, id)?;
        let is_customer = sender.kind == IntegrationType::Customer;
        let belongs = if is_customer { sender.id == head.integration } else { sender.hub == head.hub };
        if !belongs || (is_customer && door == Door::Business) {
            return Err(EngineError::IntegrationNotFound);
        }
        if is_customer {
            self.customer_may_speak(head.tenant, &sender)?;
        } else if !matches!(sender.kind, IntegrationType::Agent | IntegrationType::Bot) {
            return Err(EngineError::IntegrationNotFound);
        } else if !sender.is_active() {
            return Err(EngineError::IntegrationPaused);
        }
        Ok(sender)
    }

    /// Whether a session hears what is for a user. One that is being opened just now, and is not answered yet, may
    /// begin to hear with the next event.
    fn is_heard(&self, user: &User) -> bool {
        self.topics().subscriber_count(&Topic::User(user.tenant, user.id.clone())) > 0
    }

    /// A team of the directory, by its name in any case of letters, or by its id.
    fn team(&self, tenant: TenantId, name: &str) -> Option<Arc<Team>> {
        self.registry.team_named(tenant, name).or_else(|| self.registry.team(tenant, &TeamId::from(name)))
    }

    /// The directory user behind an agent integration.
    pub(super) fn user_of(&self, integration: &Integration) -> Option<Arc<User>> {
        self.registry.user(integration.tenant, integration.user()?)
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
