//! The SignalR hub: its one address, which serves three transports, and the handshake that they have in common.
//! It must not know how messages are written; `outlets::signalr` does.
//!
//! A websocket needs no negotiation. A client without one hears by an answer that does not end or by polls, says what
//! it says in requests beside that, and joins them by the id that its negotiation gave it (`connections`).

mod connections;
mod dialect;
mod handshake;
mod negotiate;
mod refusal;
mod requests;
mod websocket;

use axum::extract::{Request, State};
use axum::http::header::UPGRADE;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

pub use connections::HubConnections;

use super::listener::Names;
use crate::api::ApiState;
use crate::api::accepts::{EVENT_STREAM, accepted};
use crate::api::platform::{Arguments, Events, Problems, wrong_method};

const NAMES: Names = Names { integration: "iId", conversation: "cId" };

/// The query's member that names a connection.
const ID: &str = "id";

/// The calls of the hub's address.
pub(super) fn calls() -> MethodRouter<ApiState> {
    get(listen).head(refuse_head).post(requests::say).delete(requests::end)
}

/// The call that begins a connection.
pub(super) fn negotiation() -> MethodRouter<ApiState> {
    post(negotiate::negotiate)
}

/// Opens a websocket or a stream, or polls.
async fn listen(
    State(state): State<ApiState>,
    query: Arguments<Events>,
    request: Request,
) -> Result<Response, Problems> {
    if request.headers().contains_key(UPGRADE) {
        websocket::open(state, &query, request).await
    } else if accepted(request.headers()).any(|essence| essence.eq_ignore_ascii_case(EVENT_STREAM)) {
        requests::stream(&state, &query, &request.into_parts().0).await
    } else {
        requests::poll(&state, &query, &request.into_parts().0).await
    }
}

/// What a HEAD would take from a poll, nobody would read.
async fn refuse_head() -> Problems {
    wrong_method().await.allow("GET,POST,DELETE")
}
