//! What both versions of the API do with a session once they have read what is asked for: open it, poll it, end it.
//! It must not know how a version writes its bodies.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;

use super::delivery;
use super::error::{Fault, Reason, Refusal};
use super::poll::MaxEvents;
use crate::api::state::ApiState;
use crate::auth::Identity;
use crate::broker::{Acknowledgement, PollRequest, SessionHead, SessionSpec, WireFormat};
use crate::domain::ids::UserId;
use crate::pipeline::NewSession;

/// How long a session lives without a poll, unless its client says otherwise.
const DEFAULT_INACTIVITY: Duration = Duration::from_secs(60);

/// A session as its client asks for it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SessionIn {
    /// How long it lives without a poll.
    pub inactivity: Duration,
    /// Whether delivered events stay until they are acknowledged.
    pub acknowledgement: Acknowledgement,
    /// Whose events it hears; `None` for those of the client itself.
    pub user: Option<UserId>,
}

impl Default for SessionIn {
    fn default() -> Self {
        Self { inactivity: DEFAULT_INACTIVITY, acknowledgement: Acknowledgement::NotRequired, user: None }
    }
}

/// An inactivity delay, named `name`, within its bounds of 60 to 600 seconds; others are refused and never clamped.
pub(super) fn inactivity_of(name: &str, seconds: Option<u64>) -> Result<Duration, Fault> {
    let within = seconds.filter(|seconds| (60..=600).contains(seconds));
    let fault = || Fault::new(name, Reason::OutOfRange, "must be from 60 to 600 seconds");
    within.map(Duration::from_secs).ok_or_else(fault)
}

/// Opens a session for a caller; it is polled with the version that `format` belongs to.
pub(super) async fn open(
    state: &ApiState,
    caller: &Identity,
    format: WireFormat,
    asked: SessionIn,
) -> Result<SessionSpec, Refusal> {
    let SessionIn { inactivity, acknowledgement, user } = asked;
    let user = user.unwrap_or_else(|| UserId::from(caller.client.as_str()));
    let new = NewSession { user, format, inactivity, acknowledgement };
    let most = state.config.limits.sessions_per_tenant;
    Ok(state.engine.open_session(caller.tenant, new, most).await?)
}

/// Waits for the events of a session and answers with their list. A caller whose right ends meanwhile is told so at
/// once; what there is by then stays in the session.
pub(super) async fn retrieve(
    state: &ApiState,
    caller: &Identity,
    session: SessionHead,
    MaxEvents(max): MaxEvents,
) -> Result<Response, Refusal> {
    let SessionHead { tenant, id, format, .. } = session;
    let wait = state.config.streaming.poll_wait.min(caller.expires.since(state.clock.now()));
    let poll = PollRequest { tenant, id, format, max, wait, after: None };
    let handover = tokio::select! {
        handover = state.engine.poll(poll) => handover?,
        () = revoked(state, caller) => return Err(Refusal::Unauthorized),
    };
    still_counts(state, caller)?;
    Ok(delivery::events_response(handover, format))
}

/// Waits until the secret that opened the caller's token is gone. Expiry is no part of it: nobody waits for longer than a
/// token lives.
async fn revoked(state: &ApiState, caller: &Identity) {
    let mut rights = state.registry.revision();
    while still_counts(state, caller).is_ok() && rights.changed().await.is_ok() {}
}

fn still_counts(state: &ApiState, caller: &Identity) -> Result<(), Refusal> {
    state.tokens.recheck(caller, state.clock.now()).map_err(|_| Refusal::Unauthorized)
}

/// Ends a session.
pub(super) async fn end(state: &ApiState, session: SessionHead) -> Result<StatusCode, Refusal> {
    state.engine.end_session(session.tenant, session.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
