//! What was said in a session (messaging reference, Session Messages and ChatMessageDTO). What agents and bots say
//! among themselves is no part of it. It must not know how history is kept.

use std::collections::HashMap;

use axum::extract::State;
use serde_json::{Map, Value, json};

use super::body::JsonObject;
use super::caller::Caller;
use super::contactable::{contact_of, render, unknown};
use super::envelope::{Answer, Reply};
use super::files::{ShownFile, shown_files};
use super::kinds::said_word;
use super::media::{render_buttons, render_media};
use super::routing::{AGENTS, BOT};
use super::sessions::{STATUS_CLOSE, named, refused};
use super::tags::tag_document;
use super::vcards;
use crate::api::state::ApiState;
use crate::domain::clock::Millis;
use crate::domain::conversation::Conversation;
use crate::domain::delivery::DeliveryStatus;
use crate::domain::ids::IntegrationId;
use crate::domain::integration::IntegrationType;
use crate::domain::message::{ActionType, MessageType};
use crate::domain::messaging::{Button, ButtonKind, Media};
use crate::domain::order::Position;
use crate::pipeline::{EngineError, words};
use crate::store::ActivityRecord;

/// The statuses of a message that are told: what the customer sent was received; what it was sent is sent, delivered
/// once one of its readers or its channel's webhook took it, read once it was marked as seen, failed once the webhook
/// was given up and nobody else took it, and deleted where the session ended before any of that.
pub(super) const STATUSES: [&str; 6] = ["RECEIVD", "SENT", "DLVRD", "READ", "FAILD", "DELTD"];

/// Lists what was said to and by the customer, in order: the newest, as much as one answer of the history holds.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    JsonObject(body): JsonObject,
) -> Reply {
    let id = named(&body)?;
    let refused = |error| refused(STATUS_CLOSE, error);
    let conversation = state.engine.conversation(caller.tenant, id).await.map_err(refused)?;
    let said = state.engine.newest(caller.tenant, id, IntegrationType::Customer).await;
    let said = said.map_err(refused)?;
    let taken = state.engine.taken_by_customer(&conversation);
    let (first, last) = (said.first(), said.last());
    let by_webhook = match first.zip(last) {
        Some((first, last)) => {
            let event_ids = first.event_id..=last.event_id;
            state.engine.settled_by_webhook(&conversation, event_ids).await.map_err(EngineError::from)?
        }
        None => HashMap::new(),
    };
    let transcript = Transcript::of(&state, &conversation, taken, by_webhook);
    Ok(Answer::Compact(said.iter().filter_map(|record| transcript.render(record)).collect()))
}

/// What all messages of one session have in common.
struct Transcript<'a> {
    state: &'a ApiState,
    conversation: &'a Conversation,
    contact: Value,
    /// How far the customer's readers have come.
    taken: Position,
    /// What has become of what the channel's webhook was told, by `eventId`.
    by_webhook: HashMap<i64, DeliveryStatus>,
    /// Since when that is known: what is older the webhook may have taken.
    known_since: Millis,
}

impl<'a> Transcript<'a> {
    fn of(
        state: &'a ApiState,
        conversation: &'a Conversation,
        taken: Position,
        by_webhook: HashMap<i64, DeliveryStatus>,
    ) -> Self {
        let contact = contact_of(&state.registry, conversation).map_or_else(
            || unknown(&conversation.binding),
            |contact| render(&contact, &conversation.properties),
        );
        let channel = state.registry.integration(conversation.tenant, conversation.integration);
        let has_webhook = channel.is_some_and(|channel| channel.configuration.webhook_url().is_some());
        let retention = state.config.store.delivery_retention;
        let known_since = if has_webhook { state.engine.now().minus(retention) } else { Millis::default() };
        Self { state, conversation, contact, taken, by_webhook, known_since }
    }

    /// A message; none of an event.
    fn render(&self, record: &ActivityRecord) -> Option<Value> {
        let activity: Value = serde_json::from_str(&record.body).ok()?;
        let message = activity["message"].as_object()?;
        let kind = MessageType::from_name(message.get("type")?.as_str()?)?;
        let status = self.status(record);
        let text = |member: &Value| member.as_str().unwrap_or_default().to_owned();
        let message_id = text(&activity["interactionId"]);
        let speaker = self.speaker(record);
        let untagged = Map::new();
        Some(json!({
            "action": action(message),
            "attachments": attachments(message, kind, &message_id),
            "bulkSessionId": "",
            "contact": self.contact,
            "logs": [],
            "messageId": message_id,
            "messageIdExt": text(&activity["externalId"]),
            "messageIdRef": record.event_id.to_string(),
            "meta": {},
            "name": speaker.name,
            "options": render_buttons(&buttons(message)),
            "replyId": "",
            "replyIdExt": "",
            "replyTo": {},
            "route": {
                "queueCode": speaker.queue,
                "routerId": format!("{}.{}", self.conversation.id, record.sender),
                "sendMode": if speaker.kind == IntegrationType::Customer { "INBOUND" } else { "OUTBOUND" },
                "senderApp": record.sender,
                "senderCode": speaker.code,
                "senderType": speaker.kind_word(),
            },
            "sender": speaker.code,
            "sessionId": self.conversation.id,
            "stamps": {(STATUSES[usize::from(speaker.kind != IntegrationType::Customer)]): record.taken.0},
            "status": status,
            "tags": tag_document(activity["tags"].as_object().unwrap_or(&untagged)),
            "template": text(&activity["message"]["template"]["code"]),
            "templateId": text(&activity["message"]["template"]["id"]),
            "text": words(message),
            "timestamp": record.taken.0,
            "type": said_word(kind, message),
            "vccards": vcards::of(message, kind),
        }))
    }

    fn status(&self, record: &ActivityRecord) -> &'static str {
        let [received, sent, delivered, read, failed, deleted] = STATUSES;
        let by_webhook = self.by_webhook.get(&record.event_id);
        if record.sender_kind == IntegrationType::Customer {
            received
        } else if record.event_id <= self.conversation.seen.customer {
            read
        } else if record.position <= self.taken || by_webhook == Some(&DeliveryStatus::Delivered) {
            delivered
        } else if by_webhook == Some(&DeliveryStatus::Dead) {
            failed
        } else if self.conversation.closed.is_some() && record.taken >= self.known_since {
            deleted
        } else {
            sent
        }
    }

    fn speaker(&self, record: &ActivityRecord) -> Speaker {
        let kind = record.sender_kind;
        let registry = &self.state.registry;
        let integration = registry.integration(self.conversation.tenant, record.sender);
        let user = integration.as_deref().and_then(|one| one.user());
        let user = user.and_then(|user| registry.user(self.conversation.tenant, user));
        let own_name = || integration.as_ref().map(|one| one.name.clone()).unwrap_or_default();
        let contact = |member: &str| self.contact[member].as_str().unwrap_or_default().to_owned();
        let (code, name, queue) = match (kind, &user) {
            (IntegrationType::Customer, _) => (contact("contactId"), contact("name"), ""),
            (IntegrationType::Agent, Some(user)) => (user.id.to_string(), user.name.clone(), AGENTS),
            (IntegrationType::Agent, None) => (record.sender.to_string(), own_name(), AGENTS),
            (IntegrationType::Bot, _) => (record.sender.to_string(), own_name(), BOT),
            (IntegrationType::Hubster | IntegrationType::System, _) => {
                (IntegrationId::PLATFORM.to_string(), kind.name().to_owned(), "")
            }
        };
        Speaker { kind, code, name, queue }
    }
}

/// Who said something.
struct Speaker {
    kind: IntegrationType,
    code: String,
    name: String,
    queue: &'static str,
}

impl Speaker {
    fn kind_word(&self) -> &'static str {
        match self.kind {
            IntegrationType::Customer => "CONTACT",
            IntegrationType::Agent => "AGENT",
            IntegrationType::Bot => "BOT",
            IntegrationType::Hubster | IntegrationType::System => "SYSTEM",
        }
    }
}

/// What a customer has chosen, if the message is such a choice: the code of a button.
fn action(message: &Map<String, Value>) -> &str {
    message.get("payload").and_then(Value::as_str).unwrap_or_default()
}

/// The files that a message shows: its own, and those of its items.
fn attachments(message: &Map<String, Value>, kind: MessageType, message_id: &str) -> Vec<Value> {
    shown_files(message, kind, message_id).map(|(id, file)| render_media(&media(&file, id))).collect()
}

fn media(file: &ShownFile<'_>, id: String) -> Media {
    Media {
        caption: file.caption.to_owned(),
        id,
        mime_type: file.mime_type.to_owned(),
        name: file.name.to_owned(),
        src: file.url.to_owned(),
        kind: Some(file.kind),
        url: file.url.to_owned(),
        ..Media::default()
    }
}

/// The actions of a message as buttons.
fn buttons(message: &Map<String, Value>) -> Vec<Button> {
    let actions = message.get("actions").and_then(Value::as_array).into_iter().flatten();
    actions.filter_map(button).collect()
}

fn button(action: &Value) -> Option<Button> {
    let text = |name: &str| action[name].as_str().unwrap_or_default().to_owned();
    let kind = ActionType::from_name(action["type"].as_str()?)?;
    let button = Button {
        kind: ButtonKind::QuickReply,
        // As a back end gave it; of others what is answered with.
        code: text("code"),
        label: text("title"),
        desc: text("description"),
        name: text("name"),
        phone: String::new(),
        url: String::new(),
    };
    Some(match (kind, &action["payload"]) {
        (ActionType::Link, _) => {
            let url = text("url");
            match url.strip_prefix("tel:") {
                Some(phone) => Button { kind: ButtonKind::PhoneNumber, phone: phone.to_owned(), ..button },
                None => Button { kind: ButtonKind::Url, url, ..button },
            }
        }
        (ActionType::Postback | ActionType::Reply, Value::String(payload)) => {
            Button { code: payload.clone(), ..button }
        }
        (ActionType::Postback | ActionType::Reply, other) => Button { code: other.to_string(), ..button },
    })
}
