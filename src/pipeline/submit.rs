//! What happens to an activity on its way in: who says it, where it goes, what it causes.
//!
//! The lane of a conversation is held from here to the recorder's queue and never across an await: that gives
//! activities of one conversation one order, while the commit is shared with others.

use std::sync::Arc;

use super::engine::Engine;
use super::error::EngineError;
use super::lane::{Lane, Live};
use super::raise::{Entity, Raise, Raised};
use super::record::{PendingActivity, Step, Work, kept};
use super::route::{Route, route};
use super::validate::{ActivityDraft, Keeping};
use crate::broker::Topic;
use crate::domain::activity::{Activity, Content, FlowProcess, Source};
use crate::domain::clock::Millis;
use crate::domain::conversation::{AgentState, Conversation};
use crate::domain::directory::User;
use crate::domain::ids::{ConversationId, HubId, IntegrationId, InteractionId, TenantId};
use crate::domain::integration::{Integration, IntegrationType};

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

/// What a pass through the lane changes and causes.
struct Passage<'a> {
    engine: &'a Engine,
    conversation: &'a Arc<Live>,
    lane: &'a mut Lane,
    sender: &'a Integration,
    now: Millis,
    /// Whether the head changed and must be kept again.
    changed: bool,
    raised: Vec<Raised>,
}

impl Engine {
    /// Takes an activity into a conversation; answered once it is kept and published.
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
        let (receipt, done) = {
            let mut lane = live.enter();
            let (receipt, steps) = Passage::new(self, &live, &mut lane, &sender).take(draft)?;
            (receipt, self.recorder.submit(Work::in_lane(&live, steps)))
        };
        kept(done).await?;
        Ok(receipt)
    }

    /// An agent accepts the conversation that it was offered.
    pub async fn accept(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        agent: &Integration,
    ) -> Result<(), EngineError> {
        let live = self.live(tenant, conversation).await?;
        let done = {
            let mut lane = live.enter();
            if lane.head.destination != Some(agent.id) || lane.head.agent == AgentState::None {
                return Err(EngineError::NotTheDestination);
            }
            let mut passage = Passage::new(self, &live, &mut lane, agent);
            passage.activate();
            let steps = passage.finish(Vec::new());
            self.recorder.submit(Work::in_lane(&live, steps))
        };
        kept(done).await?;
        Ok(())
    }

    /// The integration that speaks: named, or the conversation's own.
    fn sender(
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

    /// The directory user behind an agent integration.
    fn user_of(&self, integration: &Integration) -> Option<Arc<User>> {
        self.registry.user(integration.tenant, integration.user()?)
    }
}

impl<'a> Passage<'a> {
    fn new(
        engine: &'a Engine,
        conversation: &'a Arc<Live>,
        lane: &'a mut Lane,
        sender: &'a Integration,
    ) -> Self {
        Self { engine, conversation, lane, sender, now: engine.now(), changed: false, raised: Vec::new() }
    }

    fn take(&mut self, draft: ActivityDraft) -> Result<(Receipt, Vec<Step>), EngineError> {
        if self.lane.head.closed.is_some() {
            return Err(match self.sender.kind {
                IntegrationType::Customer => EngineError::ConversationClosed,
                _ => EngineError::CustomerGone,
            });
        }
        let recipient = match self.sender.kind {
            IntegrationType::Customer => self.toward_business(draft.keeping)?,
            _ => Some(self.toward_customer(&draft)?),
        };
        if let Some(words) = draft.words() {
            self.raise_text(&words);
        }
        if draft.keeping == Keeping::Kept {
            self.changed |= self.lane.note_said(self.now);
        }
        let event_id = self.lane.next_event_id(self.now);
        if draft.keeping == Keeping::SeenMark {
            self.mark_seen(event_id);
        }
        let kept = draft.keeping == Keeping::Kept;
        let activity = self.activity(draft, event_id, recipient.clone());
        let receipt = Receipt {
            event_id,
            external_id: activity.external_id.clone(),
            hub: self.lane.head.hub,
            conversation: self.lane.head.id,
            integration: self.sender.id,
            interaction: activity.interaction_id,
        };
        let pending = PendingActivity {
            conversation: self.conversation.clone(),
            details: (&self.lane.head).into(),
            event_id,
            sender: (self.sender.id, self.sender.kind),
            recipient: recipient.map(|to| (to.integration_id, to.integration_type)),
            echo: (kept && self.sender.echoes()).then_some(self.sender.id),
            kept,
            body: activity.to_json().into(),
        };
        Ok((receipt, self.finish(vec![Step::Activity(Box::new(pending))])))
    }

    /// The steps of this passage: the head when it changed, what was said, and what that caused.
    fn finish(&mut self, said: Vec<Step>) -> Vec<Step> {
        let mut steps = Vec::with_capacity(said.len() + self.raised.len() + 1);
        if self.changed {
            steps.push(Step::Head(self.conversation.clone(), Box::new(self.lane.head.clone())));
        }
        steps.extend(said);
        steps.extend(self.raised.drain(..).map(|(event, audience)| Step::Event(event, audience)));
        steps
    }

    /// Where what a customer says goes. Only what is kept chooses a destination: typing wakes nobody.
    fn toward_business(&mut self, keeping: Keeping) -> Result<Option<Source>, EngineError> {
        let hub = self.engine.registry.integrations_of(self.lane.head.hub);
        if keeping != Keeping::Kept {
            let present = self.lane.head.destination;
            return Ok(hub.iter().find(|one| Some(one.id) == present).map(|to| self.business_source(to)));
        }
        match route(&hub, self.lane.head.destination, &self.engine.conversations)? {
            Route::Stay(to) => Ok(Some(self.business_source(&to))),
            Route::To(to) => {
                self.redirect(&to);
                Ok(Some(self.business_source(&to)))
            }
            Route::Queue => Ok(None),
        }
    }

    /// Where what the business says goes, and what it means for the conversation: an agent that speaks has it.
    fn toward_customer(&mut self, draft: &ActivityDraft) -> Result<Source, EngineError> {
        // Looked up before anything is changed, since it may be gone.
        let customer = self.engine.integration(self.lane.head.tenant, self.lane.head.integration)?;
        if self.sender.kind == IntegrationType::Agent && draft.keeping == Keeping::Kept {
            if self.lane.head.destination != Some(self.sender.id) {
                self.redirect(self.sender);
            }
            self.activate();
        }
        Ok(self.customer_source(&customer))
    }

    /// Hands the conversation to another destination.
    fn redirect(&mut self, to: &Integration) {
        let from = self.lane.head.destination.replace(to.id);
        self.changed = true;
        let is_agent = to.kind == IntegrationType::Agent;
        if is_agent && self.lane.head.number.is_none() {
            self.lane.head.number = Some(self.engine.next_number(self.lane.head.tenant));
        }
        let left = from.and_then(|from| self.engine.registry.integration(self.lane.head.tenant, from));
        if let Some(user) = left.as_deref().and_then(|left| self.engine.user_of(left)) {
            let transferred = self.raise(&user).transferred();
            self.raised.push(transferred);
        }
        self.lane.head.agent = if is_agent { AgentState::Offered } else { AgentState::None };
        if let Some(user) = self.engine.user_of(to) {
            let offered = self.raise(&user).offered();
            self.raised.extend(offered);
        }
        self.engine.conversations.redirect(&self.lane.head, from);
    }

    /// The agent answered or accepted, if it had not before.
    fn activate(&mut self) {
        if self.lane.head.agent == AgentState::Active {
            return;
        }
        self.lane.head.agent = AgentState::Active;
        self.changed = true;
        if let Some(user) = self.engine.user_of(self.sender) {
            let active = self.raise(&user).active();
            self.raised.push(active);
        }
    }

    /// The agent's sessions hear every text of the conversation, whoever said it. Most agents have none, and then the
    /// event is not even made: a session hears only what follows its opening.
    fn raise_text(&mut self, text: &str) {
        let head = &self.lane.head;
        let destination = head.destination.and_then(|id| self.engine.registry.integration(head.tenant, id));
        let Some(user) = destination.as_deref().and_then(|agent| self.engine.user_of(agent)) else { return };
        if !self.engine.is_heard(&user) {
            return;
        }
        let said_by = self.engine.user_of(self.sender);
        let (entity, name) = match self.sender.kind {
            IntegrationType::Customer => (Entity::Customer, head.customer_name()),
            IntegrationType::Agent => {
                (Entity::Agent, said_by.as_ref().map_or(self.sender.name.as_str(), |user| &user.name))
            }
            _ => (Entity::System, self.sender.name.as_str()),
        };
        let raised = self.raise(&user).text(entity, name, text);
        self.raised.push(raised);
    }

    fn raise<'b>(&'b self, user: &'b User) -> Raise<'b> {
        Raise { conversation: &self.lane.head, user, now: self.now }
    }

    fn mark_seen(&mut self, event_id: i64) {
        let seen = &mut self.lane.head.seen;
        match self.sender.kind {
            IntegrationType::Customer => seen.customer = event_id,
            _ => seen.business = event_id,
        }
        self.changed = true;
    }

    fn activity(&self, draft: ActivityDraft, event_id: i64, recipient: Option<Source>) -> Activity {
        let kind = if draft.is_message() { "message" } else { "event" };
        let sender = match self.sender.kind {
            IntegrationType::Customer => self.customer_source(self.sender),
            _ => self.business_source(self.sender),
        };
        Activity {
            kind,
            event_id,
            external_id: draft.external_id,
            is_echo: false,
            interaction_id: matches!(draft.content, Content::Message(_)).then(InteractionId::new),
            flow_process: FlowProcess::Default,
            sender,
            recipient,
            content: draft.content,
        }
    }

    fn customer_source(&self, customer: &Integration) -> Source {
        source(customer, self.lane.head.token.clone())
    }

    /// A business side's token names the conversation and the integration (wire facts, Establish answer).
    fn business_source(&self, integration: &Integration) -> Source {
        source(integration, format!("{}.{}", self.lane.head.id, integration.id))
    }
}

fn source(integration: &Integration, token_id: String) -> Source {
    Source {
        integration_id: integration.id,
        integration_type: integration.kind,
        channel_type: integration.channel(),
        token_id,
    }
}
