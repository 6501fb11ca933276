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
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, ALLOW, UPGRADE};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

pub use connections::HubConnections;

use super::listener::Names;
use crate::api::ApiState;
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
    if !request.headers().contains_key(UPGRADE) {
        if accepts_events(request.headers()) {
            return requests::stream(&state, &query, &request.into_parts().0).await;
        }
        if query.get(ID).is_some() {
            return requests::poll(&state, &query, &request.into_parts().0).await;
        }
    }
    // A request that names no connection is told which kind needs no negotiation.
    websocket::open(state, &query, request).await
}

/// What a HEAD would take from a poll, nobody would read.
async fn refuse_head() -> impl IntoResponse {
    ([(ALLOW, "GET,POST,DELETE")], wrong_method().await)
}

fn accepts_events(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|media| {
        let media = media.split(';').next().unwrap_or_default();
        media.trim().eq_ignore_ascii_case("text/event-stream")
    })
}
