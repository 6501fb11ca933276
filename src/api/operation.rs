//! What operators and their tools ask: is it alive, is it ready, how is it doing.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

use super::ApiState;
use crate::telemetry;

/// The paths, which need no token.
pub(super) fn router() -> Router<ApiState> {
    Router::new().route("/healthz", get(healthy)).route("/readyz", get(ready)).route("/metrics", get(metrics))
}

/// The process is alive.
async fn healthy() -> &'static str {
    "ok"
}

/// New work is welcome: everything is loaded, and no drain has begun.
async fn ready(State(state): State<ApiState>) -> (StatusCode, &'static str) {
    if state.drain.is_draining() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining")
    } else {
        (StatusCode::OK, "ready")
    }
}

async fn metrics(State(state): State<ApiState>) -> impl IntoResponse {
    ([(CONTENT_TYPE, telemetry::CONTENT_TYPE)], state.metrics.render())
}
