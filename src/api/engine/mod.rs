//! The engine face: conversations, what was said in them, and saying something
//! (platform documentation §11; wire facts, Existing clients call these too).

mod conversations;
mod described;
mod inbound;
mod interactions;

use axum::Router;
use axum::routing::{get, post};

use super::ApiState;

pub(super) use described::described;

/// The face's paths.
pub fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/conversations/establish", post(conversations::establish))
        .route("/api/v1/conversations/{conversationId}", get(conversations::get))
        .route("/api/v1/conversations/{conversationId}/established", get(conversations::established))
        .route("/api/v1/conversations/hubs/{hubId}/established", get(conversations::established_in_hub))
        .route("/api/v1/interactions/activities/{conversationId}", get(interactions::activities))
        .route("/inbound/customer/v1/direct/activity/{conversationId}", post(inbound::from_customer))
        .route("/inbound/customer/v1/web-chat/{conversationId}", post(inbound::from_web_chat))
        .route("/inbound/business/v1/direct/activity/{conversationId}", post(inbound::from_business))
}
