//! The hub over a websocket. It may be negotiated, and need not be.

use axum::extract::Request;
use axum::response::Response;

use super::handshake::{Asked, shake_hands};
use super::{ID, NAMES};
use crate::api::ApiState;
use crate::api::events::opening::{Granted, place};
use crate::api::platform::{Arguments, Events, Problems};
use crate::telemetry::ConnectionKind;

/// Opens a websocket of the hub.
pub(super) async fn open(
    state: ApiState,
    query: &Arguments<Events>,
    request: Request,
) -> Result<Response, Problems> {
    let mut registration = None;
    let granted = Granted::placed(request, &state, &NAMES, |listener| {
        let Some(id) = query.get(ID) else { return place(&state, listener.identity.tenant) };
        let (place, registered) = state.hub.open_websocket(id, &listener.identity)?;
        registration = Some(registered);
        Ok(place)
    })
    .await?;
    let shared = state.clone();
    let line = granted.line(&state.lines.signalr);
    let packed = granted.line_kind(&state.lines.signalr_packed);
    Ok(granted.open(&state, ConnectionKind::SignalR, line, move |socket, listener| {
        let asked = Asked { state: shared, listener, renewed: None, packed: Some(packed) };
        // Boxed, because it is over soon and needs more room than what follows.
        let opened = Box::pin(shake_hands(asked, socket));
        async move {
            let opened = opened.await;
            if let Some((connection, opening)) = opened {
                connection.run(opening).await;
            }
            drop(registration);
        }
    }))
}
