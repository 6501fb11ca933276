//! Batches as producers publish them, and what they are answered. It must not know who hears the events.

use serde_json::{Map, Value, json};

use super::{payloads, reference};
use crate::domain::catalogue::{Definition, EventType};

/// The message of a call.
pub(super) const BATCH: &str = "batch";

/// The message that answers it.
pub(super) const RESULTS: &str = "results";

/// The names of the messages.
pub(super) fn names() -> Vec<String> {
    vec![BATCH.to_owned(), RESULTS.to_owned()]
}

/// Both messages.
pub(super) fn messages() -> Map<String, Value> {
    let message = |name: &str, summary: &str| {
        let payload = reference(&format!("components/schemas/{name}"));
        let message = json!({"name": name, "title": name, "summary": summary, "payload": payload});
        (name.to_owned(), message)
    };
    let batch = message(
        BATCH,
        "Events, each judged on its own: what is good goes out even when the rest is refused.",
    );
    let results =
        message(RESULTS, "What became of each event. When none was good, the answer is an error instead.");
    [batch, results].into_iter().collect()
}

/// A schema for each event in a batch, what they have in common, the batch and its answer.
pub(super) fn schemas() -> Map<String, Value> {
    let events: Vec<_> = EventType::all().map(EventType::definition).collect();
    let references: Vec<_> =
        events.iter().map(|event| reference(&format!("components/schemas/{}", schema_name(event)))).collect();
    let batch = json!({
        "type": "object",
        "required": ["events"],
        "properties": {"events": {"type": "array", "minItems": 1, "items": {"anyOf": references}}},
    });
    let own = [("published", in_common()), (BATCH, batch), (RESULTS, results())];
    let own = own.into_iter().map(|(name, schema)| (name.to_owned(), schema));
    own.chain(events.iter().map(|event| (schema_name(event), schema(event)))).collect()
}

fn schema_name(definition: &Definition) -> String {
    format!("published.{}", definition.name)
}

fn schema(definition: &Definition) -> Value {
    let whole = payloads::whole(definition);
    let payload = match &definition.envelope {
        Some(_) => json!({"anyOf": [payloads::inside_of(definition), whole]}),
        None => whole,
    };
    json!({
        "type": "object",
        "allOf": [reference("components/schemas/published")],
        "properties": {"eventType": {"type": "string", "const": definition.name}, "payload": payload},
    })
}

fn in_common() -> Value {
    let id = |about: &str| json!({"type": "string", "description": about, "minLength": 1, "maxLength": 255});
    json!({
        "type": "object",
        "required": ["eventType", "payload"],
        "properties": {
            "eventType": {"type": "string"},
            "userId": id("The user that it is for. Without a user and a team it is for the whole organization."),
            "teamId": id("The team whose members it is for."),
            "correlationId": id("Relates it to other events; one is made when there is none."),
            "payload": {"type": "object", "description": "What it says, in its envelope or without it."},
        },
        "not": {"required": ["userId", "teamId"]},
    })
}

fn results() -> Value {
    json!({
        "type": "object",
        "required": ["results"],
        "properties": {"results": {"type": "array", "items": {
            "type": "object",
            "required": ["index", "status"],
            "properties": {
                "index": {"type": "integer", "description": "The place in the batch, from 0 on."},
                "status": {"type": "string", "enum": ["accepted", "rejected"]},
                "correlationId": {"type": "string", "description": "Of an event that was accepted."},
                "field": {"type": "string", "description": "Where the first fault of a rejected event is."},
                "message": {"type": "string", "description": "What is wrong there."},
            },
        }}},
    })
}
