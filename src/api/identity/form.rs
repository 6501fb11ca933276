//! The form of a token request: what it may weigh, and that no parameter is given twice (RFC 6749 §3.2).

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;

use super::refusal::Refusal;
use crate::api::bodies::{self, Unread};
use crate::api::state::ApiState;

/// The parameters of a token request, each given once.
#[derive(Debug)]
pub(super) struct TokenForm(Vec<(String, String)>);

impl TokenForm {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    async fn read(request: Request, limit: usize, patience: Duration) -> Result<Self, Refusal> {
        check_content_type(request.headers())?;
        let received = bodies::receive(request.into_body(), limit, patience).await;
        let body = received.map_err(|unread| match unread {
            Unread::TooLarge => Refusal::TooLarge,
            Unread::TooSlow => Refusal::TooSlow,
            Unread::Broken => Refusal::Form("The body did not arrive as a whole."),
        })?;
        Self::of_distinct(form_urlencoded::parse(&body).into_owned().collect())
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

/// A form says that it is one (RFC 6749 §4.4.2), in any case of letters and whatever its parameters.
fn check_content_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = given.and_then(|given| given.split(';').next()).unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Ok(())
    } else {
        Err(Refusal::Form("The content type has to be application/x-www-form-urlencoded."))
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
    use bytes::Bytes;

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
        for content_type in ["application/json", "", "application/x-www-form-urlencodedx"] {
            let refused = read(content_type, "a=b").await.unwrap_err();
            assert!(matches!(refused, Refusal::Form(_)), "{content_type}: {refused:?}");
        }
    }

    #[tokio::test]
    async fn a_form_that_breaks_off_is_not_taken_for_a_whole_one() {
        let pieces = [Ok(Bytes::from("a=b&c=")), Err(std::io::Error::other("gone"))];
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        let request = Request::post("/connect/token").header(CONTENT_TYPE, FORM).body(body).unwrap();
        let refused = TokenForm::read(request, 64, Duration::from_secs(60)).await.unwrap_err();
        assert!(matches!(refused, Refusal::Form(_)), "{refused:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_form_that_does_not_come_is_waited_for_as_long_as_it_may_take() {
        let body = Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
        let request = Request::post("/connect/token").header(CONTENT_TYPE, FORM).body(body).unwrap();
        let refused = TokenForm::read(request, 64, Duration::from_secs(60)).await.unwrap_err();
        assert!(matches!(refused, Refusal::TooSlow), "{refused:?}");
    }

    #[tokio::test]
    async fn a_form_may_be_as_large_as_the_limit_and_no_larger() {
        assert!(read(FORM, &format!("a={}", "x".repeat(62))).await.is_ok());
        let refused = read(FORM, &format!("a={}", "x".repeat(63))).await.unwrap_err();
        assert!(matches!(refused, Refusal::TooLarge), "{refused:?}");
    }
}
