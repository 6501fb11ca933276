//! The identity face: access tokens for client credentials, and what others need to check them (platform
//! documentation §9, RFC 6749, OpenID Connect Discovery). It must not know how a secret is compared or a token is made.

mod described;
mod discovery;
mod form;
mod refusal;
mod token;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::platform::wrong_method;
use super::state::ApiState;

pub(super) use described::described;

/// Every address of the identity face; none asks for a token.
pub fn router() -> Router<ApiState> {
    Router::new()
        .route(token::PATH, post(token::grant_token))
        .route("/tokenservice/oauth2/access_token", post(token::grant_token))
        .route("/.well-known/openid-configuration", get(discovery::configuration))
        .route(discovery::JWKS_PATH, get(discovery::jwks))
        .method_not_allowed_fallback(wrong_method)
}

/// What a client is told that asks while the server stops.
pub(super) fn stopping(seconds: u64) -> Response {
    refusal::Refusal::Stopping(seconds).into_response()
}
