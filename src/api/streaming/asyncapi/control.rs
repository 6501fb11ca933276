//! The control frames of a websocket on a session. It must not know what they do.

use serde_json::{Map, Value, json};

/// The broker will close the socket soon.
pub(super) const DRAIN: &str = "control.drain";

const ACKNOWLEDGE: &str = "control.acknowledge";
const ACKNOWLEDGED: &str = "control.acknowledged";
const RENEW: &str = "control.token";
const RENEWED: &str = "control.token.renewed";
const REFUSED: &str = "control.error";

/// The names of all.
pub(super) fn names() -> Vec<String> {
    [questions(), answers(), vec![DRAIN.to_owned()]].concat()
}

/// What clients send.
pub(super) fn questions() -> Vec<String> {
    vec![ACKNOWLEDGE.to_owned(), RENEW.to_owned()]
}

/// What they are answered.
pub(super) fn answers() -> Vec<String> {
    vec![ACKNOWLEDGED.to_owned(), RENEWED.to_owned(), REFUSED.to_owned()]
}

/// All messages.
pub(super) fn messages() -> Map<String, Value> {
    let ids = || json!({"type": "array", "items": {"type": "string"}});
    let event = json!({
        "type": "object", "required": ["eventId"], "properties": {"eventId": {"type": "string"}},
    });
    [
        frame(
            ACKNOWLEDGE,
            "acknowledge",
            "Events that were taken care of.",
            json!({
                "events": {"type": "array", "minItems": 1, "items": event},
            }),
        ),
        frame(
            ACKNOWLEDGED,
            "acknowledged",
            "Which of them were there.",
            json!({
                "eventIdsAcknowledged": ids(),
                "eventIdsNotFound": ids(),
            }),
        ),
        frame(
            RENEW,
            "token",
            "A new token, before the one in use is over.",
            json!({
                "access_token": {"type": "string"},
            }),
        ),
        frame(
            RENEWED,
            "token",
            "The new token is in use.",
            json!({
                "expiresAt": {"type": "string", "format": "date-time"},
            }),
        ),
        frame(
            REFUSED,
            "error",
            "A frame was refused, as a call would have been.",
            json!({
                "code": {"type": "integer"},
                "message": {"type": "string"},
                "errors": {"type": "array", "items": {"type": "object"}},
            }),
        ),
        frame(
            DRAIN,
            "drain",
            "The socket will be closed: come back, but not all at once.",
            json!({
                "reconnectAfterMs": {"type": "integer", "minimum": 0},
            }),
        ),
    ]
    .into_iter()
    .collect()
}

fn frame(name: &str, control: &str, summary: &str, members: Value) -> (String, Value) {
    let mut properties = Map::new();
    properties.insert("control".to_owned(), json!({"type": "string", "const": control}));
    if name != DRAIN {
        properties.insert("reference".to_owned(), json!({"description": "Comes back with the answer."}));
    }
    if let Value::Object(members) = members {
        properties.extend(members);
    }
    let payload = json!({"type": "object", "required": ["control"], "properties": properties});
    (name.to_owned(), json!({"name": name, "title": name, "summary": summary, "payload": payload}))
}
