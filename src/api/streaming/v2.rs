//! Version 2 of the streaming API: its addresses and its shapes (streaming reference, the calls that are deprecated).
//! It must not know version 3, nor acknowledgement, which this version does not have.

mod properties;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use serde::Serialize;

use super::body::JsonBody;
use super::caller::{Listener, Session};
use super::error::Refusal;
use super::poll::polled;
use super::{document_limits, session};
use crate::api::state::ApiState;
use crate::broker::{SessionSpec, WireFormat};
use crate::pipeline::utc;

/// What sessions of this version hear.
const FORMAT: WireFormat = WireFormat::StreamV2;

/// The addresses, written out as those of version 3 are.
pub(super) fn router() -> Router<ApiState> {
    Router::new()
        .route("/via/v2/organizations/{orgId}/streaming/session", post(create_session).delete(end_session))
        .route("/via/v2/organizations/{orgId}/streaming/events", polled(retrieve_events))
        .method_not_allowed_fallback(|| async { Refusal::MethodNotAllowed })
}

async fn create_session(
    State(state): State<ApiState>,
    Listener(identity): Listener,
    request: Request,
) -> Result<Json<SessionOut>, Refusal> {
    let limits = document_limits(&state);
    let asked = properties::read(JsonBody::read(request, limits).await?, limits.depth)?;
    let session = session::open(&state, &identity, FORMAT, asked).await?;
    Ok(Json(SessionOut::of(&session)))
}

async fn end_session(State(state): State<ApiState>, session: Session) -> Result<StatusCode, Refusal> {
    session::end(&state, session.made_with(FORMAT)?).await
}

async fn retrieve_events(State(state): State<ApiState>, request: Request) -> Result<Response, Refusal> {
    session::retrieve(&state, request, FORMAT).await
}

/// A session as it is told (streaming reference, SessionResponse).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionOut {
    session_id: String,
    creation_time: String,
    inactivity_delay: u64,
}

impl SessionOut {
    fn of(session: &SessionSpec) -> Self {
        Self {
            session_id: session.id.to_string(),
            creation_time: utc(session.created),
            inactivity_delay: session.inactivity.as_secs(),
        }
    }
}
