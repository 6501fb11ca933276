//! What both versions of the API do with a session once they have read what is asked for: open it, poll it, end it.
//! It must not know how a version writes its bodies.

use std::time::Duration;

use axum::extract::{FromRequestParts, Request};
use axum::http::StatusCode;
use axum::response::Response;

use super::caller::{Listener, Session};
use super::error::{Fault, Reason, Refusal};
use super::poll::MaxEvents;
use super::{delivery, event_stream};
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

/// Answers a request for events of a session: with their list, once there are some, or with a stream of them. A
/// caller whose right ends meanwhile is told so at once; what there is by then stays in the session.
pub(super) async fn retrieve(
    state: &ApiState,
    request: Request,
    format: WireFormat,
) -> Result<Response, Refusal> {
    let (mut parts, _) = request.into_parts();
    if event_stream::is_asked_for(&parts.headers) {
        // Boxed, or a poll that waits would keep room for it.
        return Box::pin(event_stream::open(state, &mut parts, format)).await;
    }
    let Listener(caller) = Listener::from_request_parts(&mut parts, state).await?;
    let session = Session::of(&caller, &parts, state)?;
    let MaxEvents(max) = MaxEvents::from_request_parts(&mut parts, state).await?;
    drop(parts);
    let SessionHead { tenant, id, .. } = session.made_with(format)?;
    let wait = state.config.streaming.poll_wait.min(caller.expires.since(state.clock.now()));
    let poll = PollRequest { tenant, id, format, max, wait, after: None };
    let handover = tokio::select! {
        // What is there already is taken without a look at rights, which follows anyway.
        biased;
        handover = state.engine.poll(poll) => handover?,
        () = revoked(state, &caller) => return Err(Refusal::Unauthorized),
    };
    still_counts(state, &caller)?;
    Ok(delivery::events_response(handover, format))
}

/// Waits until the secret that opened the caller's token is gone. Expiry is no part of it: nobody waits for longer
/// than a token lives.
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
