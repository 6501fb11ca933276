//! What the reference calls the types of messages. It must not know what else a message says.

use serde_json::{Map, Value};

use crate::domain::message::MessageType;

/// The words for messages that were said.
pub(super) const SAID: [&str; 10] =
    ["audio", "contacts", "document", "image", "location", "system", "template", "text", "video", "voice"];

/// The words for messages as webhooks tell them.
const INBOUND: [&str; 8] = ["audio", "document", "image", "location", "system", "text", "video", "voice"];

/// The word for a message, or for an item of one.
pub(super) fn said_word(kind: MessageType, message: &Map<String, Value>) -> &'static str {
    let is = |mark: &str| message.get(mark).and_then(Value::as_bool) == Some(true);
    match kind {
        MessageType::Text if is("system") => "system",
        MessageType::Text if message.get("template").is_some_and(Value::is_object) => "template",
        MessageType::Text if is_of_contacts(message) => "contacts",
        MessageType::Text => "text",
        MessageType::Youtube | MessageType::Vimeo | MessageType::Video => "video",
        MessageType::Audio if is("voice") => "voice",
        MessageType::Audio => "audio",
        MessageType::Image => "image",
        MessageType::Attachment => "document",
        MessageType::Location => "location",
        MessageType::Contact => "contacts",
        MessageType::Card | MessageType::Carousel | MessageType::List => "template",
        MessageType::Command => "system",
    }
}

/// Whether a text has nothing but contacts for its items, and none of its own: so are several sent at once.
fn is_of_contacts(message: &Map<String, Value>) -> bool {
    let has_text = message.get("text").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    let items = message.get("items").and_then(Value::as_array).filter(|items| !items.is_empty());
    let is_contact =
        |item: &Value| item["type"].as_str().and_then(MessageType::from_name) == Some(MessageType::Contact);
    !has_text && items.is_some_and(|items| items.iter().all(is_contact))
}

/// The same for a webhook: what it has no word for is told as a text.
pub(super) fn inbound_word(kind: MessageType, message: &Map<String, Value>) -> &'static str {
    let word = said_word(kind, message);
    INBOUND.into_iter().find(|known| *known == word).unwrap_or("text")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn marked(mark: &str) -> Map<String, Value> {
        Map::from_iter([(mark.to_owned(), json!(true))])
    }

    #[test]
    fn every_type_of_message_is_told_by_a_word_of_the_reference() {
        for kind in MessageType::ALL {
            assert!(SAID.contains(&said_word(*kind, &Map::new())), "{kind:?}");
            assert!(INBOUND.contains(&inbound_word(*kind, &Map::new())), "{kind:?}");
        }
        assert_eq!(inbound_word(MessageType::Card, &Map::new()), "text");
    }

    #[test]
    fn what_a_back_end_sent_reads_back_as_what_it_was_sent_as() {
        let of_template = Map::from_iter([("template".to_owned(), json!({"code": "RECEIPT"}))]);
        assert_eq!(said_word(MessageType::Text, &of_template), "template");
        assert_eq!(inbound_word(MessageType::Text, &of_template), "text");
        for (said, word) in [
            (json!({"items": [{"type": "contact"}, {"type": "contact"}]}), "contacts"),
            (json!({"items": [{"type": "contact"}, {"type": "image"}]}), "text"),
            (json!({"text": "Both", "items": [{"type": "contact"}]}), "text"),
            (json!({"items": []}), "text"),
        ] {
            assert_eq!(said_word(MessageType::Text, said.as_object().unwrap()), word, "{said}");
        }
        assert_eq!(said_word(MessageType::Audio, &marked("voice")), "voice");
        assert_eq!(said_word(MessageType::Text, &marked("system")), "system");
        assert_eq!(said_word(MessageType::Text, &marked("voice")), "text");
    }
}
