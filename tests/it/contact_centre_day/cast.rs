//! Who is who: what was heard, told in the words of the story. It must not know what should have been heard.

use std::collections::HashMap;

use serde_json::Value;

use super::story::{news, said, spoken};
use crate::harness::{Tenant, event_payload};

/// The platform's integration: it has none.
const PLATFORM: &str = "00000000-0000-0000-0000-000000000000";

/// The parties by their integrations, and the conversations by their ids.
pub struct Cast {
    parties: HashMap<String, &'static str>,
    conversations: HashMap<String, &'static str>,
}

impl Cast {
    /// Everybody of the first tenant, and Sam at an integration of his own.
    pub fn of(demo: &Tenant, sam: &str) -> Self {
        let first = [("customer", "Ada"), ("webchat", "Ben"), ("bot", "Bot"), ("agent", "Alex")];
        let first = first.map(|(whom, name)| (demo.integration(whom), name));
        let others = [(PLATFORM.to_owned(), "Hubster"), (sam.to_owned(), "Sam")];
        Self { parties: first.into_iter().chain(others).collect(), conversations: HashMap::new() }
    }

    /// A conversation begins, and has a name in the story.
    pub fn name(&mut self, conversation: &str, name: &'static str) {
        self.conversations.insert(conversation.to_owned(), name);
    }

    /// The integration by which somebody speaks.
    pub fn integration_of(&self, who: &str) -> String {
        let found = self.parties.iter().find(|(_, name)| **name == who);
        found.unwrap_or_else(|| panic!("nobody is {who}")).0.clone()
    }

    /// An activity as a line of the story.
    pub fn line(&self, conversation: &Value, activity: &Value) -> String {
        let party = |side: &str| match activity[side]["integrationId"].as_str() {
            Some(id) => self.parties.get(id).copied().unwrap_or(id).to_owned(),
            None => "nobody".to_owned(),
        };
        said(self.conversation(conversation), &party("sender"), &party("recipient"), &what(activity))
    }

    /// An event of a streaming session as a line of the story.
    pub fn event(&self, event: &Value) -> String {
        let conversation = self.conversation(&event["correlationId"]);
        let event_type = event["eventType"].as_str().unwrap();
        if event_type != "messaging.EntitySendText" {
            return news(conversation, event_type);
        }
        let payload = event_payload(event);
        let who = match payload["entityName"].as_str().unwrap() {
            "Alex Agent" => "Alex",
            "Sam Supervisor" => "Sam",
            "FAQ bot" => "Bot",
            other => other,
        };
        spoken(conversation, who, payload["text"].as_str().unwrap())
    }

    fn conversation<'a>(&'a self, id: &'a Value) -> &'a str {
        let id = id.as_str().unwrap();
        self.conversations.get(id).copied().unwrap_or(id)
    }
}

/// What an activity says: words, `[the answer to a command]` or `(an event: and what it carries)`.
fn what(activity: &Value) -> String {
    let (message, event) = (&activity["message"], &activity["event"]);
    let text =
        |value: &Value| value.as_str().unwrap_or_else(|| panic!("nothing said: {activity:#}")).to_owned();
    match (message["type"].as_str(), event["type"].as_str()) {
        (Some("command"), _) => format!("[{}]", text(&message["title"])),
        (Some(_), _) => text(&message["text"]),
        (_, Some("payload")) => {
            let carried = carried(&event["payload"]);
            let colon = if carried.is_empty() { "" } else { ": " };
            format!("({}{colon}{})", text(&event["payloadType"]), carried.join(", "))
        }
        _ => format!("({})", text(&event["type"])),
    }
}

/// What hand-overs, alerts and transfers carry, and how much of what was said before.
fn carried(payload: &Value) -> Vec<String> {
    let texts = ["team", "reason", "rule", "url"].iter().filter_map(|name| payload[name].as_str());
    let phrases = payload["phrases"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let past = payload["history"].as_array().map(|past| format!("knowing {}", past.len()));
    texts.chain(phrases).map(str::to_owned).chain(past).collect()
}
