//! Carousels and lists: either stands for the other (§12.4.11, §12.4.12), and words stand for both.

use serde_json::{Map, Value};

use super::capabilities::Capabilities;
use super::card::in_row;
use super::{objects, spoken, words};
use crate::domain::message::MessageType::{self, Carousel, List};

pub(super) fn render(
    message: &Map<String, Value>,
    kind: MessageType,
    can: &Capabilities,
) -> Vec<Map<String, Value>> {
    let other = if kind == Carousel { List } else { Carousel };
    let form = [kind, other].into_iter().find(|form| can.has(*form));
    match form {
        Some(form) if objects(message, "items").all(|item| can.have_row_buttons_for(item)) => {
            in_form(message, form, can)
        }
        _ => spoken::say(&words(message), can),
    }
}

/// As many carousels or lists as it takes. The actions of a whole list stand beneath its last part; beside carousels,
/// which have none, they are said after them.
fn in_form(message: &Map<String, Value>, form: MessageType, can: &Capabilities) -> Vec<Map<String, Value>> {
    let items: Vec<Value> = objects(message, "items").map(|item| in_row(item, can).into()).collect();
    let mut parts: Vec<Map<String, Value>> = items
        .chunks(can.rows.max(1))
        .map(|items| {
            let mut part = message.clone();
            part.shift_remove("actions");
            part.insert("type".to_owned(), form.name().into());
            part.insert("items".to_owned(), items.into());
            part
        })
        .collect();
    match (message.get("actions"), parts.last_mut()) {
        (Some(actions), Some(last)) if form == List && can.have_row_buttons_for(message) => {
            last.insert("actions".to_owned(), actions.clone());
        }
        _ => parts.extend(spoken::say(&super::words::actions_in_words(message), can)),
    }
    parts
}
