//! The document as a whole: what stands around the calls. It must not know any call.

use serde_json::{Map, Value, json};

use super::group::Group;
use crate::api::handoff::caller::CLIENT_HEADER;
use crate::domain::client::Scope;

const ABOUT: &str = "\
Conversations between customers, agents and bots, what happens around them, and the control plane that decides who \
hears what.

Names of properties are read in any case of letters, and properties that are not described are let through. Any call \
may further be answered with 405 where an address does not have the method (`Allow` tells which it has), with 431 \
when its head is too large, and with 503 when the broker has as many connections as it may. What speaks websocket or \
SignalR is described as far as HTTP goes; what is said on sockets of streaming sessions is in \
[`/asyncapi.json`](/asyncapi.json).";

/// The document, to be read by people too.
pub(super) fn text(groups: Vec<Group>) -> String {
    let text = serde_json::to_string_pretty(&document(groups));
    text.expect("a document has text keys, which JSON can always say") + "\n"
}

pub(super) fn document(groups: Vec<Group>) -> Value {
    let (mut tags, mut paths, mut schemas) = (Vec::new(), Map::new(), Map::new());
    for Group { name, about, calls, schemas: own } in groups {
        tags.push(json!({"name": name, "description": about}));
        for call in calls {
            let (path, method) = call.address();
            paths.entry(path).or_insert_with(|| json!({}))[method] = call.into_value(name);
        }
        schemas.extend(own.into_iter().map(|(name, schema)| (name.to_owned(), schema)));
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Switchboard", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT},
        "servers": [{"url": "/", "description": "The broker that this document came from."}],
        "tags": tags,
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": security_schemes()},
    })
}

fn security_schemes() -> Value {
    let scopes: Map<_, _> =
        Scope::ALL.iter().map(|scope| (scope.as_str().to_owned(), about_scope(*scope).into())).collect();
    json!({
        "client": {
            "type": "oauth2",
            "description": "A client's access token, as `Bearer`.",
            "flows": {"clientCredentials": {"tokenUrl": "/connect/token", "scopes": scopes}},
        },
        "visitor": {
            "type": "http",
            "scheme": "WebBearer",
            "description": "The access token of a web chat's visitor.",
        },
        "apiKey": {
            "type": "apiKey",
            "in": "header",
            "name": "x-api-key",
            "description": "The organization's key for the streaming API, beside the access token.",
        },
        "handoffToken": {
            "type": "http",
            "scheme": "bearer",
            "description": "The token of a hand-off client, beside its id.",
        },
        "clientId": {
            "type": "apiKey",
            "in": "header",
            "name": CLIENT_HEADER,
            "description": "The id of the hand-off client whose token it is.",
        },
        "messagingId": {
            "type": "apiKey",
            "in": "header",
            "name": "x-api-id",
            "description": "The messaging client's id, beside one of its keys; it may be left out.",
        },
        "messagingKey": {
            "type": "apiKey",
            "in": "header",
            "name": "x-api-key",
            "description": "One of the messaging client's keys.",
        },
        "basic": {
            "type": "http",
            "scheme": "basic",
            "description": "The client's id and secret, where a token is asked for.",
        },
        "ticket": {
            "type": "apiKey",
            "in": "query",
            "name": "ticket",
            "description": "Opens one connection, where a browser cannot send headers.",
        },
        "queryToken": {
            "type": "apiKey",
            "in": "query",
            "name": "access_token",
            "description": "An access token, where a browser cannot send headers.",
        },
    })
}

fn about_scope(scope: Scope) -> &'static str {
    match scope {
        Scope::PortalApi => "The control plane.",
        Scope::EngineApi => "Conversations, what is said in them, and the sockets that hear it.",
        Scope::Streaming => "Streaming sessions.",
        Scope::StreamingPublish => "Publishing events to streaming sessions.",
    }
}

#[cfg(test)]
mod tests;
