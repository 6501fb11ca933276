//! What was said in a session (messaging reference, Session Messages and ChatMessageDTO). What agents and bots say
//! among themselves is no part of it. It must not know how history is kept.

use axum::extract::State;
use serde_json::{Map, Value, json};

use super::body::JsonObject;
use super::caller::Caller;
use super::contactable::{contact_of, render, unknown};
use super::envelope::{Answer, Reply};
use super::media::{render_buttons, render_media};
use super::routing::{AGENTS, BOT};
use super::sessions::{STATUS_CLOSE, named, refused};
use super::vcards;
use crate::api::state::ApiState;
use crate::domain::conversation::Conversation;
use crate::domain::ids::IntegrationId;
use crate::domain::integration::IntegrationType;
use crate::domain::message::{ActionType, MessageType};
use crate::domain::messaging::{Button, ButtonKind, Media, MediaKind};
use crate::domain::order::Position;
use crate::pipeline::words;
use crate::store::ActivityRecord;

/// The statuses of a message that are told: what the customer sent was received; what it was sent is sent, delivered
/// once one of its readers took it, and read once it was marked as seen.
pub(super) const STATUSES: [&str; 4] = ["RECEIVD", "SENT", "DLVRD", "READ"];

/// Lists what was said to and by the customer, the oldest first, as much as one answer of the history holds.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    JsonObject(body): JsonObject,
) -> Reply {
    let id = named(&body)?;
    let refused = |error| refused(STATUS_CLOSE, error);
    let conversation = state.engine.conversation(caller.tenant, id).await.map_err(refused)?;
    let said = state.engine.history(caller.tenant, id, IntegrationType::Customer, 0).await;
    let said = said.map_err(refused)?;
    let taken = state.engine.taken_by_customer(&conversation);
    let transcript = Transcript::of(&state, &conversation, taken);
    Ok(Answer::Compact(said.iter().filter_map(|record| transcript.render(record)).collect()))
}

/// What all messages of one session have in common.
struct Transcript<'a> {
    state: &'a ApiState,
    conversation: &'a Conversation,
    contact: Value,
    /// How far the customer's readers have come.
    taken: Position,
}

impl<'a> Transcript<'a> {
    fn of(state: &'a ApiState, conversation: &'a Conversation, taken: Position) -> Self {
        let contact = contact_of(&state.registry, conversation).map_or_else(
            || unknown(&conversation.binding),
            |contact| render(&contact, &conversation.properties),
        );
        Self { state, conversation, contact, taken }
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
            "tags": tags(&activity["tags"]),
            "template": text(&activity["message"]["template"]["code"]),
            "templateId": text(&activity["message"]["template"]["id"]),
            "text": words(message),
            "timestamp": record.taken.0,
            "type": type_word(kind),
            "vccards": vcards::of(message, kind),
        }))
    }

    fn status(&self, record: &ActivityRecord) -> &'static str {
        let [received, sent, delivered, read] = STATUSES;
        if record.sender_kind == IntegrationType::Customer {
            received
        } else if record.event_id <= self.conversation.seen.customer {
            read
        } else if record.position <= self.taken {
            delivered
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

/// What the reference calls a type of messages.
pub(super) fn type_word(kind: MessageType) -> &'static str {
    match kind {
        MessageType::Text => "text",
        MessageType::Youtube | MessageType::Vimeo | MessageType::Video => "video",
        MessageType::Audio => "audio",
        MessageType::Image => "image",
        MessageType::Attachment => "document",
        MessageType::Location => "location",
        MessageType::Contact => "contacts",
        MessageType::Card | MessageType::Carousel | MessageType::List => "template",
        MessageType::Command => "system",
    }
}

/// What a customer has chosen, if the message is such a choice: the code of a button.
fn action(message: &Map<String, Value>) -> &str {
    message.get("payload").and_then(Value::as_str).unwrap_or_default()
}

/// The files that a message shows: its own, and those of its items.
fn attachments(message: &Map<String, Value>, kind: MessageType, message_id: &str) -> Vec<Value> {
    let items = message.get("items").and_then(Value::as_array).into_iter().flatten();
    let items = items.filter_map(Value::as_object).filter_map(|item| Some((item, shown_kind(item)?)));
    let own = media_kind(kind).map(|_| (message, kind));
    own.into_iter()
        .chain(items)
        .filter_map(|(shown, kind)| media(shown, kind, message_id))
        .map(|media| render_media(&media))
        .collect()
}

/// What an item shows: by its type, or of a card by what its address leads to.
fn shown_kind(item: &Map<String, Value>) -> Option<MessageType> {
    let name = |member: &str| MessageType::from_name(item.get(member)?.as_str()?);
    name("urlType").or_else(|| name("type"))
}

fn media(shown: &Map<String, Value>, kind: MessageType, message_id: &str) -> Option<Media> {
    let text = |name: &str| shown.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let url = shown.get("url")?.as_str()?.to_owned();
    let caption = ["label", "title", "alt"].into_iter().map(text).find(|text| !text.is_empty());
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    Some(Media {
        caption: caption.unwrap_or_default(),
        id: message_id.to_owned(),
        mime_type: text("mimeType"),
        name,
        src: url.clone(),
        kind: Some(media_kind(kind)?),
        url,
        ..Media::default()
    })
}

fn media_kind(kind: MessageType) -> Option<MediaKind> {
    match kind {
        MessageType::Image => Some(MediaKind::Image),
        MessageType::Video => Some(MediaKind::Video),
        MessageType::Youtube | MessageType::Vimeo | MessageType::Audio => Some(MediaKind::Url),
        MessageType::Attachment => Some(MediaKind::Document),
        MessageType::Text
        | MessageType::Location
        | MessageType::Contact
        | MessageType::Card
        | MessageType::Carousel
        | MessageType::List
        | MessageType::Command => None,
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
    let (kind, code, phone, url) = match kind {
        ActionType::Link => {
            let url = text("url");
            match url.strip_prefix("tel:") {
                Some(phone) => (ButtonKind::PhoneNumber, String::new(), phone.to_owned(), String::new()),
                None => (ButtonKind::Url, String::new(), String::new(), url),
            }
        }
        ActionType::Postback | ActionType::Reply => {
            let code = match &action["payload"] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            (ButtonKind::QuickReply, code, String::new(), String::new())
        }
    };
    Some(Button { kind, code, label: text("title"), desc: String::new(), name: String::new(), phone, url })
}

/// What the stages of the hub have found out about a message (TagDocument).
fn tags(found: &Value) -> Value {
    let one = |name: &str| found[name].as_str().map(|word| vec![word]).unwrap_or_default();
    let score = found["sentimentScore"].as_f64().unwrap_or_default();
    json!({
        "categories": found["keywords"].as_array().cloned().unwrap_or_default(),
        "cities": [],
        "countries": [],
        "langs": one("language"),
        "locations": [],
        "organizations": [],
        "persons": [],
        "sentimentScore": (score * 100.0).round() as i32,
        "sentiments": one("sentiment"),
    })
}
