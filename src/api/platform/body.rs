//! Reading a JSON body: what it may weigh, how deep it may be, and that it is an object.
//! What its properties mean is for the routes.

use std::marker::PhantomData;
use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use super::codes::{Code, shared};
use super::problem::Problems;
use super::route_codes::Codes;
use crate::api::bodies::{self, Unread, nesting};
use crate::api::state::ApiState;

/// The object that a request carries, read in the way and refused with the codes of `C`.
///
/// A body without a content type is taken for JSON, since simple clients send none; one that says that it is something
/// else is refused (415).
pub struct PlatformJson<C> {
    /// The object.
    pub object: Map<String, Value>,
    codes: PhantomData<fn() -> C>,
}

impl<C: Codes> FromRequest<ApiState> for PlatformJson<C> {
    type Rejection = Problems;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Problems> {
        let (http, limits) = (&state.config.http, &state.config.limits);
        let limits =
            Limits { bytes: http.max_body_bytes, depth: limits.json_depth, patience: http.body_timeout };
        let object = read::<C>(request, limits).await?;
        Ok(Self { object, codes: PhantomData })
    }
}

/// What a body may take.
#[derive(Clone, Copy)]
struct Limits {
    bytes: usize,
    /// Levels of objects and lists.
    depth: usize,
    /// How long it may take to arrive.
    patience: Duration,
}

async fn read<C: Codes>(request: Request, limits: Limits) -> Result<Map<String, Value>, Problems> {
    check_content_type(request.headers())?;
    match bodies::receive(request.into_body(), limits.bytes, limits.patience).await {
        Ok(bytes) => parse::<C>(&bytes, limits.depth),
        Err(Unread::TooSlow) => {
            Err(Problems::one(shared::TIMED_OUT.in_family(C::FAMILY), "The body took too long."))
        }
        Err(Unread::TooLarge) => {
            let text = format!("The body has more than {} bytes.", limits.bytes);
            Err(Problems::one(Code::of_status(StatusCode::PAYLOAD_TOO_LARGE), text))
        }
        Err(Unread::Broken) => Err(Problems::one(C::MALFORMED_BODY, "The body did not arrive as a whole.")),
    }
}

fn check_content_type(headers: &HeaderMap) -> Result<(), Problems> {
    let Some(value) = headers.get(CONTENT_TYPE) else { return Ok(()) };
    let media_type = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if media_type == "application/json" {
        return Ok(());
    }
    let media_type = media_type.to_ascii_lowercase();
    let is_json = media_type
        .strip_prefix("application/")
        .is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"));
    if is_json {
        return Ok(());
    }
    let code = Code::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    Err(Problems::one(code, "The content type has to be application/json."))
}

fn parse<C: Codes>(bytes: &[u8], depth: usize) -> Result<Map<String, Value>, Problems> {
    if bytes.trim_ascii().is_empty() {
        return Err(Problems::one(C::MISSING_BODY, "The body is missing."));
    }
    if nesting(bytes) > depth {
        let text = format!("The body is nested more than {depth} levels deep.");
        return Err(Problems::one(C::MALFORMED_BODY, text));
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Problems::one(C::MALFORMED_BODY, "The body has to be a JSON object.")),
        Err(_) => Err(Problems::one(C::MALFORMED_BODY, "The body is not valid JSON.")),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::{Body, Bytes};

    use super::*;
    use crate::api::platform::route_codes::{Direct, Portal};

    const LIMITS: Limits = Limits { bytes: 64, depth: 3, patience: Duration::from_secs(60) };

    async fn answer<C: Codes>(content_type: &str, body: impl Into<Body>) -> Result<String, (u16, String)> {
        let mut request = Request::new(body.into());
        if !content_type.is_empty() {
            request.headers_mut().insert(CONTENT_TYPE, content_type.parse().unwrap());
        }
        read::<C>(request, LIMITS).await.map(|object| Value::Object(object).to_string()).map_err(|problems| {
            (problems.status().as_u16(), problems.iter().next().unwrap().code().to_string())
        })
    }

    #[tokio::test]
    async fn an_object_is_read_with_any_json_content_type_and_without_one() {
        assert!(answer::<Portal>("", r#"{"a":[[]]}"#).await.is_ok(), "as deep as the limit");
        for content_type in ["", "application/json", "Application/JSON; charset=utf-8", "application/ld+json"]
        {
            assert_eq!(answer::<Portal>(content_type, r#" {"a": 1}"#).await, Ok(r#"{"a":1}"#.to_owned()));
        }
    }

    #[tokio::test]
    async fn another_content_type_is_refused() {
        for content_type in ["text/plain", "application/jsonp", "application/x-www-form-urlencoded", ";"] {
            let refused = answer::<Portal>(content_type, "{}").await;
            assert_eq!(refused, Err((415, "415".to_owned())), "{content_type}");
        }
    }

    #[tokio::test]
    async fn what_is_not_an_object_is_told_by_the_codes_of_the_route() {
        for (body, portal, direct) in [
            ("", "PRT000300", "ENG005000"),
            (" \n", "PRT000300", "ENG005000"),
            ("{", "PRT000302", "ENG000201"),
            ("{}{}", "PRT000302", "ENG000201"),
            ("[]", "PRT000302", "ENG000201"),
            ("null", "PRT000302", "ENG000201"),
            ("\u{feff}{}", "PRT000302", "ENG000201"),
            (r#"{"a":[[[]]]}"#, "PRT000302", "ENG000201"),
        ] {
            assert_eq!(answer::<Portal>("", body).await, Err((400, portal.to_owned())), "{body}");
            assert_eq!(answer::<Direct>("", body).await, Err((400, direct.to_owned())), "{body}");
        }
        assert_eq!(answer::<Portal>("", &b"{\"a\":\"\xff\"}"[..]).await, Err((400, "PRT000302".to_owned())));
    }

    #[tokio::test]
    async fn a_body_may_be_as_large_as_the_limit_and_no_larger() {
        let of_size = |size: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(size - 8));
        assert!(answer::<Portal>("", of_size(64)).await.is_ok());
        assert_eq!(answer::<Portal>("", of_size(65)).await, Err((413, "413".to_owned())));
        let chunks = futures_util::stream::iter(vec![Ok::<_, Infallible>("x".repeat(40)); 2]);
        let unsized_body = Body::from_stream(chunks);
        assert_eq!(answer::<Portal>("", unsized_body).await, Err((413, "413".to_owned())));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_given_up() {
        let never = Body::from_stream(futures_util::stream::pending::<Result<Bytes, Infallible>>());
        assert_eq!(answer::<Portal>("", never).await, Err((408, "PRT000108".to_owned())));
    }
}
