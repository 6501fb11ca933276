//! What a customer said, as a webhook tells it (messaging reference, InBoundMsg and InBoundAction).

use serde_json::{Map, Value, json};

use crate::api::messaging::events::routing_id;
use crate::api::messaging::ids::Contact;
use crate::domain::activity::{Activity, Content};
use crate::domain::message::MessageType;
use crate::pipeline::{Scene, words};

/// The values of `type`, as the reference lists them.
#[cfg(test)]
const TYPES: [&str; 8] = ["audio", "document", "image", "location", "system", "text", "video", "voice"];

/// A message; none of an event.
pub(super) fn render(contact: &Contact, scene: Scene<'_>, activity: &Activity) -> Option<Value> {
    let Content::Message(said) = &activity.content else { return None };
    let kind = MessageType::from_name(said.get("type")?.as_str()?)?;
    let id = activity.interaction_id.map(|id| id.to_string()).unwrap_or_default();
    let word = type_word(kind, said);
    let media = media(said, kind, word, &id);
    let attachments: Vec<_> = media.iter().cloned().chain(items(said, &id)).collect();
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
        "tags": tags(&activity.tags),
        "timestamp": scene.at.0,
        "type": word,
    });
    match (media, kind) {
        (Some(media), _) => message[word] = media,
        (None, MessageType::Location) => message["location"] = location(said),
        (None, _) => message["text"] = json!({"body": words(said), "type": word}),
    }
    Some(message)
}

/// What the reference calls a message of a type; whatever it has no word for is told as a text.
fn type_word(kind: MessageType, said: &Map<String, Value>) -> &'static str {
    match kind {
        MessageType::Image => "image",
        MessageType::Video | MessageType::Youtube | MessageType::Vimeo => "video",
        MessageType::Audio if said.get("voice").and_then(Value::as_bool) == Some(true) => "voice",
        MessageType::Audio => "audio",
        MessageType::Attachment => "document",
        MessageType::Location => "location",
        MessageType::Command => "system",
        MessageType::Text
        | MessageType::Contact
        | MessageType::Card
        | MessageType::Carousel
        | MessageType::List => "text",
    }
}

/// The file that a message or an item shows; none where it shows none.
fn media(shown: &Map<String, Value>, kind: MessageType, word: &str, id: &str) -> Option<Value> {
    let is_file = matches!(
        kind,
        MessageType::Image
            | MessageType::Video
            | MessageType::Youtube
            | MessageType::Vimeo
            | MessageType::Audio
            | MessageType::Attachment
    );
    if !is_file {
        return None;
    }
    let text = |name: &str| shown.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let link = text("url")?;
    let path = link.split(['?', '#']).next().unwrap_or_default();
    let caption = ["caption", "title", "label", "alt"].into_iter().find_map(text);
    Some(json!({
        "caption": caption.unwrap_or_default(),
        "filename": text("filename").or_else(|| path.rsplit('/').next()).unwrap_or_default(),
        "id": id,
        "link": link,
        "linkSecure": if link.starts_with("https:") { link } else { "" },
        "mime_type": text("mimeType").unwrap_or_default(),
        "sha256": "",
        "type": word,
    }))
}

/// The files among the items of a text.
fn items(said: &Map<String, Value>, id: &str) -> Vec<Value> {
    let items = said.get("items").and_then(Value::as_array).into_iter().flatten();
    items
        .filter_map(|item| {
            let item = item.as_object()?;
            let kind = MessageType::from_name(item.get("type")?.as_str()?)?;
            media(item, kind, type_word(kind, item), id)
        })
        .collect()
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

/// What stages found out, as the reference has it: what it is called by the same names here.
fn tags(found: &Map<String, Value>) -> Value {
    let lists =
        ["categories", "cities", "countries", "langs", "locations", "organizations", "persons", "sentiments"];
    let mut tags: Map<String, Value> = lists
        .into_iter()
        .map(|name| {
            (name.to_owned(), found.get(name).filter(|value| value.is_array()).cloned().unwrap_or(json!([])))
        })
        .collect();
    if let Some(language) = found.get("language").filter(|value| value.is_string()) {
        tags.insert("langs".to_owned(), json!([language]));
    }
    tags.insert("sentimentScore".to_owned(), found.get("sentimentScore").cloned().unwrap_or(json!(0)));
    tags.into()
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
    fn every_type_of_message_is_told_by_a_word_of_the_reference() {
        for kind in MessageType::ALL {
            assert!(TYPES.contains(&type_word(*kind, &Map::new())), "{kind:?}");
        }
        assert_eq!(type_word(MessageType::Audio, &map(json!({"voice": true}))), "voice");
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

    #[test]
    fn a_file_is_told_with_all_that_is_known_of_it() {
        let said = map(json!({"type": "attachment", "url": "https://a.example/b.pdf?c", "label": "Ours",
            "mimeType": "application/pdf"}));
        assert_eq!(
            media(&said, MessageType::Attachment, "document", "i"),
            Some(
                json!({"caption": "Ours", "filename": "b.pdf", "id": "i", "link": "https://a.example/b.pdf?c",
                "linkSecure": "https://a.example/b.pdf?c", "mime_type": "application/pdf", "sha256": "",
                "type": "document"})
            )
        );
        assert_eq!(media(&said, MessageType::Text, "text", "i"), None);
    }
}
