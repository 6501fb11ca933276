//! The catalogue as an AsyncAPI 3.0 document: where events are published and heard, and what each says. It is served,
//! and kept in `docs/asyncapi.json`. It must not know how fields become schemas.

use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::json_schema;
use crate::domain::catalogue::{Category, Definition, Envelope, EventType};

/// Like the catalogue it never changes while the process lives, so it is written once.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| text().into());

/// Gives the document to whoever asks: it tells nothing of any organization.
pub(super) async fn serve() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.clone())
}

/// The document, to be read by people too.
fn text() -> String {
    let text = serde_json::to_string_pretty(&document());
    text.expect("a document has text keys, which JSON can always say") + "\n"
}

const ABOUT: &str = "Everything that streaming sessions can hear, and that trusted producers can publish. The \
    members of an event are the headers of its message; its `payload` is a text that holds the payload as JSON. \
    Members that are not described are let through as they are.";

const ABOUT_EVENTS: &str = "A session hears its user's events, and those of the whole organization, as the items of \
    `events` in the answer to a poll, the oldest first. With a subscription it also hears other users' events, as \
    `engagementCenterThirdParty.Idle` for `engagementCenter.Idle` and so on, and changes of the directory, as \
    `changeNotification.user` and `changeNotification.team`. Besides the token a call needs the headers `x-api-key` \
    and `via-client-sessionid`.";

const ABOUT_PUBLISH: &str = "A call publishes 1 to 1000 events, each as an item of `events`: `eventType`, the \
    `payload` as an object with or without its envelope, a `correlationId` if there is one, and `userId` or `teamId` \
    when it is not for the whole organization. Besides the token a call needs the header `x-api-key`.";

fn document() -> Value {
    let references =
        by_name(|definition| json!({"$ref": format!("#/components/messages/{}", definition.name)}));
    let channel = |call: &str, about: &str| {
        json!({
            "address": format!("/via/v3/organizations/{{orgId}}/streaming/{call}"),
            "description": about,
            "parameters": {"orgId": {"description": "The organization."}},
            "messages": references,
        })
    };
    let operation = |action: &str, channel: &str, method: &str, summary: &str| {
        json!({
            "action": action,
            "channel": {"$ref": format!("#/channels/{channel}")},
            "summary": summary,
            "security": [{"$ref": format!("#/components/securitySchemes/{channel}")}],
            "bindings": {"http": {"method": method, "bindingVersion": "0.3.0"}},
        })
    };
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Switchboard engagement events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": "127.0.0.1:8080",
                "protocol": "http",
                "description": "Where a broker listens unless it is told otherwise.",
            },
        },
        "channels": {
            "events": channel("events", ABOUT_EVENTS),
            "publish": channel("publish", ABOUT_PUBLISH),
        },
        "operations": {
            "deliverEvents": operation("send", "events", "GET", "Sessions hear events."),
            "takeEvents": operation("receive", "publish", "POST", "Producers publish events."),
        },
        "components": {
            "messages": by_name(message),
            "schemas": schemas(),
            "messageTraits": {"event": {"headers": headers()}},
            "correlationIds": {
                "event": {
                    "description": "Relates events that belong together.",
                    "location": "$message.header#/correlationId",
                },
            },
            "securitySchemes": {
                "events": token("streamingapi", "Open sessions and hear events."),
                "publish": token("streamingapi.publish", "Publish events."),
            },
        },
    })
}

/// Something of every event, by its type.
fn by_name(make: impl Fn(&Definition) -> Value) -> Map<String, Value> {
    EventType::all().map(|one| (one.as_str().to_owned(), make(one.definition()))).collect()
}

fn message(definition: &Definition) -> Value {
    let name = &definition.name;
    json!({
        "name": name,
        "title": name,
        "summary": definition.about,
        "tags": [{"name": tag(definition.category)}],
        "contentType": "application/json",
        "correlationId": {"$ref": "#/components/correlationIds/event"},
        "headers": {
            "type": "object",
            "properties": {
                "kind": {"type": "string", "const": definition.category.kind()},
                "eventType": {"type": "string", "const": name},
            },
        },
        "payload": {"$ref": format!("#/components/schemas/{name}")},
        "traits": [{"$ref": "#/components/messageTraits/event"}],
        "examples": [{"payload": definition.example}],
    })
}

/// What the headers of all events have in common.
fn headers() -> Value {
    json!({
        "type": "object",
        "properties": {
            "eventId": {
                "type": "string",
                "description": "Grows within a session; given by the broker.",
                "pattern": "^[0-9]+-[0-9]+$",
            },
            "correlationId": {"type": "string", "description": "Kept, or made when the producer gave none."},
            "publishedTime": {"type": "string", "format": "date-time", "description": "When, in UTC."},
            "schemaVersion": {"type": "string", "const": "1"},
        },
    })
}

/// The payloads, and the envelopes that most of them have.
fn schemas() -> Map<String, Value> {
    let mut schemas = by_name(payload);
    for envelope in EventType::all().filter_map(|one| one.definition().envelope.as_deref()) {
        let name = envelope_name(envelope);
        schemas.entry(name).or_insert_with(|| json_schema::of_object(&envelope.fields));
    }
    schemas
}

fn payload(definition: &Definition) -> Value {
    let inside = json_schema::of_object(&definition.fields);
    let Some(envelope) = definition.envelope.as_deref() else { return inside };
    json!({
        "allOf": [
            {"$ref": format!("#/components/schemas/{}", envelope_name(envelope))},
            {"type": "object", "required": [Envelope::INSIDE], "properties": {(Envelope::INSIDE): inside}},
        ],
    })
}

fn envelope_name(envelope: &Envelope) -> String {
    format!("envelope.{}", envelope.name)
}

fn tag(category: Category) -> &'static str {
    match category {
        Category::EngagementCenter => "engagementCenter",
        Category::Messaging => "messaging",
        Category::Outreach => "outreach",
    }
}

fn token(scope: &str, about: &str) -> Value {
    json!({
        "type": "oauth2",
        "flows": {
            "clientCredentials": {
                "tokenUrl": "http://127.0.0.1:8080/tokenservice/oauth2/access_token",
                "availableScopes": {(scope): about},
            },
        },
        "scopes": [scope],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalogue::testing::assert_is_written;

    /// Run with `WRITE_DOCS=1` to write the file.
    #[test]
    fn the_document_in_docs_is_the_one_that_is_served() {
        assert_is_written("asyncapi.json", &text());
    }

    #[test]
    fn every_reference_leads_to_something() {
        fn follow(document: &Value, value: &Value, followed: &mut usize) {
            match value {
                Value::Object(members) => {
                    if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                        let pointer = reference.strip_prefix('#').unwrap();
                        assert!(document.pointer(pointer).is_some(), "{reference}");
                        *followed += 1;
                    }
                    members.values().for_each(|value| follow(document, value, followed));
                }
                Value::Array(items) => items.iter().for_each(|value| follow(document, value, followed)),
                _ => {}
            }
        }
        let document = document();
        let mut followed = 0;
        follow(&document, &document, &mut followed);
        assert!(followed > 6 * EventType::all().len(), "{followed}");
    }
}
