//! Events as sessions hear them: what may be published, the third-party forms of that, and changes of the directory.
//! It must not know where they are heard.

use serde_json::{Map, Value, json};

use super::{payloads, reference};
use crate::domain::catalogue::{Definition, EventType, changes, raised};
use crate::domain::subscription::WatchedEvent;

/// The message that answers a poll.
pub(super) const LIST: &str = "events";

/// An event as it is heard.
struct Heard {
    event_type: String,
    category: &'static str,
    kind: &'static str,
    definition: &'static Definition,
}

impl Heard {
    fn of(definition: &'static Definition) -> Self {
        let category = definition.category;
        let event_type = definition.name.clone();
        Self { event_type, category: category.as_str(), kind: category.kind(), definition }
    }

    fn by_third_parties(definition: &'static Definition) -> Option<Self> {
        let event = WatchedEvent::third_party(&definition.name)?;
        let group = event.group();
        let event_type = event.event_type();
        Some(Self { event_type, category: group.as_str(), kind: group.kind(), definition })
    }

    fn schema_name(&self) -> String {
        format!("heard.{}", self.event_type)
    }
}

fn all() -> impl Iterator<Item = Heard> {
    let definitions = || EventType::all().map(EventType::definition);
    definitions()
        .map(Heard::of)
        .chain(definitions().filter_map(Heard::by_third_parties))
        .chain(raised().iter().chain(changes()).map(Heard::of))
}

/// The names of the messages that are one event each: their types.
pub(super) fn names() -> Vec<String> {
    all().map(|event| event.event_type).collect()
}

/// A message for each event, and the list of a poll.
pub(super) fn messages() -> Map<String, Value> {
    let events = all().map(|event| (event.event_type.clone(), message(&event)));
    let list = json!({
        "name": LIST,
        "title": LIST,
        "summary": "What a poll is answered by: events, the oldest first, or none.",
        "payload": reference("components/schemas/list"),
    });
    [(LIST.to_owned(), list)].into_iter().chain(events).collect()
}

fn message(event: &Heard) -> Value {
    let Heard { event_type, category, definition, .. } = event;
    json!({
        "name": event_type,
        "title": event_type,
        "summary": definition.about,
        "tags": [{"name": category}],
        "correlationId": reference("components/correlationIds/event"),
        "payload": reference(&format!("components/schemas/{}", event.schema_name())),
        "examples": [{"payload": {
            "kind": event.kind,
            "eventId": "1519073278252-0",
            "correlationId": "def61349-c7d5-4a2f-8f1c-3a1f5e0d4c11",
            "eventType": event_type,
            "publishedTime": "2018-01-30T14:04:20.539Z",
            "schemaVersion": "1",
            "payload": definition.example.to_string(),
        }}],
    })
}

/// A schema for each event, what they have in common, and the list of a poll.
pub(super) fn schemas() -> Map<String, Value> {
    let references: Vec<_> =
        all().map(|event| reference(&format!("components/schemas/{}", event.schema_name()))).collect();
    let list = json!({
        "type": "object",
        "required": ["kind", "totalItems", "events"],
        "properties": {
            "kind": {"type": "string", "const": "via#streamingEventCollection"},
            "totalItems": {"type": "integer", "description": "How many events it has.", "minimum": 0},
            "events": {"type": "array", "items": {"anyOf": references}},
        },
    });
    let events = all().map(|event| (event.schema_name(), schema(&event)));
    [("list".to_owned(), list), ("heard".to_owned(), in_common())].into_iter().chain(events).collect()
}

fn schema(event: &Heard) -> Value {
    json!({
        "type": "object",
        "allOf": [reference("components/schemas/heard")],
        "properties": {
            "kind": {"type": "string", "const": event.kind},
            "eventType": {"type": "string", "const": event.event_type},
            "payload": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": payloads::whole(event.definition),
            },
        },
    })
}

fn in_common() -> Value {
    let members =
        ["kind", "eventId", "correlationId", "eventType", "publishedTime", "schemaVersion", "payload"];
    json!({
        "type": "object",
        "required": members,
        "properties": {
            "kind": {"type": "string", "description": "Tells how a client reads the payload."},
            "eventId": {
                "type": "string",
                "description": "Grows within a session; given by the broker.",
                "pattern": "^[0-9]+-[0-9]+$",
            },
            "correlationId": {"type": "string", "description": "Kept, or made when the producer gave none."},
            "eventType": {"type": "string"},
            "publishedTime": {"type": "string", "format": "date-time", "description": "When, in UTC."},
            "schemaVersion": {"type": "string", "const": "1"},
            "payload": {
                "type": "string",
                "description": "An object in JSON.",
                "contentMediaType": "application/json",
            },
        },
    })
}
