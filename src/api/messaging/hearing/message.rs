//! What a customer said, as a webhook tells it (messaging reference, InBoundMsg and InBoundAction).

use serde_json::{Map, Value, json};

use crate::api::messaging::events::routing_id;
use crate::api::messaging::files::{ShownFile, shown_files};
use crate::api::messaging::ids::Contact;
use crate::api::messaging::kinds::inbound_word;
use crate::api::messaging::tags::tag_document;
use crate::domain::activity::{Activity, Content};
use crate::domain::message::MessageType;
use crate::pipeline::{Scene, words};

/// A message; none of an event.
pub(super) fn render(contact: &Contact, scene: Scene<'_>, activity: &Activity) -> Option<Value> {
    let Content::Message(said) = &activity.content else { return None };
    let kind = MessageType::from_name(said.get("type")?.as_str()?)?;
    let id = activity.interaction_id.map(|id| id.to_string()).unwrap_or_default();
    let word = inbound_word(kind, said);
    let attachments: Vec<_> = shown_files(said, kind, &id).map(|(id, file)| media(&file, &id)).collect();
    let standing = scene.standing;
    let mut message = json!({
        "attachments": attachments,
        "contactId": contact.id(),
        "from": contact.csid,
        "id": id,
        "messageIdExt": activity.external_id.as_deref().unwrap_or_default(),
        "originalMessage": said,
        "session": {
            "assignedToAgent": standing.holder.agent().unwrap_or_default(),
            "assignedToDept": standing.team().map(|team| team.to_string()).unwrap_or_default(),
            "routingId": routing_id(scene.conversation, standing),
            "sessionId": scene.conversation.id,
        },
        "tags": tag_document(&activity.tags),
        "timestamp": scene.at.0,
        "type": word,
    });
    match (ShownFile::of(said, kind), kind) {
        // Its own file is the first.
        (Some(_), _) => message[word] = message["attachments"][0].clone(),
        (None, MessageType::Location) => message["location"] = location(said),
        (None, _) => message["text"] = json!({"body": words(said), "type": word}),
    }
    Some(message)
}

/// A file as an InBoundMsgMedia.
fn media(file: &ShownFile<'_>, id: &str) -> Value {
    json!({
        "caption": file.caption,
        "filename": file.name,
        "id": id,
        "link": file.url,
        "linkSecure": if file.url.starts_with("https:") { file.url } else { "" },
        "mime_type": file.mime_type,
        "sha256": "",
        "type": file.word,
    })
}

fn location(said: &Map<String, Value>) -> Value {
    let text = |name: &str| match said.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    json!({
        "address": text("address"),
        "latitude": text("latitude"),
        "longitude": text("longitude"),
        "name": text("name"),
        "url": text("url"),
    })
}

/// What a customer has chosen: the payload of a quick reply, or what a payload event brings.
pub(super) fn action_code(content: &Content) -> Option<&str> {
    match content {
        Content::Message(said) => said.get("payload")?.as_str(),
        Content::Event(event) => {
            let payload = event.get("payload")?;
            let named =
                || ["actionCode", "code", "payload"].into_iter().find_map(|name| payload.get(name)?.as_str());
            payload.as_str().or_else(named).or_else(|| event.get("payloadType")?.as_str())
        }
    }
    .filter(|code| !code.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_choice_is_told_by_its_code() {
        for (content, expected) in [
            (Content::Message(map(json!({"type": "text", "text": "Yes", "payload": "YES"}))), Some("YES")),
            (Content::Message(map(json!({"type": "text", "text": "Yes"}))), None),
            (
                Content::Event(map(json!({"payloadType": "button", "payload": "SEND_INVOICE"}))),
                Some("SEND_INVOICE"),
            ),
            (Content::Event(map(json!({"payloadType": "button", "payload": {"code": "PAY"}}))), Some("PAY")),
            (Content::Event(map(json!({"payloadType": "button", "payload": {"x": 1}}))), Some("button")),
            (Content::Event(map(json!({"type": "typing_on"}))), None),
        ] {
            assert_eq!(action_code(&content), expected, "{content:?}");
        }
    }
}
