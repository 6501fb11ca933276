//! What the connections of all faces have in common: how a websocket is agreed on and gets its task, what they live by,
//! how their right ends, and how a drain is told.
//! It must not know who connects, nor what is said.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use tracing::{Instrument, Span};

use super::state::ApiState;
use crate::auth::{Identity, TokenError};
use crate::outlets::{Close, ConnectionSettings, Line, NotAnUpgrade, Upgrade, WebSocket};
use crate::server::{Lifeline, Peer};

/// The websocket that a request asks for, its compression agreed on where that is switched on.
pub(super) fn upgrade(parts: &mut Parts, state: &ApiState) -> Result<Upgrade, NotAnUpgrade> {
    let mut upgrade = Upgrade::of(parts)?;
    if state.config.websocket.compression {
        upgrade.agree_on_compression(&parts.headers);
    }
    Ok(upgrade)
}

/// The answer to a request for a websocket. Once it was sent, `live` lives on the websocket, which sends on `line`, in a
/// task of its own.
pub(super) fn open<L>(
    state: &ApiState,
    upgrade: Upgrade,
    line: Arc<Line>,
    span: Span,
    live: impl FnOnce(WebSocket) -> L + Send + 'static,
) -> Response
where
    L: Future<Output = ()> + Send + 'static,
{
    let (response, upgraded) = upgrade.accept();
    let max_message_bytes = state.config.websocket.max_frame_bytes;
    // The task that waits for the upgrade ends with it: what lives on is a task of the size that a connection takes.
    tokio::spawn(async move {
        match upgraded.await {
            Ok(upgraded) => {
                let living = live(WebSocket::new(line, upgraded, max_message_bytes));
                tokio::spawn(living.instrument(span));
            }
            Err(error) => tracing::debug!(%error, "no websocket came of the request"),
        }
    });
    response
}

/// What a connection lives by whose heart beats in this rhythm.
pub(super) fn settings(state: &ApiState, heartbeat: Duration) -> ConnectionSettings {
    ConnectionSettings {
        heartbeat,
        drain: state.drain.clone(),
        rights: state.registry.revision(),
        clock: state.clock.clone(),
    }
}

/// Whether the token behind `identity` is still good.
///
/// # Errors
/// Why the client's connection has to end.
pub(super) fn recheck(state: &ApiState, identity: &Identity) -> Result<(), Close> {
    state.tokens.recheck(identity, state.clock.now()).map_err(|reason| match reason {
        TokenError::Expired => Close::TokenExpired,
        _ => Close::NoLongerEntitled,
    })
}

/// What is said on a websocket that speaks control frames before it is closed: at a drain, when to come back.
pub(super) fn farewell(close: Close, come_back_after: Duration) -> Option<Message> {
    (close == Close::Restarting).then(|| {
        let delay = u64::try_from(come_back_after.as_millis()).unwrap_or(u64::MAX);
        Message::text(json!({"control": "drain", "reconnectAfterMs": delay}).to_string())
    })
}

/// Tells whether the connection that a request came on still exists; none where the server has not said which it is.
pub(super) fn lifeline(parts: &Parts) -> Option<Lifeline> {
    let peer = parts.extensions.get::<ConnectInfo<Peer>>();
    if peer.is_none() {
        tracing::error!("a request without its connection");
    }
    peer.map(|ConnectInfo(peer)| peer.lifeline.clone())
}
