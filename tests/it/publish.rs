//! Publishing and the event catalogue.
//!
//! - [`events`]: every documented event there and back, what is refused and at which field, what is filled in
//! - [`batches`]: in part good, repeated, and whom events are for; [`teams`]: how far a batch may go by way of them
//! - [`documents`]: the catalogue and the AsyncAPI document, which tell of it all
//!
//! `fixtures/events.json` has every event of the streaming reference with its example payload, so that nothing can
//! get lost in the broker's own catalogue unnoticed, and the two of messaging that are not in the reference.

use serde_json::{Map, Value, json};

use crate::harness::Answer;

mod batches;
mod documents;
mod events;
mod teams;

/// Every documented event with its example payload, in the order of their types.
fn documented() -> Map<String, Value> {
    let events: Map<_, _> = serde_json::from_str(include_str!("fixtures/events.json")).unwrap();
    assert_eq!(events.len(), 69, "58 of engagementCenter, 6 and 2 of messaging, 3 of outreach");
    events
}

fn event(event_type: &str, payload: &Value) -> Value {
    json!({"eventType": event_type, "userId": "u", "payload": payload})
}

/// What an event says, with its envelope.
fn whole_payload(event: &Value) -> Value {
    serde_json::from_str(event["payload"].as_str().unwrap()).unwrap()
}

/// The result for one event of a batch.
#[track_caller]
fn result(answer: &Answer, index: usize) -> Value {
    let result = answer.ok()["results"][index].clone();
    assert_eq!(result["index"], index, "{answer}");
    result
}

#[track_caller]
fn assert_all_accepted(answer: &Answer, count: usize) {
    let results = answer.ok()["results"].as_array().unwrap().clone();
    assert_eq!(results.len(), count, "{answer}");
    let refused: Vec<_> = results.iter().filter(|result| result["status"] != "accepted").collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

/// An `engagementCenter.Idle` to a user, told apart by its interaction.
fn idle(user: &str, interaction: i64) -> Value {
    json!({"eventType": "engagementCenter.Idle", "userId": user, "payload":
        {"interactionId": interaction, "interactionIdRev": interaction.to_string()}})
}
