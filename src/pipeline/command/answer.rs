//! What whoever gave a command is answered: messages of the type `command` (wire facts, Message bodies), with what there
//! is to tell as properties. It must not know how commands are carried out.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::line::USAGES;
use super::refusal::Refusal;
use crate::domain::command::{Command, Effect, ResponseParty};

/// Under which transfers are listed: they have no category of their own.
const TRANSFERS: &str = "transfers";

/// So many characters of a line are shown to whoever wrote it.
const SHOWN: usize = 200;

/// Why a command was not carried out.
pub(super) fn refused(line: &str, refusal: &Refusal) -> Map<String, Value> {
    let (code, told) = (refusal.code(), shortened(&refusal.to_string()));
    let properties =
        vec![json!({"key": "code", "value": code}), json!({"key": "description", "value": told})];
    command(&format!("{told} (code: {code})"), &shortened(line), properties)
}

/// What can be asked for.
pub(super) fn help() -> Map<String, Value> {
    let lines = USAGES.into_iter().map(|(usage, purpose)| json!({"key": usage, "value": purpose}));
    command("Commands", "What agents and bots can ask for.", lines.collect())
}

/// The commands of a hub, those of one category where one is named, by category and name. A property's `key` is the
/// line that gives the command, its `value` what it is for, its `type` the kind.
///
/// # Errors
/// [`Refusal::NoCommands`], [`Refusal::NothingInCategory`].
pub(super) fn list(all: &[Arc<Command>], category: Option<&str>) -> Result<Map<String, Value>, Refusal> {
    if all.is_empty() {
        return Err(Refusal::NoCommands);
    }
    let is_meant = |command: &&Arc<Command>| {
        category.is_none_or(|category| category_of(command).to_lowercase() == category.to_lowercase())
    };
    let mut listed: Vec<_> = all.iter().filter(is_meant).collect();
    if listed.is_empty() {
        return Err(Refusal::NothingInCategory(category.unwrap_or_default().to_owned()));
    }
    listed.sort_by_cached_key(|command| (category_of(command).to_lowercase(), command.name.to_lowercase()));
    let properties = listed.iter().map(|command| property(command)).collect();
    Ok(command(&format!("Commands: {}", listed.len()), category.unwrap_or("All categories"), properties))
}

fn property(command: &Command) -> Value {
    let (verb, kind) = match &command.effect {
        Effect::Transfer(_) => ("trans", "transfer"),
        Effect::Response(response) => match response.party {
            ResponseParty::Agent => ("resp", "response;agent"),
            ResponseParty::Customer => ("resp", "response;customer"),
        },
    };
    json!({
        "key": format!("::{verb} -n {}", as_word(&command.name)),
        "value": command.description,
        "type": kind,
        "name": command.name,
        "category": category_of(command),
    })
}

fn category_of(command: &Command) -> &str {
    match &command.effect {
        Effect::Transfer(_) => TRANSFERS,
        Effect::Response(response) => &response.category,
    }
}

/// A name as it is written in a line.
fn as_word(name: &str) -> String {
    let is_plain = |c: char| !c.is_whitespace() && !matches!(c, '"' | '\'' | '\\');
    if name.chars().all(is_plain) && !name.starts_with('-') {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('\\', r"\\").replace('"', "\\\""))
}

fn command(title: &str, subtitle: &str, properties: Vec<Value>) -> Map<String, Value> {
    Map::from_iter([
        ("type".to_owned(), "command".into()),
        ("title".to_owned(), title.into()),
        ("subtitle".to_owned(), subtitle.into()),
        ("properties".to_owned(), properties.into()),
    ])
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
