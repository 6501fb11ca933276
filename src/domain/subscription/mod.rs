//! Subscriptions: what a streaming session hears besides its own events (streaming reference, Subscription).
//! It must not know JSON on the wire, sessions or how events reach them.
//!
//! A [`Filter`] says what is asked for, in [`WatchedEvent`]s and [`Resources`]; [`Watched`] says what happened, and
//! to whom. The two are brought together by [`WatchKey`]s, so that nobody has to ask every filter.

mod filter;
mod watch;
mod watched_event;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::clock::Millis;

pub use filter::{Events, Filter, FilterError, Ids, Resources};
pub use watch::{Resource, WatchKey, Watched};
pub use watched_event::{EventSet, UnknownWatchedEvent, WatchedEvent, WatchedGroup};

/// A subscription of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Identifies it within its session.
    pub id: SubscriptionId,
    /// What its client calls it.
    pub description: String,
    /// What it lets the session hear.
    pub filter: Filter,
    /// When it was made. No two of a session have one moment, so this is their order too.
    pub created: Millis,
    /// When it was made or last replaced.
    pub modified: Millis,
}

/// Identifies a subscription within its session: 1 to 128 characters, chosen by the client or made here.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct SubscriptionId(std::sync::Arc<str>);

impl SubscriptionId {
    /// The most characters of an id.
    pub const MAX_CHARS: usize = 128;

    /// A new id as the documented example shows it: eight hexadecimal digits. It may be in use by chance.
    pub fn new() -> Self {
        let mut text = uuid::Uuid::new_v4().simple().to_string();
        text.truncate(8);
        Self(text.into())
    }

    /// The text as it stands on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for SubscriptionId {
    fn default() -> Self {
        Self::new()
    }
}

/// The text cannot identify a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a subscription id has 1 to {} characters", SubscriptionId::MAX_CHARS)]
pub struct NotASubscriptionId;

impl TryFrom<&str> for SubscriptionId {
    type Error = NotASubscriptionId;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        match text.chars().count() {
            1..=Self::MAX_CHARS => Ok(Self(text.into())),
            _ => Err(NotASubscriptionId),
        }
    }
}

impl TryFrom<String> for SubscriptionId {
    type Error = NotASubscriptionId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::try_from(text.as_str())
    }
}

impl fmt::Display for SubscriptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SubscriptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_1_to_128_characters() {
        let most = "ä".repeat(128);
        assert_eq!(SubscriptionId::try_from(most.as_str()).unwrap().as_str(), most);
        assert_eq!(SubscriptionId::try_from("ä".repeat(129)), Err(NotASubscriptionId));
        assert_eq!(SubscriptionId::try_from(""), Err(NotASubscriptionId));
    }

    #[test]
    fn a_made_id_is_eight_hexadecimal_digits() {
        let id = SubscriptionId::new();
        assert_eq!(id.as_str().len(), 8);
        assert!(id.as_str().bytes().all(|digit| digit.is_ascii_hexdigit()), "{id}");
    }
}
