//! What operators and their tools ask: is it alive, is it ready, how is it doing.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

use super::ApiState;
use super::openapi::schema::text;
use super::openapi::{Call, Group};
use crate::telemetry;

/// The paths, which need no token.
pub(super) fn router() -> Router<ApiState> {
    Router::new().route("/healthz", get(healthy)).route("/readyz", get(ready)).route("/metrics", get(metrics))
}

/// These paths as the document has them.
pub(super) fn described() -> Vec<Group> {
    let plain = |call: Call, status, about: &str| call.answers_as(status, about, "text/plain", text());
    let healthy =
        plain(Call::get("/healthz", "getHealth", "Whether the process is alive"), StatusCode::OK, "It is.");
    let ready = Call::get("/readyz", "getReadiness", "Whether new work is welcome");
    let ready = plain(plain(ready, StatusCode::OK, "It is."), StatusCode::SERVICE_UNAVAILABLE, "It drains.");
    let media_type = telemetry::CONTENT_TYPE.split(';').next().unwrap_or_default();
    let metrics = Call::get("/metrics", "getMetrics", "What is counted, as OpenMetrics").answers_as(
        StatusCode::OK,
        "All metrics.",
        media_type,
        text(),
    );
    vec![Group {
        name: "Operation",
        about: "What operators and their tools ask.",
        calls: vec![healthy, ready, metrics],
        schemas: Vec::new(),
    }]
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
