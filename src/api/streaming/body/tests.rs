//! Bodies as clients send them, good and bad.

use axum::http::Request as HttpRequest;
use proptest::prelude::*;
use serde_json::json;

use super::*;

const LIMITS: BodyLimits = BodyLimits { bytes: 20, depth: 3, patience: Duration::from_secs(60) };

async fn read(content_type: Option<&str>, body: impl Into<Body>) -> Result<JsonBody, Refusal> {
    let mut request = HttpRequest::post("/");
    if let Some(content_type) = content_type {
        request = request.header(CONTENT_TYPE, content_type);
    }
    JsonBody::read(request.body(body.into()).unwrap(), LIMITS).await
}

#[tokio::test]
async fn json_is_read_as_it_was_sent_and_as_it_is_meant() {
    let body = read(Some("Application/JSON; charset=utf-8"), r#"{ "a": 1 }"#).await.unwrap();
    assert_eq!(body.text, r#"{ "a": 1 }"#);
    assert_eq!(body.into_object().unwrap(), *json!({"a": 1}).as_object().unwrap());
}

#[tokio::test]
async fn a_blank_body_is_no_document_whatever_its_content_type() {
    assert_eq!(read(None, "").await.unwrap().value, None);
    assert_eq!(read(Some("text/plain"), "").await.unwrap().value, None);
    assert_eq!(read(Some("application/json"), " \r\n").await.unwrap().value, None);
}

#[tokio::test]
async fn other_content_types_are_refused_and_so_is_a_body_without_one() {
    assert_eq!(read(Some("text/plain"), "{}").await.unwrap_err(), Refusal::UnsupportedMediaType);
    assert_eq!(read(None, "{}").await.unwrap_err(), Refusal::UnsupportedMediaType);
}

#[tokio::test]
async fn a_body_may_be_exactly_as_large_as_the_limit() {
    let exact = format!("{:<20}", "{}");
    assert!(read(Some("application/json"), exact.clone()).await.is_ok());
    let refused = read(Some("application/json"), exact + " ").await.unwrap_err();
    assert_eq!(refused, Refusal::TooLarge(20));
}

#[tokio::test]
async fn a_body_of_unknown_length_is_bounded_too() {
    let pieces = (0..30).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(b"1")));
    let body = Body::from_stream(futures_util::stream::iter(pieces));
    assert_eq!(read(Some("application/json"), body).await.unwrap_err(), Refusal::TooLarge(20));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_bad_request() {
    let pieces = [Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("reset"))];
    let body = Body::from_stream(futures_util::stream::iter(pieces));
    assert!(matches!(read(Some("application/json"), body).await.unwrap_err(), Refusal::Invalid(_)));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_given_up() {
    let never = Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
    assert_eq!(read(Some("application/json"), never).await.unwrap_err(), Refusal::TooSlow);
}

#[tokio::test]
async fn nesting_is_bounded_and_brackets_in_texts_do_not_count() {
    assert!(read(Some("application/json"), r#"[["[[[[\"[[",[]]]"#).await.is_ok());
    assert!(read(Some("application/json"), "[[[[]]]]").await.is_err());
}

#[test]
fn a_text_member_is_absent_good_or_named_in_a_fault() {
    let object = json!({"a": "é", "b": null, "c": 1, "d": "", "e": "éé"});
    let object = object.as_object().unwrap();
    assert_eq!(text(object, "a", 1), Ok(Some("é".to_owned())));
    assert_eq!(text(object, "b", 1), Ok(None));
    assert_eq!(text(object, "z", 1), Ok(None));
    for name in ["c", "d", "e"] {
        assert_eq!(text(object, name, 1).unwrap_err().scope, name);
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in prop::collection::vec(any::<u8>(), 0..64)) {
        let parsed = parse(&text, 3);
        prop_assert_eq!(parsed.is_ok(), serde_json::from_slice::<Value>(&text).is_ok() && nesting(&text) <= 3);
    }
}
