//! Calls over a real connection to a server that tells what it was asked, or gives answers of any size.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::routing::{any, get};
use serde_json::json;
use tokio::net::TcpListener;

use super::*;

/// An API that tells what it was asked at `/echo`, and has an answer of so many bytes at `/bytes/{count}`.
async fn api() -> Address {
    let router = Router::new()
        .route("/v1/echo", any(echo))
        .route(
            "/v1/bytes/{count}",
            get(async |Path(count): Path<usize>| format!("\"{}\"", "x".repeat(count - 2))),
        )
        .route("/v1/page", get(async || (StatusCode::BAD_GATEWAY, "<html>").into_response()))
        .route(
            "/v1/moved",
            get(async || (StatusCode::FOUND, [("location", "/v1/echo")], "{}").into_response()),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Address::new(Arc::default(), &base)
}

async fn echo(headers: HeaderMap, request: Request) -> axum::Json<Value> {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(Body::new(body), 4096).await.unwrap();
    axum::Json(
        json!({"call": format!("{} {}", parts.method, parts.uri), "authorization": header("authorization"),
        "accept": header("accept"), "type": header("content-type"), "body": String::from_utf8_lossy(&body)}),
    )
}

#[tokio::test]
async fn a_call_says_who_calls_and_what_it_asks() {
    let api = api().await;
    let asked = api.get("/echo?a=b", Authorization::Basic("AC1", "p:w")).await.unwrap().body;
    assert_eq!(asked["call"], "GET /v1/echo?a=b");
    assert_eq!(asked["authorization"], "Basic QUMxOnA6dw==");
    assert_eq!((&asked["accept"], &asked["body"]), (&json!("application/json"), &json!("")));
    let form = [("code", "a b&c"), ("client_id", "1")];
    let asked = api.post("/echo", Authorization::Bearer("xoxb"), &form).await.unwrap().body;
    assert_eq!(asked["call"], "POST /v1/echo");
    assert_eq!(asked["authorization"], "Bearer xoxb");
    assert_eq!(asked["type"], "application/x-www-form-urlencoded");
    assert_eq!(asked["body"], "code=a+b%26c&client_id=1");
    let asked = api.get("/echo", Authorization::None).await.unwrap().body;
    assert_eq!(asked["authorization"], Value::Null);
}

#[tokio::test]
async fn an_answer_may_be_as_large_as_the_limit_and_no_larger() {
    let api = api().await;
    let largest = api.get(&format!("/bytes/{MAX_ANSWER}"), Authorization::None).await.unwrap();
    assert_eq!(largest.text("").map(str::len), Some(MAX_ANSWER - 2));
    let path = format!("/bytes/{}", MAX_ANSWER + 1);
    let larger = api.get(&path, Authorization::None).await;
    assert!(matches!(larger, Err(CallError::Answer(_))));
    let patient = api.with_answers_up_to(MAX_ANSWER + 1);
    let larger = patient.get(&path, Authorization::None).await.unwrap();
    assert_eq!(larger.text("").map(str::len), Some(MAX_ANSWER - 1));
}

#[tokio::test]
async fn what_is_no_json_is_told_with_its_status_and_a_redirection_is_not_followed() {
    let api = api().await;
    let page = api.get("/page", Authorization::None).await;
    assert!(matches!(page, Err(CallError::NotJson { status: StatusCode::BAD_GATEWAY })));
    let moved = api.get("/moved", Authorization::None).await.unwrap();
    assert_eq!((moved.status, moved.body), (StatusCode::FOUND, json!({})));
}

#[tokio::test]
async fn a_header_cannot_be_smuggled_in() {
    let smuggled = api().await.get("/echo", Authorization::Bearer("a\r\nx-more: b")).await;
    assert!(matches!(smuggled, Err(CallError::Address(_))));
}

#[tokio::test]
async fn any_other_call_carries_json_or_nothing_and_its_answer_may_be_anything() {
    let api = api().await;
    let content = Content::Json("{\"a\":1}");
    let put = api.send(Method::PUT, "/echo", Authorization::None, content).await.unwrap().json().unwrap();
    assert_eq!((&put.body["call"], &put.body["type"]), (&json!("PUT /v1/echo"), &json!("application/json")));
    assert_eq!(put.body["body"], "{\"a\":1}");
    let bare =
        api.send(Method::DELETE, "/echo", Authorization::None, Content::None).await.unwrap().json().unwrap();
    assert_eq!((&bare.body["call"], &bare.body["type"]), (&json!("DELETE /v1/echo"), &Value::Null));
    let page = api.send(Method::GET, "/page", Authorization::None, Content::None).await.unwrap();
    assert_eq!((page.status, page.bytes.as_ref()), (StatusCode::BAD_GATEWAY, b"<html>".as_slice()));
}

#[test]
fn a_segment_stays_one() {
    assert_eq!(segment("Ada L+"), "Ada%20L%2B");
    assert_eq!(segment("PN6674"), "PN6674");
    assert_eq!(segment("a/b?c#d%"), "a%2Fb%3Fc%23d%25");
}
