//! Enrichment (platform documentation §12.1 and §12.4): a text that is only a link becomes what it leads to, a link
//! among words adds an item, addresses get their preferred form, and media their MIME types.
//!
//! It asks nobody: what it says of an address it reads from the address. It must not know who said it, and where it
//! does not understand it changes nothing. What was enriched is not changed by enriching it again.

mod address;
mod links;
mod map;
mod media;
mod streams;

use serde_json::{Map, Value};

use self::links::Link;
pub use self::media::mime_type_of;
use crate::domain::command::is_command;
use crate::domain::message::MessageType;

/// The most links of one text that are looked at: more is no message with links in it but a list of links, and every
/// reader would be sent each of them twice.
const MAX_LINKS: usize = 10;

/// Enriches a checked message.
pub fn enrich(message: &mut Map<String, Value>) {
    match kind_of(message, "type") {
        Some(MessageType::Text) => {
            each(message, "items", medium_or_card);
            text(message);
        }
        Some(MessageType::Carousel | MessageType::List) => each(message, "items", medium_or_card),
        _ => medium_or_card(message),
    }
}

fn text(message: &mut Map<String, Value>) {
    let Some(text) = message.get("text").and_then(Value::as_str) else { return };
    // The arguments of a command (§12.4.13) are not for readers.
    if is_command(text) {
        return;
    }
    let links: Vec<Link<'_>> = first_links(text).collect();
    let is_only_a_link = links.len() == 1 && text.trim() == links[0].text;
    let mut found: Vec<_> = links.into_iter().map(as_message).collect();
    match found.pop() {
        None => {}
        Some(only) if is_only_a_link && may_become(message, &only) => becomes(message, only),
        Some(last) => {
            found.push(last);
            add_items(message, found);
        }
    }
}

/// What the links of a text lead to, as it is added to the text's items.
pub(super) fn linked(text: &str) -> Vec<Map<String, Value>> {
    first_links(text).map(as_message).collect()
}

fn first_links(text: &str) -> impl Iterator<Item = Link<'_>> {
    links::links(text).take(MAX_LINKS)
}

fn as_message(link: Link<'_>) -> Map<String, Value> {
    let mut message = Map::with_capacity(link.members.len() + 2);
    message.insert("type".to_owned(), link.kind.name().into());
    message.extend(link.members);
    medium_or_card(&mut message);
    message
}

/// Whether nothing of a text is lost or taken for something else when it becomes what its link leads to.
fn may_become(text: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let Some(shape) = kind_of(other, "type").map(MessageType::shape) else { return false };
    text.iter().all(|(name, value)| match name.as_str() {
        "type" | "text" | "channels" => true,
        "items" | "actions" => value.as_array().is_some_and(Vec::is_empty),
        own => shape.property(own).is_none() && !other.contains_key(own),
    })
}

/// What its sender added to a text goes along.
fn becomes(text: &mut Map<String, Value>, mut other: Map<String, Value>) {
    for (name, value) in std::mem::take(text) {
        if !matches!(name.as_str(), "type" | "text" | "items" | "actions") {
            other.insert(name, value);
        }
    }
    *text = other;
}

/// Adds what links lead to, but for what is among the items already.
fn add_items(message: &mut Map<String, Value>, found: Vec<Map<String, Value>>) {
    let items = message.entry("items").or_insert_with(|| Value::Array(Vec::new()));
    let Some(items) = items.as_array_mut() else { return };
    for item in found {
        let is_it = |other: &Value| ["type", "url"].iter().all(|name| other.get(name) == item.get(*name));
        if !items.iter().any(is_it) {
            items.push(Value::Object(item));
        }
    }
}

/// What a message, an item or a card shows, in its preferred form.
fn medium_or_card(message: &mut Map<String, Value>) {
    let declared = kind_of(message, "type");
    let kind = match declared {
        None | Some(MessageType::Card) => kind_of(message, "urlType"),
        medium => medium,
    };
    let (Some(kind), Some(url)) = (kind, message.get("url").and_then(Value::as_str)) else { return };
    if let Some(preferred) = streams::preferred(kind, url) {
        message.insert("url".to_owned(), preferred.into());
    } else if Some(kind) == declared
        && !message.contains_key("mimeType")
        && let Some(mime) = media::mime_type(kind, url)
    {
        message.insert("mimeType".to_owned(), mime.into());
    }
}

fn each(message: &mut Map<String, Value>, list: &str, enrich: impl Fn(&mut Map<String, Value>)) {
    let elements = message.get_mut(list).and_then(Value::as_array_mut);
    elements.into_iter().flatten().filter_map(Value::as_object_mut).for_each(enrich);
}

fn kind_of(message: &Map<String, Value>, name: &str) -> Option<MessageType> {
    MessageType::from_name(message.get(name)?.as_str()?)
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
