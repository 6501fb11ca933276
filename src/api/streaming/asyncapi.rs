//! The streaming API as an AsyncAPI 3.0 document: where events are published and heard, and what each says. It is
//! served, and kept in `docs/asyncapi.json`. It must not know how fields become schemas.
//!
//! What is published and what is heard of an event differ: a producer sends its payload as an object, in a batch, and
//! a session hears it as a text in JSON beside the members that the broker gave. So there are messages for either
//! (`published`, `heard`), over the schemas of payloads (`payloads`); `control` has the frames of a websocket.

mod control;
mod heard;
mod payloads;
mod published;

use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use bytes::Bytes;
use serde_json::{Map, Value, json};

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

const ABOUT: &str = "Everything that streaming sessions of version 3 can hear, by poll, event stream or websocket, \
    and that trusted producers can publish. Members that are not described are let through as they are.";

const ABOUT_EVENTS: &str = "A session hears its user's events, and those of the whole organization; with \
    subscriptions also other users' (`engagementCenterThirdParty`) and changes of the directory \
    (`changeNotification`). A request that accepts `text/event-stream` is answered by a stream, each event the \
    `data` of one of its events; any other is a poll and answered by a list. Besides the token a call needs the headers \
    `x-api-key` and `via-client-sessionid`.";

const ABOUT_WEBSOCKET: &str = "The events of a session as text frames, one in each, and control frames both ways: \
    what has a member `control` is no event. The token and the headers are those of a poll.";

const ABOUT_PUBLISH: &str = "A call publishes a batch. How many events one may have is for the broker's \
    configuration to say (`streaming.max_batch_events`). Besides the token a call needs the header `x-api-key`.";

fn document() -> Value {
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Switchboard engagement events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
        },
        "defaultContentType": "application/json",
        "servers": {"http": server("http"), "websocket": server("ws")},
        "channels": channels(),
        "operations": operations(),
        "components": {
            "messages": merged([heard::messages(), control::messages(), published::messages()]),
            "schemas": merged([payloads::schemas(), heard::schemas(), published::schemas()]),
            "correlationIds": {
                "event": {
                    "description": "Relates events that belong together.",
                    "location": "$message.payload#/correlationId",
                },
            },
            "securitySchemes": {
                "hearing": token("streamingapi", "Open sessions and hear events."),
                "publishing": token("streamingapi.publish", "Publish events."),
            },
        },
    })
}

fn server(protocol: &str) -> Value {
    json!({
        "host": "127.0.0.1:8080",
        "protocol": protocol,
        "description": "Where a broker listens unless it is told otherwise.",
    })
}

fn channels() -> Value {
    let channel = |call: &str, server: &str, about: &str, messages: Vec<String>| {
        let messages: Map<_, _> = messages
            .into_iter()
            .map(|name| {
                let reference = reference(&format!("components/messages/{name}"));
                (name, reference)
            })
            .collect();
        json!({
            "address": format!("/via/v3/organizations/{{orgId}}/streaming/{call}"),
            "description": about,
            "servers": [reference(&format!("servers/{server}"))],
            "parameters": {"orgId": {"description": "The organization."}},
            "messages": messages,
        })
    };
    let polled = [vec![heard::LIST.to_owned()], heard::names()].concat();
    let framed = [heard::names(), control::names()].concat();
    json!({
        "events": channel("events", "http", ABOUT_EVENTS, polled),
        "websocket": channel("websocket", "websocket", ABOUT_WEBSOCKET, framed),
        "publish": channel("publish", "http", ABOUT_PUBLISH, published::names()),
    })
}

fn operations() -> Value {
    let operation = |action: &str, channel: &str, scheme: &str, summary: &str, messages: &[String]| {
        json!({
            "action": action,
            "channel": reference(&format!("channels/{channel}")),
            "summary": summary,
            "security": [reference(&format!("components/securitySchemes/{scheme}"))],
            "messages": of_channel(channel, messages),
        })
    };
    let by_http = |mut operation: Value, method: &str| {
        operation["bindings"] = json!({"http": {"method": method, "bindingVersion": "0.3.0"}});
        operation
    };
    let answered = |mut operation: Value, channel: &str, messages: &[String]| {
        operation["reply"] = json!({
            "channel": reference(&format!("channels/{channel}")),
            "messages": of_channel(channel, messages),
        });
        operation
    };
    let list = [heard::LIST.to_owned()];
    let poll = operation("send", "events", "hearing", "A poll hears what waits, or waits for it.", &list);
    let stream = operation("send", "events", "hearing", "An event stream hears events.", &heard::names());
    let framed = [heard::names(), vec![control::DRAIN.to_owned()]].concat();
    let socket = operation("send", "websocket", "hearing", "A websocket hears events.", &framed);
    let asking = "A websocket acknowledges events and renews its token.";
    let asked = operation("receive", "websocket", "hearing", asking, &control::questions());
    let taken = operation(
        "receive",
        "publish",
        "publishing",
        "Producers publish events.",
        &[published::BATCH.to_owned()],
    );
    json!({
        "poll": by_http(poll, "GET"),
        "eventStream": by_http(stream, "GET"),
        "websocket": socket,
        "websocketControl": answered(asked, "websocket", &control::answers()),
        "publish": by_http(answered(taken, "publish", &[published::RESULTS.to_owned()]), "POST"),
    })
}

fn reference(path: &str) -> Value {
    json!({"$ref": format!("#/{path}")})
}

fn of_channel(channel: &str, messages: &[String]) -> Vec<Value> {
    messages.iter().map(|name| reference(&format!("channels/{channel}/messages/{name}"))).collect()
}

fn merged<const N: usize>(parts: [Map<String, Value>; N]) -> Map<String, Value> {
    parts.into_iter().flatten().collect()
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
mod tests;
