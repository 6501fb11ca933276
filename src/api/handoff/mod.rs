//! The hand-off face: a bot platform gives chats to agents, and reads back what was said (hand-off reference, Move a
//! chat to pending; Get Chat Transcripts). It parses, calls the engine and renders; it must not know how a
//! conversation goes to anybody.

mod arguments;
pub(in crate::api) mod caller;
mod customer;
mod described;
mod history;
mod pxut;
mod refusal;
mod send_chat;
mod transcript;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};

pub(super) use self::described::described;
use self::refusal::{Cause, Refusal, ToAgent};
use super::ApiState;

/// The paths, each with a slash at its end and without.
pub(super) fn router() -> Router<ApiState> {
    let nothing_here = || any(|| async { told(Cause::NoSuchPath) });
    Router::new()
        .route("/integration/external/v1.0/send_chat_to_agent", post(send_chat::to_agent))
        .route("/integration/external/v1.0/send_chat_to_agent/", post(send_chat::to_agent))
        .route("/integration/external/v1.0/get_chat_history", get(history::version_1))
        .route("/integration/external/v1.0/get_chat_history/", get(history::version_1))
        .route("/integration/external/v2.0/get_chat_history", get(history::version_2))
        .route("/integration/external/v2.0/get_chat_history/", get(history::version_2))
        .route("/integration/external/v2.0/pxut", post(pxut::mint))
        .route("/integration/external/v2.0/pxut/", post(pxut::mint))
        .route("/integration/external", nothing_here())
        .route("/integration/external/", nothing_here())
        .route("/integration/external/{*path}", nothing_here())
        .method_not_allowed_fallback(|| async { told(Cause::WrongMethod) })
}

/// What a client is told that calls while the server stops.
pub(super) fn stopping(seconds: u64) -> Response {
    told(Cause::Stopping(seconds))
}

/// What a client is told of a failure of ours that nothing else tells.
pub(super) fn failed() -> Response {
    told(Cause::Failed)
}

/// What is told in the same words whatever is called.
fn told(cause: Cause) -> Response {
    Refusal::<ToAgent>::from(cause).into_response()
}
