//! What happened to a session and what became of a message, as a webhook tells it (messaging reference, InBoundEvent
//! and InBoundMsgStatus).

use serde_json::{Map, Value, json};

use crate::api::messaging::events::{EventCode, Happening};
use crate::api::messaging::ids::Contact;
use crate::domain::receipt::{MessageStatus, StatusNews};
use crate::domain::standing::Move;
use crate::pipeline::Scene;
use crate::registry::Registry;

/// A move, and what whoever made it sent along.
pub(super) type Moved<'a> = Option<(&'a Move, &'a Map<String, Value>)>;

/// An event. It is the platform that tells it, whoever asked for what happened.
pub(super) fn event(registry: &Registry, scene: Scene<'_>, code: EventCode, moved: Moved<'_>) -> Value {
    let Scene { conversation, standing, .. } = scene;
    let (from, to) = (standing.clone(), standing.clone());
    let stays = Move { conversation: conversation.id, from, to, is_routed: false };
    let none = Map::new();
    let (moved, params) = moved.unwrap_or((&stays, &none));
    Happening { registry, conversation, moved, params, client: None }.render(code)
}

/// The word of a status.
pub(in crate::api::messaging) fn status_word(status: MessageStatus) -> &'static str {
    match status {
        MessageStatus::Sent => "SENT",
        MessageStatus::Delivered => "DLVRD",
        MessageStatus::Read => "READ",
        MessageStatus::Failed => "FAILD",
        MessageStatus::Deleted => "DELTD",
    }
}

/// What became of a message.
pub(super) fn status(contact: &Contact, scene: Scene<'_>, news: &StatusNews) -> Value {
    let errors = match news.status {
        MessageStatus::Failed => json!([{
            "code": "UNDELIVERED",
            "details": "Every attempt to hand it to the customer's webhook has failed.",
            "href": "",
            "title": "The message could not be delivered",
        }]),
        _ => json!([]),
    };
    json!({
        "contactId": contact.id(),
        "errors": errors,
        "id": news.message,
        "messageIdExt": "",
        "status": status_word(news.status),
        "timestamp": scene.at.0,
    })
}
