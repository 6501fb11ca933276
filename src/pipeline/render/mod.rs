//! Rendering out: what of a message a channel can show, as messages of the platform's common format that it can show.
//! A carousel becomes a list where there are no carousels, a list lines of words, buttons numbered lines.
//!
//! What each channel can is one table; how its provider wants to be told it is for its outlet. It must not know who
//! hears the message.

mod capabilities;
mod card;
mod rows;
mod split;
mod spoken;
mod words;

use serde_json::{Map, Value};

use self::capabilities::{Capabilities, capabilities};
use crate::domain::integration::ChannelType;
use crate::domain::message::MessageType;

pub use words::words;

/// A message as a channel can show it, in the order in which it is to be sent. Channels that show everything get it
/// as it is.
pub fn render(message: &Map<String, Value>, channel: ChannelType) -> Vec<Map<String, Value>> {
    rendered(message, capabilities(channel))
}

fn rendered(message: &Map<String, Value>, can: &Capabilities) -> Vec<Map<String, Value>> {
    match kind_of(message, "type") {
        Some(kind) if !can.show_everything() => match kind {
            MessageType::Text => spoken::render(message, can),
            MessageType::Carousel | MessageType::List => rows::render(message, kind, can),
            MessageType::Card => card::render(message, can),
            _ if can.show(kind, message) => vec![message.clone()],
            _ => spoken::say(&words(message), can),
        },
        _ => vec![message.clone()],
    }
}

fn kind_of(message: &Map<String, Value>, name: &str) -> Option<MessageType> {
    MessageType::from_name(text_of(message, name))
}

/// A text property; empty when there is none.
fn text_of<'m>(message: &'m Map<String, Value>, name: &str) -> &'m str {
    message.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The objects of a list property.
fn objects<'m>(message: &'m Map<String, Value>, name: &str) -> impl Iterator<Item = &'m Map<String, Value>> {
    message.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

#[cfg(test)]
mod tests;
