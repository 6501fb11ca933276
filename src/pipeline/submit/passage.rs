//! One pass through a conversation's lane: what is said in it, and what that changes and causes, as the steps of one
//! piece of work. It must not know where a conversation goes next, nor what a command does.

use std::ops::Deref;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::Receipt;
use super::handover::handover_in;
use crate::domain::activity::{Activity, Content, FlowProcess, Source};
use crate::domain::clock::Millis;
use crate::domain::command::{Command, CommandKind};
use crate::domain::conversation::Conversation;
use crate::domain::directory::{Team, User};
use crate::domain::ids::{IntegrationId, InteractionId};
use crate::domain::integration::{Integration, IntegrationType};
use crate::pipeline::apps::{AppEar, AppNews};
use crate::pipeline::deliveries::SaidTo;
use crate::pipeline::engine::Engine;
use crate::pipeline::error::EngineError;
use crate::pipeline::lane::{Lane, Live};
use crate::pipeline::past::Past;
use crate::pipeline::raise::{Entity, Raise, Raised};
use crate::pipeline::record::{PendingActivity, Step};
use crate::pipeline::validate::{ActivityDraft, Keeping};
use crate::pipeline::wishes::Alert;
use crate::registry::HubWebhooks;

/// What a pass through the lane changes and causes. Whoever makes one is in the lane, and puts
/// [`finish`](Self::finish)'s steps into the recorder's queue before leaving it.
pub(in crate::pipeline) struct Passage<'a> {
    pub(super) engine: &'a Engine,
    pub(super) conversation: &'a Arc<Live>,
    pub(super) lane: &'a mut Lane,
    pub(super) now: Millis,
    /// Whether the head changed and must be kept again.
    pub(super) changed: bool,
    /// What was said before; nothing unless the visit needs it.
    pub(super) past: Past,
    said: Vec<Step>,
    pub(super) raised: Vec<Raised>,
    /// The apps that hear of it, if there are any.
    pub(in crate::pipeline) ear: Option<Box<AppEar>>,
}

/// Something said, with everything but its place.
pub(super) struct Utterance {
    pub external_id: Option<String>,
    pub sender: Source,
    pub recipient: Option<Source>,
    /// Integrations of the business that hear it beside the recipient, where it is not kept.
    pub also_to: Vec<IntegrationId>,
    /// Who hears it again as an echo.
    pub echo: Option<IntegrationId>,
    pub content: Content,
    pub keeping: Keeping,
    pub tags: Map<String, Value>,
    /// The record of a message, where it is known already.
    pub interaction: Option<InteractionId>,
    /// What the customer hears now, where that is not what is kept.
    pub unmasked: Option<Content>,
    /// Whether somebody waits to hear its fate.
    pub is_awaited: bool,
    /// Whether those who listen to the hub hear it, as they hear every kept message.
    pub is_for_listeners: bool,
}

impl<'a> Passage<'a> {
    pub(in crate::pipeline) fn new(
        engine: &'a Engine,
        conversation: &'a Arc<Live>,
        lane: &'a mut Lane,
    ) -> Self {
        Self::with_past(engine, conversation, lane, Past::default())
    }

    /// The pass that opens a conversation: its head has never been kept.
    pub(in crate::pipeline) fn opening(
        engine: &'a Engine,
        conversation: &'a Arc<Live>,
        lane: &'a mut Lane,
    ) -> Self {
        Self { changed: true, ..Self::new(engine, conversation, lane) }
    }

    /// A pass that may hand the conversation over.
    pub(in crate::pipeline) fn with_past(
        engine: &'a Engine,
        conversation: &'a Arc<Live>,
        lane: &'a mut Lane,
        past: Past,
    ) -> Self {
        let now = engine.now();
        let ear = Self::ear(engine, &lane.head);
        let (said, raised) = (Vec::new(), Vec::new());
        Self { engine, conversation, lane, now, changed: false, past, said, raised, ear }
    }

    /// An integration says something. It goes where the conversation stands, or moves it.
    pub(in crate::pipeline) fn take(
        &mut self,
        sender: &Integration,
        mut draft: ActivityDraft,
    ) -> Result<Receipt, EngineError> {
        open_for(&self.lane.head, sender)?;
        let recipient = match (sender.kind, handover_in(sender, &draft).cloned()) {
            (IntegrationType::Customer, _) => self.toward_business(&draft)?,
            (_, Some(payload)) => self.take_handover(sender, &mut draft, &payload)?,
            (_, None) => self.toward_customer(sender, &draft)?,
        };
        if sender.kind == IntegrationType::Customer && draft.keeping == Keeping::Kept {
            self.reopen();
        }
        self.raise_words(sender, &draft);
        let is_seen_mark = draft.keeping == Keeping::SeenMark;
        let external_id = draft.external_id.clone();
        let placed = self.utter(Utterance {
            external_id: draft.external_id,
            sender: self.source_of(sender),
            recipient,
            also_to: Vec::new(),
            echo: (draft.keeping == Keeping::Kept && sender.echoes()).then_some(sender.id),
            content: draft.content,
            keeping: draft.keeping,
            tags: draft.wishes.tags,
            interaction: draft.interaction,
            unmasked: None,
            is_awaited: false,
            is_for_listeners: false,
        });
        if is_seen_mark {
            self.mark_seen(sender, placed.0);
        }
        for alert in &draft.wishes.alerts {
            self.raise_alert(alert);
        }
        for says in draft.wishes.said_after {
            self.say(says);
        }
        if let Some(until) = draft.wishes.told_closed {
            self.lane.head.told_closed = Some(until);
            self.changed = true;
        }
        Ok(self.receipt(sender, external_id, placed))
    }

    /// A place for something that is not said, such as a command: readers hear nothing of it.
    ///
    /// # Errors
    /// As for something said.
    pub(in crate::pipeline) fn place_unsaid(
        &mut self,
        sender: &Integration,
        external_id: Option<String>,
    ) -> Result<Receipt, EngineError> {
        open_for(&self.lane.head, sender)?;
        let event_id = self.lane.next_event_id(self.now);
        Ok(self.receipt(sender, external_id, (event_id, None)))
    }

    fn receipt(
        &self,
        sender: &Integration,
        external_id: Option<String>,
        (event_id, interaction): (i64, Option<InteractionId>),
    ) -> Receipt {
        Receipt {
            event_id,
            external_id,
            hub: self.lane.head.hub,
            conversation: self.lane.head.id,
            integration: sender.id,
            interaction,
        }
    }

    /// A command of the conversation's hub, by its name in any case of letters.
    pub(in crate::pipeline) fn command_named(&self, kind: CommandKind, name: &str) -> Option<Arc<Command>> {
        self.engine.registry.command_named(self.head().hub, kind, name)
    }

    /// All commands of the conversation's hub of one kind.
    pub(in crate::pipeline) fn commands(&self, kind: CommandKind) -> Vec<Arc<Command>> {
        self.engine.registry.commands_of(self.head().hub, kind)
    }

    /// A team of the directory, by its name or id.
    pub(in crate::pipeline) fn team(&self, name: &str) -> Option<Arc<Team>> {
        self.engine.team(self.head().tenant, name)
    }

    /// Gives something said its place, as the next step; its `eventId`, and its record where it is a message.
    pub(super) fn utter(&mut self, utterance: Utterance) -> (i64, Option<InteractionId>) {
        let kept = utterance.keeping == Keeping::Kept;
        if kept {
            self.changed |= self.lane.note_said(self.now);
        }
        let event_id = self.lane.next_event_id(self.now);
        if kept {
            self.lane.note_kept(event_id);
        }
        let is_message = matches!(utterance.content, Content::Message(_));
        let party = |source: &Source| (source.integration_id, source.integration_type);
        let hearers = self.hearers(&SaidTo {
            sender: utterance.sender.integration_type,
            recipient: utterance.recipient.as_ref().map(|recipient| recipient.integration_id),
            echo: utterance.echo,
            is_for_listeners: kept && (is_message || utterance.is_for_listeners),
        });
        let activity = Activity {
            kind: if is_message { "message" } else { "event" },
            event_id,
            external_id: utterance.external_id,
            is_echo: false,
            interaction_id: is_message.then(|| utterance.interaction.unwrap_or_default()),
            flow_process: FlowProcess::Default,
            tags: utterance.tags,
            sender: utterance.sender,
            recipient: utterance.recipient,
            content: utterance.content,
        };
        let interaction = activity.interaction_id;
        let is_customers = activity.sender.integration_type == IntegrationType::Customer;
        if kept && is_customers {
            self.note_spoken();
            if self.ear.is_some() {
                self.tell_apps(AppNews::Said(&activity));
            }
        }
        let unmasked =
            utterance.unmasked.map(|content| Activity { content, ..activity.clone() }.to_json().into());
        self.said.push(Step::Activity(Box::new(PendingActivity {
            conversation: self.conversation.clone(),
            details: (&self.lane.head).into(),
            event_id,
            sender: party(&activity.sender),
            recipient: activity.recipient.as_ref().map(party),
            also_to: utterance.also_to,
            echo: utterance.echo,
            hearers,
            kept,
            unmasked,
            is_awaited: utterance.is_awaited,
            body: activity.to_json().into(),
        })));
        (event_id, interaction)
    }

    /// The steps of this passage: what was said, the head when it changed, and what that caused.
    pub(in crate::pipeline) fn finish(mut self) -> Vec<Step> {
        let for_apps = self.finish_for_apps();
        let mut steps = self.said;
        steps.reserve_exact(self.raised.len() + for_apps.len() + usize::from(self.changed));
        if self.changed {
            steps.push(Step::Head(self.conversation.clone(), Box::new(self.lane.head.clone())));
        }
        steps.extend(self.raised.into_iter().map(|(event, audience)| Step::Event(event, audience)));
        steps.extend(for_apps);
        steps
    }

    /// The agent's sessions hear every message of the conversation in words, whoever said it. Most agents have none,
    /// and then the event is not even made: a session hears only what follows its opening.
    fn raise_words(&mut self, sender: &Integration, draft: &ActivityDraft) {
        let Some(user) = self.hearing_user() else { return };
        let Some(words) = draft.words() else { return };
        let works_for = self.engine.user_of(sender);
        let (entity, name) = speaker(sender.kind, self.head(), Some(sender), works_for.as_deref());
        let raised = self.raise(&user).text(entity, name, &words);
        self.raised.push(raised);
    }

    /// Whoever has the conversation hears an alert as a text of the system.
    fn raise_alert(&mut self, alert: &Alert) {
        if let Some(user) = self.hearing_user() {
            let raised = self.raise(&user).text(Entity::System, &alert.rule, &alert.text);
            self.raised.push(raised);
        }
    }

    /// The user for whom the present destination works.
    pub(super) fn present_user(&self) -> Option<Arc<User>> {
        let destination = self.engine.registry.integration(self.head().tenant, self.head().destination?)?;
        self.engine.user_of(&destination)
    }

    /// The same, if a session hears what is for it.
    pub(super) fn hearing_user(&self) -> Option<Arc<User>> {
        self.present_user().filter(|user| self.engine.is_heard(user))
    }

    pub(super) fn raise<'b>(&'b self, user: &'b User) -> Raise<'b> {
        Raise { conversation: self.head(), user, now: self.now }
    }

    /// Who hears by webhook what is said in the conversation's hub.
    pub(in crate::pipeline) fn webhooks(&self) -> Option<impl Deref<Target = HubWebhooks>> {
        self.engine.registry.webhooks_of(self.head().hub)
    }

    /// The head as it stands within this passage.
    pub(super) fn head(&self) -> &Conversation {
        &self.lane.head
    }

    fn mark_seen(&mut self, sender: &Integration, event_id: i64) {
        let seen = &mut self.lane.head.seen;
        match sender.kind {
            IntegrationType::Customer => seen.customer = event_id,
            _ => seen.business = event_id,
        }
        self.changed = true;
        if sender.kind == IntegrationType::Customer && !self.lane.head.receipts.is_empty() {
            let news = self.lane.head.receipts.seen(event_id);
            self.tell_fates(news);
        }
    }

    fn source_of(&self, integration: &Integration) -> Source {
        match integration.kind {
            IntegrationType::Customer => self.customer_source(integration),
            _ => self.business_source(integration),
        }
    }

    pub(super) fn customer_source(&self, customer: &Integration) -> Source {
        source(customer, self.lane.head.token.clone())
    }

    /// A business side's token names the conversation and the integration (wire facts, Establish answer).
    pub(super) fn business_source(&self, integration: &Integration) -> Source {
        source(integration, format!("{}.{}", self.lane.head.id, integration.id))
    }
}

/// Whether something may be said in a conversation by this integration.
///
/// # Errors
/// [`EngineError::ConversationClosed`], told to the business as [`EngineError::CustomerGone`].
pub(in crate::pipeline) fn open_for(head: &Conversation, sender: &Integration) -> Result<(), EngineError> {
    match (head.closed, sender.kind) {
        (None, _) => Ok(()),
        (Some(_), IntegrationType::Customer) => Err(EngineError::ConversationClosed),
        (Some(_), _) => Err(EngineError::CustomerGone),
    }
}

/// How sessions are told who said something: an agent goes by the name of the user it works for, if it works for one,
/// and whoever is gone has no name.
pub(super) fn speaker<'a>(
    kind: IntegrationType,
    head: &'a Conversation,
    said_by: Option<&'a Integration>,
    works_for: Option<&'a User>,
) -> (Entity, &'a str) {
    let own_name = || said_by.map_or("", |one| one.name.as_str());
    match kind {
        IntegrationType::Customer => (Entity::Customer, head.customer_name()),
        IntegrationType::Agent => (Entity::Agent, works_for.map_or_else(own_name, |user| user.name.as_str())),
        IntegrationType::Hubster => (Entity::System, kind.name()),
        IntegrationType::Bot | IntegrationType::System => (Entity::System, own_name()),
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
