//! The files that a message shows, read in one way for all who tell of them. It must not know how they are told.

use serde_json::{Map, Value};

use super::kinds::said_word;
use crate::domain::message::MessageType;
use crate::domain::messaging::MediaKind;
use crate::pipeline::mime_type_of;

/// A file that a message or an item of one shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ShownFile<'m> {
    /// What the reference calls such a message.
    pub(super) word: &'static str,
    pub(super) kind: MediaKind,
    pub(super) url: &'m str,
    /// What is said about it; empty where nothing is.
    pub(super) caption: &'m str,
    /// As whoever sent it calls it, else the end of its address.
    pub(super) name: &'m str,
    /// As it was sent, else by the names of the file; empty where neither tells.
    pub(super) mime_type: &'m str,
}

impl<'m> ShownFile<'m> {
    /// The file of a message or an item of this type; none where it shows none.
    pub(super) fn of(shown: &'m Map<String, Value>, kind: MessageType) -> Option<Self> {
        let text = |name: &str| shown.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (media_kind, url) = (media_kind(kind)?, text("url")?);
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let last_part = path.rsplit('/').next().unwrap_or_default();
        let name = text("filename").unwrap_or(last_part);
        let mime_type = || mime_type_of(kind, name).or_else(|| mime_type_of(kind, last_part));
        // Where nothing is said about a file its name stands in these as well.
        let other = || ["title", "label", "alt"].into_iter().filter_map(text).find(|other| *other != name);
        let caption = text("caption").or_else(other);
        Some(Self {
            word: said_word(kind, shown),
            kind: media_kind,
            url,
            caption: caption.unwrap_or_default(),
            name,
            mime_type: text("mimeType").or_else(mime_type).unwrap_or_default(),
        })
    }
}

/// All files of a message of this type, each with its id: its own, then those of its items.
pub(super) fn shown_files<'m>(
    message: &'m Map<String, Value>,
    kind: MessageType,
    message_id: &str,
) -> impl Iterator<Item = (String, ShownFile<'m>)> {
    let items = message.get("items").and_then(Value::as_array).into_iter().flatten();
    let items = items.filter_map(Value::as_object);
    let of_items = items.filter_map(|item| ShownFile::of(item, shown_kind(item)?));
    let files = ShownFile::of(message, kind).into_iter().chain(of_items);
    files.enumerate().map(move |(place, file)| (format!("{message_id}.{}", place + 1), file))
}

/// What an item shows: by its type, or of a card by what its address leads to.
fn shown_kind(item: &Map<String, Value>) -> Option<MessageType> {
    let name = |member: &str| MessageType::from_name(item.get(member)?.as_str()?);
    name("urlType").or_else(|| name("type"))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_has_all_that_is_known_of_it() {
        let said = json!({"type": "attachment", "url": "https://a.example/b.pdf?c", "label": "Ours",
            "mimeType": "application/pdf"});
        let file = ShownFile {
            word: "document",
            kind: MediaKind::Document,
            url: "https://a.example/b.pdf?c",
            caption: "Ours",
            name: "b.pdf",
            mime_type: "application/pdf",
        };
        assert_eq!(ShownFile::of(said.as_object().unwrap(), MessageType::Attachment), Some(file));
        assert_eq!(ShownFile::of(said.as_object().unwrap(), MessageType::Text), None);
    }

    #[test]
    fn the_name_that_a_file_was_sent_with_is_no_caption() {
        for (said, caption, name) in [
            (json!({"url": "https://a.example/123", "label": "a.pdf", "filename": "a.pdf"}), "", "a.pdf"),
            (json!({"url": "https://a.example/a.pdf", "label": "a.pdf"}), "", "a.pdf"),
            (
                json!({"url": "https://a.example/123", "label": "a.pdf", "filename": "a.pdf", "caption": "Ours"}),
                "Ours",
                "a.pdf",
            ),
        ] {
            let file = ShownFile::of(said.as_object().unwrap(), MessageType::Attachment).unwrap();
            assert_eq!((file.caption, file.name), (caption, name), "{said}");
        }
    }

    #[test]
    fn a_file_that_was_sent_without_a_mime_type_has_that_of_its_name() {
        for (said, kind, told) in [
            (json!({"url": "https://a.example/a.png?b=c.mp4"}), MessageType::Image, "image/png"),
            (json!({"url": "https://a.example/1", "filename": "a.JPG"}), MessageType::Image, "image/jpeg"),
            (json!({"url": "https://a.example/a.gif", "filename": "a"}), MessageType::Image, "image/gif"),
            (json!({"url": "https://a.example/1", "filename": "a.mp4"}), MessageType::Audio, "audio/mp4"),
            (
                json!({"url": "https://a.example/a.png", "mimeType": "image/x-own"}),
                MessageType::Image,
                "image/x-own",
            ),
            (json!({"url": "https://a.example/a"}), MessageType::Image, ""),
            (json!({"url": "https://a.example/"}), MessageType::Image, ""),
        ] {
            let file = ShownFile::of(said.as_object().unwrap(), kind).unwrap();
            assert_eq!(file.mime_type, told, "{said}");
        }
    }

    #[test]
    fn the_files_of_items_follow_the_message_s_own() {
        let said = json!({"url": "https://a.example/0", "items": [{"type": "audio", "url": "https://a.example/1",
            "voice": true}, {"type": "text"}, {"urlType": "image", "url": "https://a.example/2"}]});
        let files: Vec<_> = shown_files(said.as_object().unwrap(), MessageType::Video, "m").collect();
        let told: Vec<_> = files.iter().map(|(id, file)| (id.as_str(), file.word, file.name)).collect();
        assert_eq!(told, [("m.1", "video", "0"), ("m.2", "voice", "1"), ("m.3", "image", "2")]);
    }
}
