//! The messaging face: what business back ends call about channels, contacts and sessions (messaging reference). It
//! parses, calls and renders; it must not know how anything is kept or routed.
//!
//! Its words are mapped here and never further in: a session is a conversation, its contact the customer, its channel
//! a customer integration (`ids`). What all calls share stands beside: who calls (`caller`), bodies and their fields
//! (`body`, `fields`), queries (`arguments`), refusals (`error`), and the envelope that surrounds every answer
//! (`envelope`).

mod arguments;
mod body;
mod caller;
mod channels;
mod contactable;
mod contacts;
mod deliveries;
mod described;
mod envelope;
mod error;
mod events;
mod fields;
mod files;
mod hearing;
mod ids;
mod kinds;
mod media;
mod messages;
mod pushes;
mod routing;
mod send;
mod sessions;
mod tags;
mod template_body;
mod templates;
mod vars;
mod vcards;
mod webhook;

use axum::Router;
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::{any, get, post, put};

use self::envelope::{enveloping, refused};
use self::error::Refusal;
use super::state::ApiState;

pub(super) use self::described::described;
pub use self::hearing::AppWording;

/// The paths of the face.
pub fn router() -> Router<ApiState> {
    let nothing_here = || any(|| async { Refusal::NoSuchPath });
    Router::new()
        .route("/xms/api/v1/config/channels", get(channels::list))
        .route("/xms/api/v1/config/global/vars", get(vars::list).post(vars::create))
        .route("/xms/api/v1/config/global/vars/{id}", put(vars::replace).delete(vars::delete))
        .route("/xms/api/v1/config/tmpl/hsm", get(templates::list).post(templates::create))
        .route("/xms/api/v1/config/tmpl/hsm/{id}", put(templates::replace).delete(templates::delete))
        .route("/xms/api/v1/config/webhook", post(webhook::register).delete(webhook::withdraw))
        .route("/xms/api/v1/config/webhook/deliveries", get(deliveries::list))
        .route("/xms/api/v1/config/webhook/deliveries/replay", post(deliveries::replay_dead))
        .route("/xms/api/v1/config/webhook/deliveries/{deliveryId}/replay", post(deliveries::replay))
        .route("/xms/api/v1/contact/prefs/lang", post(contacts::set_lang))
        .route("/xms/api/v1/data/push", post(pushes::push_data))
        .route("/xms/api/v1/event/push", post(pushes::push_event))
        .route("/xms/api/v1/message/send", post(send::send))
        .route("/xms/api/v1/session/close", post(sessions::close))
        .route("/xms/api/v1/session/messages", post(messages::list))
        .route("/xms/api/v1/session/resolve", post(sessions::resolve))
        .route("/xms/api/v1/session/routing", post(sessions::route))
        .route("/xms", nothing_here())
        .route("/xms/", nothing_here())
        .route("/xms/{*path}", nothing_here())
        .method_not_allowed_fallback(|| async { Refusal::MethodNotAllowed })
        .layer(from_fn(enveloping))
}

/// What a client is told that calls while the server stops.
pub(super) fn stopping(path: &str, seconds: u64) -> Response {
    refused(path, Refusal::Stopping(seconds))
}

/// What a client is told of a failure of ours that nothing else tells.
pub(super) fn failed(path: &str) -> Response {
    refused(path, Refusal::Internal)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[tokio::test]
    async fn what_goes_wrong_outside_of_the_face_is_told_in_its_envelope() {
        let path = "/xms/api/v1/session/close";
        for (response, status, key) in
            [(stopping(path, 7), 503, "SERVICE_UNAVAILABLE"), (failed(path), 500, "INTERNAL_SERVER_ERROR")]
        {
            assert_eq!(response.status(), status);
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            let told = ["status", "statusKey", "error", "path", "errors"].map(|member| body[member].clone());
            assert_eq!(told, [json!(status), json!(key), json!(key), json!(path), json!([])]);
        }
    }
}
