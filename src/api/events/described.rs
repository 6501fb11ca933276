//! The events face's calls as the document describes them, as far as HTTP goes. It must not know what is said on a
//! connection.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::api::openapi::schema::{about, answered, guid, list, named, text, whole, word};
use crate::api::openapi::{Call, Group, Parameter};
use crate::api::platform::codes::{Code, eng, shared};
use crate::api::platform::{self, Family};
use crate::domain::client::Scope;

const HUB: &str = "/engine-chat-hub";

/// Everything that [`router`](super::router) routes.
pub(in crate::api) fn described() -> Vec<Group> {
    let ticket = Call::post("/events/v1/ticket", "issueTicket", "Get a ticket that opens one connection")
        .about(
            "For browsers, which cannot set headers on a websocket: it goes into the query, once, and soon.",
        )
        .for_engine()
        .answers(StatusCode::OK, "A ticket.", named("Ticket"));
    let direct = listening(
        Call::get("/events/v1/direct", "connectDirect", "Open a websocket that hears activities"),
        ["integrationId", "conversationId"],
    );
    let direct = upgraded(direct);
    let negotiate = listening(
        Call::post("/engine-chat-hub/negotiate", "negotiateHub", "Negotiate a SignalR connection"),
        ["iId", "cId"],
    )
    .taking(Parameter::query("negotiateVersion", whole(), "1 for a connection token; 0 without it."))
    .answers(StatusCode::OK, "How it can be connected.", named("Negotiation"));
    let listen = upgraded(listening(
        Call::get(HUB, "connectHub", "Connect to the SignalR hub: by websocket, event stream or poll").about(
            "A websocket needs the integration; a stream (`Accept: text/event-stream`) and a poll need the `id` that \
             a negotiation gave.",
        ),
        ["iId", "cId"],
    ))
    .taking(id())
    .answers_as(StatusCode::OK, "A stream, or what a poll found.", "text/event-stream", text())
    .answers_as(StatusCode::OK, "A stream, or what a poll found.", "application/octet-stream", json!({}))
    .answers_nothing(StatusCode::NO_CONTENT, "The connection that polls has ended.")
    .refused_by(&of_status([StatusCode::CONFLICT, StatusCode::BAD_REQUEST]))
    .refused_as(Family::Engine, &[shared::NOT_FOUND])
    .refused_as(Family::Events, &[shared::SYSTEM_ERROR]);
    let say = on_connection(Call::post(
        HUB,
        "sayToHub",
        "Say something on a SignalR connection without a websocket",
    ))
    .with_body("application/octet-stream", json!({}), [])
    .answers_nothing(StatusCode::OK, "It was taken.")
    .refused_by(&of_status([StatusCode::METHOD_NOT_ALLOWED, StatusCode::PAYLOAD_TOO_LARGE]))
    .refused_as(Family::Engine, &[shared::TIMED_OUT, shared::BAD_FORMAT]);
    let end = on_connection(Call::delete(HUB, "endHubConnection", "End a SignalR connection that polls"))
        .answers_nothing(StatusCode::ACCEPTED, "It ends.");
    vec![Group {
        name: "Events",
        about: "Activities as they happen, on plain websockets and through the SignalR hub.",
        calls: vec![ticket, direct, negotiate, listen, say, end],
        schemas: [platform::schemas(), vec![("Ticket", ticket_out()), ("Negotiation", negotiation())]]
            .concat(),
    }]
}

/// A client or a visitor, who may name the token in the query.
fn opened(call: Call) -> Call {
    call.opened_by([("client", &[Scope::EngineApi.as_str()])])
        .opened_by([("visitor", &[])])
        .opened_by([("queryToken", &[])])
        .opened_by([("ticket", &[])])
        .admitting(Family::Engine)
}

fn listening(call: Call, [integration, conversation]: [&str; 2]) -> Call {
    let whole = "The conversation that is listened to; without it all that is addressed to the integration.";
    let since = "A cursor, or in a conversation an `eventId`: what came after it is told first.";
    opened(call)
        .taking(Parameter::query(integration, guid(), "The integration that listens.").required())
        .asked_with(conversation, guid(), whole)
        .asked_with("since", text(), since)
        .refused_as(Family::Engine, &[shared::MISSING_ARGUMENT, shared::BAD_GUID, shared::BAD_FORMAT])
        .refused_by(&[eng::INTEGRATION_NOT_FOUND, eng::CONVERSATION_NOT_FOUND, eng::INTEGRATION_PAUSED])
}

fn upgraded(call: Call) -> Call {
    call.answers_nothing(StatusCode::SWITCHING_PROTOCOLS, "The websocket is open.")
        .refused_by(&of_status([StatusCode::UPGRADE_REQUIRED]))
}

fn on_connection(call: Call) -> Call {
    opened(call)
        .taking(id().required())
        .refused_as(Family::Engine, &[shared::MISSING_ARGUMENT, shared::NOT_FOUND])
        .refused_by(&of_status([StatusCode::BAD_REQUEST, StatusCode::CONFLICT]))
}

fn id() -> Parameter {
    Parameter::query("id", text(), "The connection, as its negotiation named it.")
}

fn of_status<const N: usize>(statuses: [StatusCode; N]) -> [Code; N] {
    statuses.map(Code::of_status)
}

fn ticket_out() -> Value {
    answered([("ticket", text()), ("expiresIn", about(whole(), "Seconds."))], [])
}

fn negotiation() -> Value {
    let transport = answered(
        [
            ("transport", word(["WebSockets", "ServerSentEvents", "LongPolling"])),
            ("transferFormats", list(word(["Text", "Binary"]))),
        ],
        [],
    );
    answered(
        [("negotiateVersion", whole()), ("connectionId", text()), ("availableTransports", list(transport))],
        [("connectionToken", about(text(), "In version 1, what further requests name as `id`."))],
    )
}
