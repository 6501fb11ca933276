//! The payloads of events as schemas. It must not know how a payload travels.

use serde_json::{Map, Value, json};

use super::reference;
use crate::api::streaming::json_schema;
use crate::domain::catalogue::{Definition, Envelope, EventType, changes, raised};

/// Every payload by its type; what stands in an envelope, and the envelopes, by names of their own.
pub(super) fn schemas() -> Map<String, Value> {
    let mut schemas = Map::new();
    for definition in EventType::all().map(EventType::definition).chain(raised()).chain(changes()) {
        let inside = json_schema::of_object(&definition.fields);
        let Some(envelope) = definition.envelope.as_deref() else {
            schemas.insert(definition.name.clone(), inside);
            continue;
        };
        let around = format!("envelope.{}", envelope.name);
        let whole = json!({
            "allOf": [
                reference(&format!("components/schemas/{around}")),
                {
                    "type": "object",
                    "required": [Envelope::INSIDE],
                    "properties": {(Envelope::INSIDE): inside_of(definition)},
                },
            ],
        });
        schemas.entry(around).or_insert_with(|| json_schema::of_object(&envelope.fields));
        schemas.insert(inside_name(definition), inside);
        schemas.insert(definition.name.clone(), whole);
    }
    schemas
}

/// The payload of an event, in its envelope if it has one.
pub(super) fn whole(definition: &Definition) -> Value {
    reference(&format!("components/schemas/{}", definition.name))
}

/// What stands in the envelope of an event that has one.
pub(super) fn inside_of(definition: &Definition) -> Value {
    reference(&format!("components/schemas/{}", inside_name(definition)))
}

fn inside_name(definition: &Definition) -> String {
    format!("inside.{}", definition.name)
}
