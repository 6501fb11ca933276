//! What happened to a session and what became of a message, as a webhook tells it (messaging reference, InBoundEvent
//! and InBoundMsgStatus).

use serde_json::{Map, Value, json};

use crate::api::messaging::contactable::{render, unknown};
use crate::api::messaging::events::{EventCode, Happening, about};
use crate::api::messaging::ids::{Channel, Contact};
use crate::domain::conversation::Properties;
use crate::domain::customer::{CustomerKey, PushKind};
use crate::domain::ids::TenantId;
use crate::domain::receipt::{MessageStatus, StatusNews};
use crate::domain::standing::Move;
use crate::pipeline::{Pushed, Scene};
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

/// Something that a back end has told of a customer: what it is stands in the trace, as it is heard elsewhere. Without
/// a session it is told of the contact by which the customer is linked, if it is linked by one.
pub(super) fn pushed(
    registry: &Registry,
    tenant: TenantId,
    scene: Option<Scene<'_>>,
    pushed: Pushed<'_>,
) -> Value {
    let code = match pushed.kind {
        PushKind::Data => EventCode::CustomerDataPushed,
        PushKind::Event => EventCode::CustomerEventPushed,
    };
    let mut event = match scene {
        Some(scene) => event(registry, scene, code, None),
        None => {
            let linked = pushed.links.iter().find_map(|link| linked(registry, tenant, link));
            let nobody = || unknown("");
            let contact = linked.map_or_else(nobody, |contact| render(&contact, &Properties::new()));
            about(code, "", contact, None)
        }
    };
    event["trace"] = json!([pushed.heard]);
    event
}

fn linked(registry: &Registry, tenant: TenantId, link: &CustomerKey) -> Option<Contact> {
    let CustomerKey::Contact(integration, csid) = link else { return None };
    let channel = Channel::of(registry.integration(tenant, *integration)?)?;
    Some(Contact { channel, csid: csid.clone() })
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
pub(super) fn status(contact_id: &str, scene: Scene<'_>, news: &StatusNews) -> Value {
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
        "contactId": contact_id,
        "errors": errors,
        "id": news.message,
        "messageIdExt": "",
        "status": status_word(news.status),
        "timestamp": scene.at.0,
    })
}
