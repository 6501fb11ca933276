//! Version 3 of the streaming API: its addresses and its shapes (streaming reference, Session and Events).
//! It must not know version 2, nor any rule of sessions beyond the bounds of what a client may ask for.

mod acknowledgement;

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{MethodFilter, get, on, post};
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Map, Value};

use self::acknowledgement::{AcknowledgeIn, AcknowledgeOut};
use super::body::{self, BodyLimits, JsonBody};
use super::caller::{Listener, Session};
use super::error::{Fault, Reason, Refusal};
use super::poll::MaxEvents;
use super::{catalog, delivery, publish};
use crate::api::state::ApiState;
use crate::broker::{Acknowledgement, PollRequest, SessionHead, SessionSpec, WireFormat};
use crate::domain::ids::UserId;
use crate::pipeline::{NewSession, utc};

/// What sessions of this version hear.
const FORMAT: WireFormat = WireFormat::StreamV3;

/// The addresses. They are written out, not nested: a nested route copies the head of every request.
pub(super) fn router() -> Router<ApiState> {
    Router::new()
        .route("/via/v3/organizations/{orgId}/streaming/session", post(create_session).delete(end_session))
        .route(
            "/via/v3/organizations/{orgId}/streaming/events",
            // Only GET: what a HEAD would take from the queue, nobody would read.
            on(MethodFilter::GET, retrieve_events),
        )
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
    let asked = SessionIn::read(JsonBody::read(request, document_limits(&state)).await?)?;
    let user = asked.user.unwrap_or_else(|| UserId::from(identity.client.as_str()));
    let (inactivity, acknowledgement) = (asked.inactivity, asked.acknowledgement);
    let new = NewSession { user, format: FORMAT, inactivity, acknowledgement };
    let most = state.config.limits.sessions_per_tenant;
    let session = state.engine.open_session(identity.tenant, new, most).await?;
    Ok(Json(SessionOut::of(&session)))
}

async fn end_session(State(state): State<ApiState>, session: Session) -> Result<StatusCode, Refusal> {
    let session = session.made_with(FORMAT)?;
    state.engine.end_session(session.tenant, session.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn retrieve_events(
    State(state): State<ApiState>,
    session: Session,
    MaxEvents(max): MaxEvents,
) -> Result<Response, Refusal> {
    let SessionHead { tenant, id, .. } = session.made_with(FORMAT)?;
    let wait = state.config.streaming.poll_wait;
    let poll = PollRequest { tenant, id, format: FORMAT, max, wait, after: None };
    let handover = state.engine.poll(poll).await?;
    Ok(delivery::events_response(handover, FORMAT))
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

fn document_limits(state: &ApiState) -> BodyLimits {
    BodyLimits { bytes: state.config.http.max_body_bytes, depth: state.config.limits.json_depth }
}

/// A session as it is asked for (streaming reference, NewSessionV3, and `userId`).
#[derive(Debug, PartialEq, Eq)]
struct SessionIn {
    inactivity: Duration,
    acknowledgement: Acknowledgement,
    user: Option<UserId>,
}

impl SessionIn {
    /// Reads the body; without one everything is as by default.
    fn read(body: JsonBody) -> Result<Self, Refusal> {
        let object = if body.value.is_some() { body.into_object()? } else { Map::new() };
        match (inactivity(&object), acknowledgement(&object), super::user(&object)) {
            (Ok(inactivity), Ok(acknowledgement), Ok(user)) => Ok(Self { inactivity, acknowledgement, user }),
            (inactivity, acknowledgement, user) => {
                let faults = [inactivity.err(), acknowledgement.err(), user.err()];
                Err(Refusal::Invalid(faults.into_iter().flatten().collect()))
            }
        }
    }
}

fn inactivity(object: &Map<String, Value>) -> Result<Duration, Fault> {
    const NAME: &str = "inactivityDelay";
    let Some(value) = body::member(object, NAME) else { return Ok(super::DEFAULT_INACTIVITY) };
    if !(value.is_u64() || value.is_i64()) {
        return Err(Fault::new(NAME, Reason::InvalidType, "must be a whole number of seconds"));
    }
    super::inactivity_of(value.as_u64()).ok_or_else(|| super::inactivity_fault(NAME))
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
