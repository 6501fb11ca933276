//! The events face: activities as they happen, on plain websockets and through the SignalR hub
//! (wire facts, `/engine-chat-hub` and Direct payload).

mod described;
mod direct;
mod hub;
mod listener;
mod opening;
mod ticket;

use axum::Router;
use axum::routing::{get, post};

pub(super) use described::described;
pub use hub::HubConnections;

use super::ApiState;

/// The face's paths.
pub fn router() -> Router<ApiState> {
    Router::new()
        .route("/events/v1/direct", get(direct::connect))
        .route("/events/v1/ticket", post(ticket::issue))
        .route("/engine-chat-hub", hub::calls())
        .route("/engine-chat-hub/negotiate", hub::negotiation())
}
