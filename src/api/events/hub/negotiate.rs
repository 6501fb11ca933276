//! Negotiation: which transports there are, and the id that joins the requests of one connection.

use axum::Json;
use axum::extract::{Request, State};
use serde_json::{Value, json};
use uuid::Uuid;

use super::NAMES;
use super::connections::Negotiated;
use crate::api::ApiState;
use crate::api::events::listener::Listener;
use crate::api::events::opening::place;
use crate::api::platform::Problems;

/// Tells a client how it can connect. Clients that do not ask for version 1 get version 0, without a token.
///
/// The connection has its place from now on, and loses it when it is not opened in the time for a handshake.
pub(super) async fn negotiate(
    State(state): State<ApiState>,
    request: Request,
) -> Result<Json<Value>, Problems> {
    let (mut parts, _) = request.into_parts();
    let listener = Listener::of(&mut parts, &state, &NAMES).await?;
    let place = place(&state, listener.identity.tenant)?;
    let (name, key) = (Uuid::new_v4().simple().to_string(), Uuid::new_v4().simple().to_string());
    let mut answer = json!({
        "negotiateVersion": 0,
        "connectionId": name,
        "availableTransports": [
            {"transport": "WebSockets", "transferFormats": ["Text", "Binary"]},
            {"transport": "ServerSentEvents", "transferFormats": ["Text"]},
            {"transport": "LongPolling", "transferFormats": ["Text", "Binary"]},
        ],
    });
    let mut id = name;
    if asks_for_version_one(parts.uri.query().unwrap_or_default()) {
        answer["negotiateVersion"] = 1.into();
        answer["connectionToken"] = key.as_str().into();
        id = key;
    }
    let until = state.clock.now().plus(state.config.signalr.handshake);
    state.hub.negotiated(&id, Negotiated { listener, place }, until);
    Ok(Json(answer))
}

fn asks_for_version_one(query: &str) -> bool {
    query.split('&').filter_map(|member| member.split_once('=')).any(|(name, value)| {
        name.eq_ignore_ascii_case("negotiateVersion") && value.parse().is_ok_and(|v: u32| v >= 1)
    })
}
