//! What a message says (messaging reference, OutBoundMsg), as a message of the platform. It must not know whom it is
//! for, nor how one is made of a template.

use serde_json::{Map, Value, json};

use super::{buttons, cards};
use crate::api::messaging::error::FaultCode;
use crate::api::messaging::fields::Fields;
use crate::api::messaging::media::{Below, read_buttons};
use crate::api::web_address::{MAX_URL, is_web};
use crate::domain::message::MessageType;
use crate::domain::messaging::Button;

/// The values of `type`, as the reference lists them.
pub(in crate::api::messaging) const TYPES: [&str; 12] = [
    "audio", "document", "image", "location", "system", "text", "video", "voice", "contacts", "template",
    "optin", "optout",
];

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Says {
    /// Something is said.
    Message(Map<String, Value>),
    /// From now on the contact wants messages.
    OptIn,
    /// From now on the contact wants none.
    OptOut,
}

/// Reads what is asked for, with at most so many buttons; none when it has a fault, which is noted. What is made of a
/// template is read by `templated`, with the buttons to stand below it.
pub(super) fn read(
    fields: &mut Fields<'_>,
    most_buttons: usize,
    templated: impl FnOnce(&mut Fields<'_>, &[Button]) -> Option<Map<String, Value>>,
) -> Option<Says> {
    if fields.get("type").is_none() {
        fields.fault("type", FaultCode::Required, "is required");
    }
    let kind = fields.word("type", &TYPES);
    let buttons = read_buttons(fields, most_buttons, Below::Message);
    let kind = kind?;
    let mut messages = match kind {
        "text" | "system" => vec![text(fields, kind)?],
        "image" | "video" | "audio" | "document" => vec![media(fields, kind, kind)?],
        // The reference's schema has no member for what is said by voice.
        "voice" if fields.get("voice").is_some() => vec![media(fields, "voice", kind)?],
        "voice" => vec![media(fields, "audio", kind)?],
        "location" => vec![location(fields)?],
        "contacts" => cards::read(fields),
        "template" => return templated(fields, &buttons).map(Says::Message),
        opts => {
            if !buttons.is_empty() {
                fields.fault("options", FaultCode::NotApplicable, "means nothing where nothing is said");
            }
            return Some(if opts == "optin" { Says::OptIn } else { Says::OptOut });
        }
    };
    match messages.len() {
        0 => None,
        1 => Some(Says::Message(with_buttons(messages.remove(0), &buttons))),
        _ => Some(Says::Message(text_with(String::new(), messages, &buttons))),
    }
}

/// A message with actions below it: only a text has any, so that everything else becomes an item of one.
fn with_buttons(mut message: Map<String, Value>, buttons: &[Button]) -> Map<String, Value> {
    if buttons.is_empty() {
        return message;
    }
    if message.get("type").and_then(Value::as_str) == Some(MessageType::Text.name()) {
        message.insert("actions".to_owned(), actions(buttons));
        return message;
    }
    let caption = ["caption", "title", "label"].iter().find_map(|name| message.get(*name)?.as_str());
    let caption = caption.filter(|_| !message.contains_key("properties")).unwrap_or_default().to_owned();
    text_with(caption, vec![message], buttons)
}

/// A text with items and actions, as far as there are any.
pub(super) fn text_with(
    text: String,
    items: Vec<Map<String, Value>>,
    buttons: &[Button],
) -> Map<String, Value> {
    let mut message = Map::from_iter([("type".to_owned(), json!(MessageType::Text.name()))]);
    if !text.is_empty() {
        message.insert("text".to_owned(), text.into());
    }
    if !items.is_empty() {
        message.insert("items".to_owned(), items.into());
    }
    if !buttons.is_empty() {
        message.insert("actions".to_owned(), actions(buttons));
    }
    message
}

fn actions(buttons: &[Button]) -> Value {
    buttons.iter().filter_map(buttons::action).collect()
}

fn text(fields: &mut Fields<'_>, kind: &str) -> Option<Map<String, Value>> {
    if fields.get("text").is_none() {
        fields.fault("text", FaultCode::Required, "is required");
    }
    let read = |text: &mut Fields<'_>| text.required_text("body", usize::MAX);
    let body = fields.object("text", "OutBoundMsgText", read).flatten()?;
    let mut message = text_with(body, Vec::new(), &[]);
    if kind == "system" {
        message.insert("system".to_owned(), true.into());
    }
    Some(message)
}

/// A file under the member of that name.
fn media(fields: &mut Fields<'_>, member: &str, kind: &str) -> Option<Map<String, Value>> {
    if fields.get(member).is_none() {
        fields.fault(member, FaultCode::Required, "is required");
    }
    let read = |media: &mut Fields<'_>| {
        let caption = media.text("caption", usize::MAX).unwrap_or_default();
        let filename = media.text("filename", usize::MAX).unwrap_or_default();
        let link = media.required_text("link", MAX_URL)?;
        if !is_web(&link) {
            media.fault("link", FaultCode::InvalidValue, "must be an http or https address");
            return None;
        }
        Some(file(kind, &link, &caption, &filename))
    };
    fields.object(member, "OutBoundMsgMedia", read).flatten()
}

/// A file as the platform's message for its kind.
pub(super) fn file(kind: &str, link: &str, caption: &str, filename: &str) -> Map<String, Value> {
    let last_part =
        link.split(['?', '#']).next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    let name = if filename.is_empty() { last_part } else { filename };
    let message = match kind {
        "image" => {
            json!({"type": "image", "url": link, "title": caption, "alt": filename, "filename": filename})
        }
        "video" => json!({"type": "video", "url": link, "label": caption, "filename": filename}),
        "audio" => json!({"type": "audio", "url": link, "label": caption, "filename": filename}),
        "voice" => {
            json!({"type": "audio", "url": link, "label": caption, "filename": filename, "voice": true})
        }
        _ => {
            let label = if name.is_empty() { "document" } else { name };
            let mime_type = document_type(name).or_else(|| document_type(last_part)).unwrap_or(ANY_FILE);
            json!({"type": "attachment", "url": link, "label": label, "mimeType": mime_type, "caption": caption,
                "filename": filename})
        }
    };
    let Value::Object(mut message) = message else { unreachable!("written as an object above") };
    message.retain(|_, value| value != "");
    message
}

/// The MIME type of a file of which nothing is known.
const ANY_FILE: &str = "application/octet-stream";

/// The MIME type of a document by the end of its name.
fn document_type(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "pdf" => "application/pdf",
        "csv" => "text/csv",
        "txt" => "text/plain",
        "html" | "htm" => "text/html",
        "json" => "application/json",
        "zip" => "application/zip",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "ppt" => "application/vnd.ms-powerpoint",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        _ => return None,
    })
}

fn location(fields: &mut Fields<'_>) -> Option<Map<String, Value>> {
    if fields.get("location").is_none() {
        fields.fault("location", FaultCode::Required, "is required");
    }
    let read = |location: &mut Fields<'_>| {
        let latitude = degrees(location, "latitude", 90.0);
        let longitude = degrees(location, "longitude", 180.0);
        let mut text = |name| location.text(name, usize::MAX).filter(|text| !text.trim().is_empty());
        let (address, name, url) = (text("address"), text("name"), text("url"));
        for (member, value) in [("latitude", latitude), ("longitude", longitude)] {
            let is_needed = address.is_none() || latitude.is_some() != longitude.is_some();
            if is_needed && value.is_none() && !location.has_fault(member) {
                location.fault(member, FaultCode::Required, "is required where there is no address");
            }
        }
        let members = [
            ("type", Some(json!("location"))),
            ("address", address.map(Value::from)),
            ("latitude", latitude.map(Value::from)),
            ("longitude", longitude.map(Value::from)),
            ("name", name.map(Value::from)),
            ("url", url.map(Value::from)),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    };
    fields.object("location", "CommonMsgLocation", read)
}

/// Degrees to either side of zero: a number, or a text that is one.
fn degrees(fields: &mut Fields<'_>, name: &str, most: f64) -> Option<f64> {
    let value = fields.get(name)?;
    let degrees = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    match degrees {
        Some(degrees) if degrees.abs() <= most => Some(degrees),
        _ => {
            fields.fault(name, FaultCode::InvalidValue, &format!("must be degrees from -{most} to {most}"));
            None
        }
    }
}

#[cfg(test)]
mod tests;
