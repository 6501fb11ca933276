//! Version 3 of the streaming API: its addresses and its shapes (streaming reference, Session and Events).
//! It must not know version 2, nor any rule of sessions beyond the bounds of what a client may ask for.

mod acknowledgement;
mod websocket;

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Map, Value};

pub(super) use self::acknowledgement::MOST as MOST_ACKNOWLEDGED;
use self::acknowledgement::{AcknowledgeIn, AcknowledgeOut};
use super::body::{self, JsonBody};
use super::caller::{Listener, Session};
use super::error::{Fault, Reason, Refusal};
use super::poll::polled;
use super::session::{SessionIn, inactivity_of};
use super::{catalog, document_limits, publish, session};
use crate::api::state::ApiState;
use crate::broker::{Acknowledgement, SessionSpec, WireFormat};
use crate::pipeline::utc;

/// What sessions of this version hear.
const FORMAT: WireFormat = WireFormat::StreamV3;

/// The addresses. They are written out, not nested: a nested route copies the head of every request.
pub(super) fn router() -> Router<ApiState> {
    Router::new()
        .route("/via/v3/organizations/{orgId}/streaming/session", post(create_session).delete(end_session))
        .route("/via/v3/organizations/{orgId}/streaming/events", polled(retrieve_events))
        .route("/via/v3/organizations/{orgId}/streaming/websocket", polled(websocket::connect))
        .route("/via/v3/organizations/{orgId}/streaming/acknowledge", post(acknowledge))
        .route("/via/v3/organizations/{orgId}/streaming/publish", post(publish::publish))
        .route("/via/v3/organizations/{orgId}/streaming/catalog", get(catalog::catalog))
        .method_not_allowed_fallback(|| async { Refusal::MethodNotAllowed })
}

async fn create_session(
    State(state): State<ApiState>,
    Listener(identity): Listener,
    request: Request,
) -> Result<Json<SessionOut>, Refusal> {
    let asked = session_in(JsonBody::read(request, document_limits(&state)).await?)?;
    let session = session::open(&state, &identity, FORMAT, asked).await?;
    Ok(Json(SessionOut::of(&session)))
}

async fn end_session(State(state): State<ApiState>, session: Session) -> Result<StatusCode, Refusal> {
    session::end(&state, session.made_with(FORMAT)?).await
}

async fn retrieve_events(State(state): State<ApiState>, request: Request) -> Result<Response, Refusal> {
    session::retrieve(&state, request, FORMAT).await
}

async fn acknowledge(
    State(state): State<ApiState>,
    session: Session,
    request: Request,
) -> Result<Json<AcknowledgeOut>, Refusal> {
    let session = session.made_with(FORMAT)?;
    let limits = document_limits(&state);
    let named = AcknowledgeIn::read(body::receive(request, limits).await?, limits.depth)?;
    let outcome = state.engine.acknowledge(session.tenant, session.id, &named.ids()).await?;
    Ok(Json(named.answer(&outcome.acknowledged)))
}

/// Reads what a session is to be (streaming reference, NewSessionV3, and `userId`); without a body everything is as
/// by default.
fn session_in(body: JsonBody) -> Result<SessionIn, Refusal> {
    let object = if body.value.is_some() { body.into_object()? } else { Map::new() };
    match (inactivity(&object), acknowledgement(&object), super::user(&object)) {
        (Ok(inactivity), Ok(acknowledgement), Ok(user)) => {
            Ok(SessionIn { inactivity, acknowledgement, user })
        }
        (inactivity, acknowledgement, user) => {
            let faults = [inactivity.err(), acknowledgement.err(), user.err()];
            Err(Refusal::Invalid(faults.into_iter().flatten().collect()))
        }
    }
}

fn inactivity(object: &Map<String, Value>) -> Result<Duration, Fault> {
    const NAME: &str = "inactivityDelay";
    let Some(value) = body::member(object, NAME) else { return Ok(SessionIn::default().inactivity) };
    if !(value.is_u64() || value.is_i64()) {
        return Err(Fault::new(NAME, Reason::InvalidType, "must be a whole number of seconds"));
    }
    inactivity_of(NAME, value.as_u64())
}

fn acknowledgement(object: &Map<String, Value>) -> Result<Acknowledgement, Fault> {
    const NAME: &str = "requireAcknowledgement";
    match body::member(object, NAME) {
        Some(Value::Bool(true)) => Ok(Acknowledgement::Required),
        None | Some(Value::Bool(false)) => Ok(Acknowledgement::NotRequired),
        Some(_) => Err(Fault::new(NAME, Reason::InvalidType, "must be true or false")),
    }
}

/// A session as it is told (streaming reference, SessionResponseV3).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionOut {
    session_id: String,
    creation_time: String,
    inactivity_delay: u64,
    require_acknowledgement: bool,
}

impl SessionOut {
    fn of(session: &SessionSpec) -> Self {
        Self {
            session_id: session.id.to_string(),
            creation_time: utc(session.created),
            inactivity_delay: session.inactivity.as_secs(),
            require_acknowledgement: session.acknowledgement == Acknowledgement::Required,
        }
    }
}

#[cfg(test)]
mod tests;
