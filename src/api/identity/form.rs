//! The form of a token request: what it may weigh, and that no parameter is given twice (RFC 6749 §3.2).

use std::time::Duration;

use axum::Form;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::StatusCode;
use tokio::time::timeout;

use super::refusal::Refusal;
use crate::api::state::ApiState;

/// The parameters of a token request, each given once.
#[derive(Debug)]
pub(super) struct TokenForm(Vec<(String, String)>);

impl TokenForm {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    async fn read(mut request: Request, limit: usize, patience: Duration) -> Result<Self, Refusal> {
        DefaultBodyLimit::max(limit).apply(&mut request);
        let received = timeout(patience, Form::from_request(request, &())).await;
        let Form(pairs) =
            received.map_err(|_| Refusal::TooSlow)?.map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge,
                StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                    Refusal::Form("The content type has to be application/x-www-form-urlencoded.")
                }
                _ => Refusal::Form("The body cannot be read as a form."),
            })?;
        Self::of_distinct(pairs)
    }

    fn of_distinct(pairs: Vec<(String, String)>) -> Result<Self, Refusal> {
        let mut names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if names.is_sorted_by(|a, b| a < b) {
            Ok(Self(pairs))
        } else {
            Err(Refusal::Form("A parameter is given more than once."))
        }
    }
}

impl FromRequest<ApiState> for TokenForm {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Refusal> {
        Self::read(request, state.config.http.max_body_bytes, state.config.http.body_timeout).await
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::header::CONTENT_TYPE;

    use super::*;

    async fn read(content_type: &str, body: &str) -> Result<TokenForm, Refusal> {
        let request = Request::post("/connect/token").header(CONTENT_TYPE, content_type);
        TokenForm::read(request.body(Body::from(body.to_owned())).unwrap(), 64, Duration::from_secs(60)).await
    }

    const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

    #[tokio::test]
    async fn a_form_is_decoded() {
        let form = read(FORM, "client_id=a.b&scope=one+two%2Bthree&empty=").await.unwrap();
        assert_eq!(form.get("client_id"), Some("a.b"));
        assert_eq!(form.get("scope"), Some("one two+three"));
        assert_eq!(form.get("empty"), Some(""));
        assert_eq!(form.get("Scope"), None);
    }

    #[tokio::test]
    async fn a_parameter_that_is_given_twice_is_refused() {
        let refused = read(FORM, "client_id=a&scope=x&client_id=a").await.unwrap_err();
        assert!(matches!(refused, Refusal::Form(_)), "{refused:?}");
    }

    #[tokio::test]
    async fn what_is_not_a_form_is_refused() {
        let refused = read("application/json", "{}").await.unwrap_err();
        assert!(matches!(refused, Refusal::Form(_)), "{refused:?}");
    }

    #[tokio::test]
    async fn a_form_may_be_as_large_as_the_limit_and_no_larger() {
        assert!(read(FORM, &format!("a={}", "x".repeat(62))).await.is_ok());
        let refused = read(FORM, &format!("a={}", "x".repeat(63))).await.unwrap_err();
        assert!(matches!(refused, Refusal::TooLarge), "{refused:?}");
    }
}
