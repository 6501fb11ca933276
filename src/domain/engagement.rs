//! Engagement events: what happens around conversations, as streaming sessions hear it
//! (streaming reference, Event List).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::domain::clock::Millis;
use crate::domain::ids::UserId;

/// Who hears an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// These users' sessions.
    Users(Vec<UserId>),
    /// All sessions of the organization.
    Organization,
}

/// An event, complete but for its id, which it gets when it is published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngagementEvent {
    /// Its type, such as `engagementCenter.Idle`.
    pub event_type: String,
    /// Relates events that belong together.
    pub correlation_id: String,
    /// When it was published.
    pub published: Millis,
    /// The payload as JSON text, in the form that sessions see: [`envelope`] where the type has one.
    pub payload: Arc<str>,
}

impl EngagementEvent {
    /// The `kind` of the event on the wire: its category tells how a client reads the payload.
    pub fn kind(&self) -> &'static str {
        match self.event_type.split_once('.').map(|(category, _)| category) {
            Some("messaging") => "via#messagingEvent",
            Some("outreach") => "via#outreachEvent",
            _ => "via#engagementCenterEvent",
        }
    }
}

/// Wraps a payload as sessions see it (streaming reference, the example payloads): whose it is, the user's number,
/// and its text twin.
pub fn envelope(user: &UserId, number: i64, payload: Map<String, Value>) -> Value {
    json!({
        "userId": user.as_str(),
        "ehubSessionId": number,
        "ehubSessionIdRev": number.to_string(),
        "payload": payload,
    })
}
