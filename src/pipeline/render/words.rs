//! Any message in words: what it says where nothing but words can be shown. Actions are numbered lines, and their
//! numbers go on through the whole of a message.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::{kind_of, objects, text_of};
use crate::domain::message::MessageType;
use crate::pipeline::enrich;

/// What a message says, in lines.
pub fn words(message: &Map<String, Value>) -> String {
    let mut words = Words::default();
    words.message(message);
    words.text.truncate(words.text.trim_end().len());
    words.text
}

/// The actions of a message alone.
pub(super) fn actions_in_words(message: &Map<String, Value>) -> String {
    let mut words = Words::default();
    words.actions(message);
    words.text.truncate(words.text.trim_end().len());
    words.text
}

#[derive(Default)]
struct Words {
    text: String,
    /// How many actions there were.
    actions: usize,
}

impl Words {
    fn message(&mut self, message: &Map<String, Value>) {
        match kind_of(message, "type") {
            Some(MessageType::Text) => {
                self.lines(message, &["text"]);
                self.blocks(message);
            }
            Some(MessageType::Carousel | MessageType::List) => self.blocks(message),
            Some(MessageType::Location) => self.place(message),
            _ => {
                self.lines(message, &["label", "title", "subtitle", "caption", "content", "url"]);
                self.properties(message);
            }
        }
        self.actions(message);
    }

    /// The items of a message, an empty line between any two. What a link in its text has added says no more than
    /// the link does.
    fn blocks(&mut self, message: &Map<String, Value>) {
        let mut items = objects(message, "items").peekable();
        if items.peek().is_none() {
            return;
        }
        let linked = enrich::linked(text_of(message, "text"));
        let mut has_items = false;
        for item in items.filter(|item| !linked.contains(item)) {
            has_items = true;
            if !self.text.is_empty() {
                self.text.push('\n');
            }
            self.message(item);
        }
        if has_items && !self.text.is_empty() && objects(message, "actions").next().is_some() {
            self.text.push('\n');
        }
    }

    fn lines(&mut self, message: &Map<String, Value>, names: &[&str]) {
        for text in names.iter().map(|name| text_of(message, name).trim()).filter(|text| !text.is_empty()) {
            self.line(text);
        }
    }

    /// An address in words, and a link to the place on a map where there are coordinates.
    fn place(&mut self, location: &Map<String, Value>) {
        self.lines(location, &["address"]);
        if let (Some(latitude), Some(longitude)) = (location.get("latitude"), location.get("longitude")) {
            self.line(&format!("https://www.google.com/maps?q={latitude},{longitude}"));
        }
    }

    /// What is known of a contact.
    fn properties(&mut self, contact: &Map<String, Value>) {
        for property in objects(contact, "properties") {
            let value = match property.get("value") {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => String::new(),
            };
            self.line(&format!("{}: {value}", text_of(property, "key")));
        }
    }

    fn actions(&mut self, message: &Map<String, Value>) {
        for action in objects(message, "actions") {
            self.actions += 1;
            let mut line = format!("{}. {}", self.actions, text_of(action, "title"));
            let url = text_of(action, "url");
            if !url.is_empty() {
                write!(line, ": {url}").expect("a string takes all that is written to it");
            }
            self.line(&line);
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}
