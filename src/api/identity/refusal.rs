//! Why there is no token, as OAuth tells it (RFC 6749 §5.2).

use axum::Json;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::api::platform::{Family, unexpected};
use crate::api::rate_limit::TooManyRequests;
use crate::auth::GrantError;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// The body is not a form of distinct parameters.
    #[error("{0}")]
    Form(&'static str),
    /// The body is larger than a body may be.
    #[error("The body is too large.")]
    TooLarge,
    /// The body did not arrive in time.
    #[error("The body took too long.")]
    TooSlow,
    /// The client asks too often.
    #[error("Too many requests: come back later.")]
    TooMany(TooManyRequests),
    /// The server is stopping; it is worth a try after so many seconds.
    #[error("The server is stopping: come back later.")]
    Stopping(u64),
    /// The request was understood and refused.
    #[error(transparent)]
    Grant(GrantError),
    /// The client presented itself in the `Authorization` header, and was not recognised.
    #[error("The client is unknown or its secret is wrong.")]
    Basic,
}

#[derive(Serialize)]
struct RefusalOut {
    error: &'static str,
    error_description: String,
}

impl Refusal {
    /// The word for it; `temporarily_unavailable` is borrowed from RFC 6749 §4.1.2.1, as §5.2 has none that fits.
    fn word(&self) -> &'static str {
        match self {
            Self::Form(_) | Self::TooLarge | Self::TooSlow => "invalid_request",
            Self::TooMany(_) | Self::Stopping(_) => "temporarily_unavailable",
            Self::Grant(error) => error.code(),
            Self::Basic => GrantError::InvalidClient.code(),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Stopping(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Basic | Self::Grant(GrantError::InvalidClient) => StatusCode::UNAUTHORIZED,
            Self::Grant(GrantError::Unavailable(_)) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Form(_)
            | Self::Grant(
                GrantError::InvalidRequest(_)
                | GrantError::UnauthorizedClient
                | GrantError::UnsupportedGrantType
                | GrantError::InvalidScope,
            ) => StatusCode::BAD_REQUEST,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = match &self {
            // RFC 6749 §5.2 knows no failures of ours; the platform has a code for them (§14.1).
            Self::Grant(GrantError::Unavailable(cause)) => {
                unexpected(Family::Identity, cause).into_response()
            }
            _ => {
                let body = RefusalOut { error: self.word(), error_description: self.to_string() };
                (self.status(), Json(body)).into_response()
            }
        };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self {
            Self::TooMany(refused) => {
                headers.insert(RETRY_AFTER, HeaderValue::from(refused.seconds()));
            }
            Self::Stopping(seconds) => {
                headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            Self::Basic => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"token\""));
            }
            _ => {}
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;

    use super::*;
    use crate::auth::KeyError;

    async fn told(refusal: Refusal) -> (u16, String) {
        let response = refusal.into_response();
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 65_536).await.unwrap();
        let body: Value = serde_json::from_slice(&bytes).unwrap();
        assert!(body["error_description"].is_string(), "{body}");
        (status, body["error"].as_str().unwrap().to_owned())
    }

    #[tokio::test]
    async fn every_refusal_has_the_word_and_the_status_of_oauth() {
        let late = TooManyRequests { retry_after: Duration::from_secs(2) };
        for (refusal, status, word) in [
            (Refusal::Form("No form."), 400, "invalid_request"),
            (Refusal::TooLarge, 413, "invalid_request"),
            (Refusal::TooSlow, 408, "invalid_request"),
            (Refusal::TooMany(late), 429, "temporarily_unavailable"),
            (Refusal::Stopping(2), 503, "temporarily_unavailable"),
            (Refusal::Basic, 401, "invalid_client"),
            (Refusal::Grant(GrantError::InvalidRequest("No.")), 400, "invalid_request"),
            (Refusal::Grant(GrantError::InvalidClient), 401, "invalid_client"),
            (Refusal::Grant(GrantError::UnauthorizedClient), 400, "unauthorized_client"),
            (Refusal::Grant(GrantError::UnsupportedGrantType), 400, "unsupported_grant_type"),
            (Refusal::Grant(GrantError::InvalidScope), 400, "invalid_scope"),
        ] {
            assert_eq!(told(refusal).await, (status, word.to_owned()));
        }
    }

    #[tokio::test]
    async fn a_failure_of_ours_is_told_by_the_one_code_of_the_platforms_table() {
        let response = Refusal::Grant(GrantError::Unavailable(KeyError::NoKey)).into_response();
        assert_eq!(
            (response.status().as_u16(), &response.headers()[CACHE_CONTROL]),
            (500, &HeaderValue::from_static("no-store"))
        );
        let bytes = axum::body::to_bytes(response.into_body(), 65_536).await.unwrap();
        let body: Value = serde_json::from_slice(&bytes).unwrap();
        assert!(body["errors"][0]["description"].as_str().unwrap().ends_with("(code: IDT000100)"), "{body}");
    }

    #[test]
    fn only_a_client_that_came_by_the_header_is_told_the_scheme() {
        let basic = Refusal::Basic.into_response();
        assert_eq!(basic.headers()[WWW_AUTHENTICATE], "Basic realm=\"token\"");
        let form = Refusal::Grant(GrantError::InvalidClient).into_response();
        assert!(!form.headers().contains_key(WWW_AUTHENTICATE));
    }

    #[test]
    fn a_client_that_asks_too_often_is_told_when_to_come_back() {
        let late = TooManyRequests { retry_after: Duration::from_millis(1200) };
        assert_eq!(Refusal::TooMany(late).into_response().headers()[RETRY_AFTER], "2");
    }
}
