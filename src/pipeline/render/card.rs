//! Cards, and what else stands in a row of a carousel or a list: with what they show where that can be shown, and in
//! words with their actions where there are no cards.

use serde_json::{Map, Value};

use super::capabilities::Capabilities;
use super::{kind_of, rendered, text_of};
use crate::domain::message::MessageType;

/// What of a card is words, in the order in which it is read.
const WORDS: [&str; 3] = ["title", "subtitle", "content"];

/// What of a card is its medium.
const MEDIUM: [&str; 3] = ["urlType", "url", "fallbackImageUrl"];

/// A card as one message, or as what it shows and what it says.
pub(super) fn render(card: &Map<String, Value>, can: &Capabilities) -> Vec<Map<String, Value>> {
    if can.has(MessageType::Card) && can.have_row_buttons_for(card) {
        return vec![in_row(card, can)];
    }
    let medium = medium(card).filter(|(kind, _)| can.has(*kind)).map(|(kind, url)| {
        Map::from_iter([("type".to_owned(), kind.name().into()), ("url".to_owned(), url.into())])
    });
    let mut lines = WORDS.map(|name| text_of(card, name)).to_vec();
    if medium.is_none() {
        lines.push(text_of(card, "url"));
    }
    medium.into_iter().chain(rendered(&in_words(card, &lines), can)).collect()
}

/// A card, or an item, with a medium that can be shown in a row. Of another the picture that stands for it is shown,
/// and its address is among the words.
pub(super) fn in_row(row: &Map<String, Value>, can: &Capabilities) -> Map<String, Value> {
    let mut shown = row.clone();
    let Some((_, url)) = medium(row).filter(|(kind, _)| !can.show_in_row(*kind)) else { return shown };
    let picture = text_of(row, "fallbackImageUrl");
    shown.retain(|name, _| !MEDIUM.contains(&name.as_str()) && (name != "type" || is_card(row)));
    if !picture.is_empty() && can.show_in_row(MessageType::Image) {
        shown.insert("urlType".to_owned(), MessageType::Image.name().into());
        shown.insert("url".to_owned(), picture.into());
    }
    shown.insert("content".to_owned(), joined(&[text_of(row, "content"), url]).into());
    shown
}

/// What a card or an item shows: by its `urlType`, or by its own type where it is a medium itself.
fn medium(row: &Map<String, Value>) -> Option<(MessageType, &str)> {
    let kind = if row.contains_key("type") && !is_card(row) { "type" } else { "urlType" };
    let url = text_of(row, "url");
    if url.is_empty() { None } else { Some((kind_of(row, kind)?, url)) }
}

fn is_card(row: &Map<String, Value>) -> bool {
    kind_of(row, "type") == Some(MessageType::Card)
}

fn in_words(card: &Map<String, Value>, lines: &[&str]) -> Map<String, Value> {
    let mut text = Map::with_capacity(card.len());
    text.insert("type".to_owned(), MessageType::Text.name().into());
    text.insert("text".to_owned(), joined(lines).into());
    // A card's own members of these names are not a text's.
    let is_texts = |name: &str| matches!(name, "type" | "text" | "items");
    let is_said = |name: &str| is_texts(name) || WORDS.contains(&name) || MEDIUM.contains(&name);
    text.extend(
        card.iter().filter(|(name, _)| !is_said(name)).map(|(name, value)| (name.clone(), value.clone())),
    );
    text
}

fn joined(lines: &[&str]) -> String {
    let said: Vec<&str> = lines.iter().copied().filter(|line| !line.trim().is_empty()).collect();
    said.join("\n")
}
