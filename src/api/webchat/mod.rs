//! The web chat face: tokens for the visitors of a tenant's pages (wire facts, Existing clients call these too).
//! What a visitor then says and hears goes through the same addresses as everybody's; it must not know them.

mod described;
mod token;

use axum::Router;
use axum::routing::get;

use super::platform::wrong_method;
use super::state::ApiState;

pub(super) use described::described;

/// Every address of the face; none asks for a token.
pub fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/integrations/web-chat/token/{integrationId}", get(token::grant_token))
        .method_not_allowed_fallback(wrong_method)
}
