//! What happened to a session or a contact, as back ends are told it (messaging reference, InBoundEvent). It must not
//! know how it came about.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::caller::Caller;
use super::contactable::{contact_of, render, unknown};
use super::routing::{AGENTS, BOT};
use crate::api::state::ApiState;
use crate::domain::conversation::Conversation;
use crate::domain::ids::ClientId;
use crate::domain::standing::{Holder, Move, MoveEvent, Queue, Standing};
use crate::pipeline::Steered;
use crate::registry::Registry;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventCode {
    /// The session is in another queue.
    SessionRouted,
    /// Somebody else holds it.
    SessionAssigned,
    /// The business has nothing left to do in it.
    SessionResolved,
    /// It was closed.
    SessionClosed,
    /// What a contact prefers was changed.
    ContactPrefsUpdated,
    /// A back end told something that a customer has.
    CustomerDataPushed,
    /// A back end told something that happened to a customer.
    CustomerEventPushed,
}

impl EventCode {
    /// All of them.
    pub(super) const ALL: [Self; 7] = [
        Self::SessionRouted,
        Self::SessionAssigned,
        Self::SessionResolved,
        Self::SessionClosed,
        Self::ContactPrefsUpdated,
        Self::CustomerDataPushed,
        Self::CustomerEventPushed,
    ];

    /// Its word on the wire.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::SessionRouted => "SESSION_ROUTED",
            Self::SessionAssigned => "SESSION_ASSIGNED",
            Self::SessionResolved => "SESSION_RESOLVED",
            Self::SessionClosed => "SESSION_CLOSED",
            Self::ContactPrefsUpdated => "CONTACT_PREFS_UPDATED",
            Self::CustomerDataPushed => "CUSTOMER_DATA_PUSHED",
            Self::CustomerEventPushed => "CUSTOMER_EVENT_PUSHED",
        }
    }

    /// Whether it is told with where the session went.
    fn is_move(self) -> bool {
        matches!(self, Self::SessionRouted | Self::SessionAssigned)
    }
}

impl From<MoveEvent> for EventCode {
    fn from(event: MoveEvent) -> Self {
        match event {
            MoveEvent::Routed => Self::SessionRouted,
            MoveEvent::Assigned => Self::SessionAssigned,
        }
    }
}

/// What a queue is called by whoever routes to it; nothing where nobody has said anything yet.
pub(super) fn queue_code(queue: &Queue) -> &str {
    match queue {
        Queue::None => "",
        Queue::Bot => BOT,
        Queue::Agents => AGENTS,
        Queue::Team(team) => team.as_str(),
    }
}

/// Names where a session stands: as tokens of the platform name a party in a conversation.
pub(super) fn routing_id(conversation: &Conversation, standing: &Standing) -> String {
    match standing.holder.integration() {
        Some(integration) => format!("{}.{integration}", conversation.id),
        None => conversation.id.to_string(),
    }
}

/// A session as events have it (MessageSession). What happens is its first message where nothing was said before.
pub(super) fn session(conversation: &Conversation, from: &Standing, standing: &Standing) -> Value {
    let is_first = from.is_silent;
    json!({
        "agent": standing.holder.agent().unwrap_or_default(),
        "bot": standing.holder.bot().unwrap_or_default(),
        "dept": standing.team().map(|team| team.as_str()).unwrap_or_default(),
        "firstMessage": is_first,
        "initMessage": is_first,
        "mode": mode(standing),
        "queue": queue_code(&standing.queue),
        "resolved": conversation.resolved.is_some(),
        "routingId": routing_id(conversation, standing),
        "sessionStamp": conversation.opened.0,
        "ticketHash": conversation.number.map(|number| number.to_string()).unwrap_or_default(),
    })
}

/// Who answers: a bot, an agent, or somebody who is waited for.
fn mode(standing: &Standing) -> &'static str {
    match (&standing.holder, &standing.queue) {
        (Holder::Bot(_), _) => "BOT",
        (Holder::Agent(..), _) => "AGENT",
        (Holder::Nobody, Queue::None) => "NONE",
        (Holder::Nobody, _) => "QUEUE",
    }
}

/// Makes the events of one thing that was done with a session.
pub(super) struct Events<'a> {
    state: &'a ApiState,
    caller: &'a Caller,
    conversation: &'a Conversation,
    moved: &'a Move,
    params: Map<String, Value>,
}

impl<'a> Events<'a> {
    pub(super) fn of(state: &'a ApiState, caller: &'a Caller, steered: &'a Steered) -> Self {
        let Steered { conversation, moved } = steered;
        Self { state, caller, conversation, moved, params: Map::new() }
    }

    /// The same, with what the back end sent along.
    pub(super) fn with_params(self, params: &Map<String, Value>) -> Self {
        Self { params: params.clone(), ..self }
    }

    /// Everything that the move changed, in order.
    pub(super) fn of_move(&self) -> Vec<Value> {
        self.moved.events().into_iter().map(|event| self.render(event.into())).collect()
    }

    pub(super) fn render(&self, code: EventCode) -> Value {
        let Self { state, caller, conversation, moved, params } = self;
        let (registry, client) = (&*state.registry, Some(&caller.client));
        Happening { registry, conversation, moved, params, client }.render(code)
    }
}

/// Something that happened to a session.
pub(super) struct Happening<'a> {
    pub(super) registry: &'a Registry,
    /// As it is after it.
    pub(super) conversation: &'a Conversation,
    pub(super) moved: &'a Move,
    /// What whoever moved it sent along.
    pub(super) params: &'a Map<String, Value>,
    /// Whose call it is that is answered; none where nobody's is.
    pub(super) client: Option<&'a ClientId>,
}

impl Happening<'_> {
    pub(super) fn render(&self, code: EventCode) -> Value {
        let (from, to) = (&self.moved.from, &self.moved.to);
        let contact = contact_of(self.registry, self.conversation);
        let session_id = self.conversation.id.to_string();
        let contact = contact.map_or_else(
            || unknown(&self.conversation.binding),
            |contact| render(&contact, &self.conversation.properties),
        );
        let mut event = about(code, &session_id, contact, self.client);
        place(&mut event, self.conversation, from, to);
        if code.is_move() {
            event["sessionAssigned"] = assigned(from, to);
            event["sessionRouted"] = json!({
                "params": self.params,
                "routingId": routing_id(self.conversation, to),
                "sessionStart": from.queue == Queue::None,
                "sourceQueue": queue_code(&from.queue),
                "targetQueue": queue_code(&to.queue),
            });
        }
        event
    }
}

/// Tells of an event in which session it happened, and where that went.
pub(super) fn place(event: &mut Value, conversation: &Conversation, from: &Standing, to: &Standing) {
    event["route"]["queueCode"] = queue_code(&to.queue).into();
    event["route"]["routerId"] = routing_id(conversation, to).into();
    event["session"] = session(conversation, from, to);
}

/// Who held the session, and who holds it.
fn assigned(from: &Standing, to: &Standing) -> Value {
    let dept = |standing: &Standing| standing.team().map(|team| team.to_string()).unwrap_or_default();
    json!({
        "newAgent": to.holder.agent().unwrap_or_default(),
        "newBot": to.holder.bot().unwrap_or_default(),
        "newDept": dept(to),
        "oldAgent": from.holder.agent().unwrap_or_default(),
        "oldBot": from.holder.bot().unwrap_or_default(),
        "oldDept": dept(from),
    })
}

/// What every event has, with a session or without; what there is nothing to say of is an empty object. Without a
/// client it is the platform that tells it.
pub(super) fn about(code: EventCode, session_id: &str, contact: Value, client: Option<&ClientId>) -> Value {
    let app = client.map(ClientId::as_str).unwrap_or_default();
    let event_id = Uuid::now_v7().to_string();
    let checksum = Sha256::digest(format!("{}:{session_id}:{event_id}", code.as_str()));
    json!({
        "checksum": checksum.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
        "contactId": contact["contactId"],
        "contact": contact,
        "eventCode": code.as_str(),
        "eventId": event_id,
        "route": {
            "queueCode": "",
            "routerId": "",
            "sendMode": if client.is_some() { "API" } else { "AUTO" },
            "senderApp": app,
            "senderCode": app,
            "senderType": if client.is_some() { "APP" } else { "SYSTEM" },
        },
        "session": {},
        "sessionAssigned": {},
        "sessionId": session_id,
        "sessionRouted": {},
        "trace": [],
    })
}
