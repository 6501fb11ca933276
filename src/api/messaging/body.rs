//! The body of a messaging call: a JSON object within its limits of size, depth and time.
//! What its members mean is for the calls.

use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::error::{FaultCode, FieldFault, Refusal};
use crate::api::bodies::{Unread, nesting, receive};
use crate::api::state::ApiState;

/// What faults of the body as a whole are said to be of.
const BODY: &str = "body";

/// The object that a request carries. One without a content type is taken for JSON, since simple clients send none.
pub(super) struct JsonObject(pub(super) Map<String, Value>);

impl FromRequest<ApiState> for JsonObject {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Refusal> {
        if !is_json(request.headers()) {
            return Err(Refusal::UnsupportedMediaType);
        }
        let http = &state.config.http;
        let received = receive(request.into_body(), http.max_body_bytes, http.body_timeout).await;
        let text = received.map_err(|unread| match unread {
            Unread::TooLarge => Refusal::TooLarge(http.max_body_bytes),
            Unread::TooSlow => Refusal::TooSlow,
            Unread::Broken => whole(FaultCode::InvalidValue, "did not arrive as a whole"),
        })?;
        parse(&text, state.config.limits.json_depth).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE) else { return true };
    let media_type = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let media_type = media_type.to_ascii_lowercase();
    let subtype = media_type.strip_prefix("application/");
    subtype.is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

fn parse(text: &[u8], depth: usize) -> Result<Map<String, Value>, Refusal> {
    if text.trim_ascii().is_empty() {
        return Err(whole(FaultCode::Required, "is required"));
    }
    if nesting(text) > depth {
        let rule = format!("must not be nested deeper than {depth} levels");
        return Err(whole(FaultCode::InvalidValue, &rule));
    }
    match serde_json::from_slice(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(whole(FaultCode::InvalidType, "must be a JSON object")),
        Err(_) => Err(whole(FaultCode::InvalidValue, "is not valid JSON")),
    }
}

fn whole(code: FaultCode, rule: &str) -> Refusal {
    Refusal::one(FieldFault::new(BODY, "", code, rule))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn code_of(refusal: Refusal) -> &'static str {
        refusal.faults()[0].code.as_str()
    }

    #[test]
    fn a_body_is_an_object_no_deeper_than_it_may_be() {
        assert!(parse(br#"{"a":[{}]}"#, 3).is_ok());
        for (text, code) in [
            ("", "REQUIRED"),
            (" \n", "REQUIRED"),
            ("[]", "INVALID_TYPE"),
            ("null", "INVALID_TYPE"),
            ("{", "INVALID_VALUE"),
            ("{}{}", "INVALID_VALUE"),
            (r#"{"a":[{"b":[]}]}"#, "INVALID_VALUE"),
        ] {
            assert_eq!(code_of(parse(text.as_bytes(), 3).unwrap_err()), code, "{text}");
        }
    }

    #[test]
    fn json_is_known_by_any_of_its_types_and_by_none() {
        let with =
            |text: &'static str| HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(text))]);
        assert!(is_json(&HeaderMap::new()));
        for good in ["application/json", "Application/JSON; charset=utf-8", "application/ld+json"] {
            assert!(is_json(&with(good)), "{good}");
        }
        for bad in ["text/plain", "application/xml", "", ";"] {
            assert!(!is_json(&with(bad)), "{bad}");
        }
    }
}
