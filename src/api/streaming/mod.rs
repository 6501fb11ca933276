//! The streaming face: long-poll sessions of engagement events, and the producers that feed them (streaming
//! reference). It parses, calls the engine and renders; it must not know how events are queued or kept.
//!
//! What the versions of the API share stands here and in the files beside: who calls (`caller`), bodies
//! (`body`), what a poll asks for (`poll`) and how its events leave (`delivery`), what producers publish
//! (`publish`), what there is to hear and to publish (`catalog`, `asyncapi`), and the errors (`error`). A version's
//! file has its addresses and its shapes.

mod asyncapi;
mod body;
mod caller;
mod catalog;
mod delivery;
mod error;
mod json_schema;
mod poll;
mod publish;
mod v3;

use std::time::Duration;

use axum::Router;
use axum::routing::{any, get};
use serde_json::{Map, Value};

use self::error::{Fault, Reason, Refusal};
use super::state::ApiState;
use crate::domain::ids::UserId;

/// The paths of the face.
pub fn router() -> Router<ApiState> {
    let nothing_here = || any(|| async { Refusal::NoSuchPath });
    v3::router()
        .route("/asyncapi.json", get(asyncapi::serve))
        .route("/via/v3", nothing_here())
        .route("/via/v3/", nothing_here())
        .route("/via/v3/{*path}", nothing_here())
}

/// How long a session lives without a poll, unless its client says otherwise.
const DEFAULT_INACTIVITY: Duration = Duration::from_secs(60);

/// The longest user id, in characters.
const MAX_USER_ID: usize = 128;

/// An inactivity delay within its bounds, 60 to 600 seconds; others are refused and never clamped.
fn inactivity_of(seconds: Option<u64>) -> Option<Duration> {
    seconds.filter(|seconds| (60..=600).contains(seconds)).map(Duration::from_secs)
}

fn inactivity_fault(name: &str) -> Fault {
    Fault::new(name, Reason::OutOfRange, "must be from 60 to 600 seconds")
}

/// The user that an object names as `userId`.
fn user(object: &Map<String, Value>) -> Result<Option<UserId>, Fault> {
    Ok(body::text(object, "userId", MAX_USER_ID)?.map(UserId::from))
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
