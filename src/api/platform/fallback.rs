//! What is told at addresses where nothing is, and of methods that an address does not have.

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::codes::{Code, Family, shared};
use super::problem::Problems;
use crate::telemetry::Face;

/// Whose table an address in the platform's style has; `None` for the addresses of all other faces.
fn family_of(path: &str) -> Option<Family> {
    match Face::of_path(path) {
        Face::Identity => Some(Family::Identity),
        Face::Portal => Some(Family::Portal),
        Face::Engine => Some(Family::Engine),
        Face::Events => Some(Family::Events),
        Face::Operation if path.starts_with("/api/v1/") => Some(Family::Portal),
        Face::Streaming | Face::Messaging | Face::Handoff | Face::Operation => None,
    }
}

/// The handler for addresses where nothing is: 404, in the platform's format where the address is in its style and
/// else without a body.
pub async fn unknown_path(uri: Uri) -> Response {
    let Some(family) = family_of(uri.path()) else { return StatusCode::NOT_FOUND.into_response() };
    let code = match family {
        // The tables of these two have one row each, for failures (§14.1, §14.4); who comes for events has a token of
        // the engine's, and is told its codes.
        Family::Identity => Code::of_status(StatusCode::NOT_FOUND),
        Family::Events => shared::NOT_FOUND.in_family(Family::Engine),
        Family::Portal | Family::Engine => shared::NOT_FOUND.in_family(family),
    };
    Problems::one(code, "Nothing is at this address.").into_response()
}

/// What a client is told that calls an address in the platform's style while the server stops; without a body where
/// the address is in no style.
pub(in crate::api) fn stopping(path: &str, seconds: u64) -> Response {
    let code = Code::of_status(StatusCode::SERVICE_UNAVAILABLE);
    match family_of(path) {
        Some(_) => Problems::one(code, "The server is stopping.").retry_after(seconds).into_response(),
        None => (code.status, [(RETRY_AFTER, HeaderValue::from(seconds))]).into_response(),
    }
}

/// What a client is told of a failure of ours that nothing else tells; without a body where the address is in no
/// style.
pub(in crate::api) fn failed(path: &str) -> Response {
    match family_of(path) {
        Some(family) => {
            Problems::one(shared::SYSTEM_ERROR.in_family(family), "Something went wrong on our side.")
                .into_response()
        }
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The handler for methods that an address does not have; the router adds which ones it has.
pub async fn wrong_method() -> Problems {
    let code = Code::of_status(StatusCode::METHOD_NOT_ALLOWED);
    Problems::one(code, "The address does not take this method.")
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::Request;
    use axum::http::header::ALLOW;
    use axum::routing::get;
    use serde_json::Value;
    use tower::ServiceExt;

    use super::*;

    async fn ask(method: &str, path: &str) -> (Response, Value) {
        let router = Router::new()
            .route("/api/v1/hubs", get(|| async {}))
            .method_not_allowed_fallback(wrong_method)
            .fallback(unknown_path);
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
        let bytes = axum::body::to_bytes(body, 65_536).await.unwrap();
        (Response::from_parts(parts, Body::empty()), serde_json::from_slice(&bytes).unwrap_or_default())
    }

    #[tokio::test]
    async fn nothing_is_told_in_the_format_of_the_address() {
        for (path, code, description) in [
            ("/api/v1/nothing", 105, "Nothing is at this address. (code: PRT000105)"),
            ("/api/v1/hubs/1/2/3", 105, "Nothing is at this address. (code: PRT000105)"),
            ("/inbound/x", 105, "Nothing is at this address. (code: ENG000105)"),
            ("/events/v1/x", 105, "Nothing is at this address. (code: ENG000105)"),
            ("/engine-chat-hub/x", 105, "Nothing is at this address. (code: ENG000105)"),
            ("/.well-known/x", 404, "Nothing is at this address."),
        ] {
            let (response, body) = ask("GET", path).await;
            assert_eq!(response.status(), 404, "{path}");
            assert_eq!(body["errors"][0]["code"], code, "{path}");
            assert_eq!(body["errors"][0]["description"], description);
        }
        let (response, body) = ask("GET", "/elsewhere").await;
        assert_eq!((response.status().as_u16(), body), (404, Value::Null));
    }

    #[tokio::test]
    async fn a_wrong_method_is_told_with_those_that_there_are() {
        let (response, body) = ask("PATCH", "/api/v1/hubs").await;
        assert_eq!(response.status(), 405);
        assert_eq!(response.headers()[ALLOW], "GET,HEAD");
        assert_eq!(body["errors"][0]["code"], 405);
    }
}
