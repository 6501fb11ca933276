//! The streaming face (streaming reference): long-poll sessions of both versions, acknowledgement, subscriptions,
//! and the events that a conversation causes.
//!
//! - [`addresses`]: every documented call, and what each refuses in the same way
//! - [`sessions`]: how a session is made and how it ends
//! - [`events`]: what a poll gives
//! - [`acknowledgement`]: what stays until it is named
//! - [`subscriptions`]: what a session may ask for besides its own events
//! - [`third_party`] and [`changes`]: what it hears by that; [`in_force`]: from when to when
//! - [`conversations`]: what a conversation raises
//! - [`failures`]: what is said when nothing can be kept

use serde_json::Value;

use crate::harness::idle;

mod acknowledgement;
mod addresses;
mod changes;
mod conversations;
mod events;
mod failures;
mod in_force;
mod sessions;
mod subscriptions;
mod third_party;

/// The ids of events, as version 3 tells them.
fn ids(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["eventId"].as_str().unwrap()).collect()
}

/// A moment as the reference writes it: ISO 8601 in UTC, with milliseconds.
#[track_caller]
fn assert_moment(moment: &Value) {
    let text = moment.as_str().unwrap_or_default();
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00T00:00:00.000Z", "{moment}");
}
