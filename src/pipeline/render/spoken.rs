//! Texts: in pieces where they are long, with buttons or numbered lines, and their items as messages of their own.

use serde_json::{Map, Value};

use super::capabilities::Capabilities;
use super::split::pieces;
use super::words::actions_in_words;
use super::{objects, rendered, text_of};

/// Buttons vanish on many channels when something is sent after them, so what has buttons comes last; words without
/// them come before what they speak of.
pub(super) fn render(message: &Map<String, Value>, can: &Capabilities) -> Vec<Map<String, Value>> {
    let items = objects(message, "items").flat_map(|item| rendered(item, can));
    let (said, has_buttons) = words_and_actions(message, can);
    if has_buttons { items.chain(said).collect() } else { said.into_iter().chain(items).collect() }
}

/// Words alone, without anything to choose.
pub(super) fn say(words: &str, can: &Capabilities) -> Vec<Map<String, Value>> {
    pieces(words, can.text)
        .into_iter()
        .map(|piece| {
            let members = [("type".to_owned(), "text".into()), ("text".to_owned(), piece.into())];
            Map::from_iter(members)
        })
        .collect()
}

/// What is said and what can be chosen; with it whether there are buttons. Without words to stand beneath, and where
/// there are more actions or longer ones than buttons can be, actions are lines.
fn words_and_actions(message: &Map<String, Value>, can: &Capabilities) -> (Vec<Map<String, Value>>, bool) {
    let words = text_of(message, "text").trim();
    let has_actions = objects(message, "actions").next().is_some();
    let has_buttons = has_actions && !words.is_empty() && can.have_buttons_for(message);
    let words = if has_actions && !has_buttons {
        format!("{words}\n{}", actions_in_words(message))
    } else {
        words.to_owned()
    };
    let mut own = message.clone();
    own.retain(|name, _| {
        !matches!(name.as_str(), "type" | "text" | "items") && (has_buttons || name != "actions")
    });
    let mut said = say(&words, can);
    // What is meant for the message as a whole stands with its end.
    if let Some(last) = said.last_mut() {
        last.extend(own);
    }
    (said, has_buttons)
}
