//! Which words and phrases are spotted, and what follows.

use serde::{Deserialize, Serialize};

use super::Senders;
use crate::domain::ids::TeamId;

/// Spots words and phrases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keywords {
    /// Whose texts.
    pub senders: Senders,
    /// What is looked for; each rule by itself.
    pub rules: Vec<KeywordRule>,
}

/// Some words and phrases, and what follows when one of them is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeywordRule {
    /// Names the rule in alerts.
    pub name: String,
    /// Words and phrases, in any case of letters. Each has to stand in a text as whole words.
    pub phrases: Vec<String>,
    /// Tags that the activity gets.
    pub tags: Vec<String>,
    /// Whether those who are with the conversation are told.
    pub alert: bool,
    /// The team that the conversation goes to, when a customer says it.
    pub team: Option<TeamId>,
}
