//! The streaming face: long-poll sessions of engagement events, and the producers that feed them (streaming
//! reference). It parses, calls the engine and renders; it must not know how events are queued or kept.
//!
//! What the versions of the API share stands here and in the files beside: who calls (`caller`), bodies
//! (`body`), what is done with a session (`session`), what a poll asks for (`poll`) and how its events leave
//! (`delivery`), who stays with a stream (`attaching`) and what that is over HTTP (`event_stream`), what a session
//! hears besides its own events (`subscriptions`), what producers publish (`publish`), what there is to hear and to
//! publish (`catalog`, `asyncapi`), and the errors (`error`). A version's file has its addresses and its shapes.

mod asyncapi;
mod attaching;
mod body;
mod caller;
mod catalog;
mod delivery;
mod described;
mod error;
mod event_stream;
mod json_schema;
mod poll;
mod publish;
mod session;
mod subscriptions;
mod v2;
mod v3;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::{Map, Value};

use self::body::BodyLimits;
pub(super) use self::described::described;
use self::error::{Fault, Reason, Refusal};
use super::state::ApiState;
use crate::domain::directory::MAX_ID_CHARS;
use crate::domain::ids::UserId;

/// The paths of the face.
pub fn router() -> Router<ApiState> {
    let nothing_here = || any(|| async { Refusal::NoSuchPath });
    v2::router()
        .merge(v3::router())
        .merge(subscriptions::router())
        .route("/asyncapi.json", get(asyncapi::serve))
        .route("/via/v2", nothing_here())
        .route("/via/v2/", nothing_here())
        .route("/via/v2/{*path}", nothing_here())
        .route("/via/v3", nothing_here())
        .route("/via/v3/", nothing_here())
        .route("/via/v3/{*path}", nothing_here())
}

/// What a client is told that calls while the server stops.
pub(super) fn stopping(seconds: u64) -> Response {
    Refusal::Stopping(seconds).into_response()
}

/// What a client is told of a failure of ours that nothing else tells.
pub(super) fn failed() -> Response {
    Refusal::Internal.into_response()
}

/// How much is read of a body that is one document.
fn document_limits(state: &ApiState) -> BodyLimits {
    BodyLimits::of(state.config.http.max_body_bytes, state)
}

/// The user that an object names as `userId`.
fn user(object: &Map<String, Value>) -> Result<Option<UserId>, Fault> {
    Ok(body::text(object, "userId", MAX_ID_CHARS)?.map(UserId::from))
}

/// The `events` of a body: an array of 1 to `most` items, whatever they are.
fn batch(object: &mut Map<String, Value>, most: usize) -> Result<Vec<Value>, Refusal> {
    const NAME: &str = "events";
    match object.get_mut(NAME).map(Value::take) {
        Some(Value::Array(events)) if (1..=most).contains(&events.len()) => Ok(events),
        Some(Value::Array(_)) => {
            let rule = format!("must have 1 to {most} items");
            Err(Refusal::invalid(NAME, Reason::OutOfRange, &rule))
        }
        None | Some(Value::Null) => Err(Refusal::invalid(NAME, Reason::Required, "is required")),
        Some(_) => Err(Refusal::invalid(NAME, Reason::InvalidType, "must be an array")),
    }
}
