//! Who speaks, by the names that the faces give them. It must not know what is said.

use serde_json::Value;

use crate::harness::Tenant;

/// The platform's integration: it has none.
const PLATFORM: &str = "00000000-0000-0000-0000-000000000000";

/// Somebody who speaks.
struct Party {
    /// In the story.
    name: &'static str,
    /// By which it speaks.
    integration: String,
    /// In sessions, and in the messages of the messaging face.
    full_name: String,
    /// In transcripts.
    sender: String,
}

/// Everybody.
pub struct Cast(Vec<Party>);

impl Cast {
    /// Everybody of the first tenant, and Sam at an integration of his own. The shop speaks with the platform's
    /// voice.
    pub fn of(demo: &Tenant, sam: &str) -> Self {
        let party = |name, integration, full_name: String, sender: &str| Party {
            name,
            integration,
            full_name,
            sender: sender.to_owned(),
        };
        let user = |name, integration, place| {
            let full_name = demo.get(&format!("/users/{place}/name"));
            Party { name, integration, sender: full_name.clone(), full_name }
        };
        Self(vec![
            party("Ada", demo.integration("customer"), "Ada".to_owned(), "user"),
            party("Bot", demo.integration("bot"), "FAQ bot".to_owned(), "bot"),
            party("Shop", PLATFORM.to_owned(), "Hubster".to_owned(), "bot"),
            user("Alex", demo.integration("agent"), 0),
            user("Sam", sam.to_owned(), 1),
        ])
    }

    /// The message of an activity as a line of the story; none where it is no text.
    pub fn said(&self, activity: &Value) -> Option<String> {
        let words = activity["message"]["text"].as_str()?;
        let by = &activity["sender"]["integrationId"];
        Some(line(self.name(by.as_str()?, |party| &party.integration), words))
    }

    /// Something said by somebody with a name of his own as a line of the story.
    pub fn said_by(&self, full_name: &Value, words: &Value) -> String {
        line(self.name(full_name.as_str().unwrap(), |party| &party.full_name), words.as_str().unwrap())
    }

    /// The lines of the story as a transcript names who spoke; its first version marks agents.
    pub fn as_in_transcripts(&self, story: &[(&str, &str)], marks_agents: Marks) -> Vec<String> {
        let sender = |name: &str| {
            let party = self.0.iter().find(|party| party.name == name).unwrap();
            match marks_agents {
                Marks::Agents if ["Alex", "Sam"].contains(&name) => format!("agent({})", party.sender),
                _ => party.sender.clone(),
            }
        };
        story.iter().map(|(who, words)| line(&sender(who), words)).collect()
    }

    fn name<'c>(&'c self, known_as: &'c str, key: impl Fn(&Party) -> &String) -> &'c str {
        self.0.iter().find(|party| key(party) == known_as).map_or(known_as, |party| party.name)
    }
}

/// Whom a version of the transcript marks as such.
#[derive(Clone, Copy, Debug)]
pub enum Marks {
    /// Version 1.
    Agents,
    /// Version 2.
    Nobody,
}

/// A line as it is compared.
pub fn line(who: &str, words: &str) -> String {
    format!("{who}: {words}")
}
