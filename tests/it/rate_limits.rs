//! How often one client, and all that share one API key, may call each family: up to the limit, and not once more
//! before the time that they are told.

use std::time::Instant;

use serde_json::json;

use crate::harness::{Answer, Server, Streaming};

const BURST: u64 = 5;

/// A server on which one of the tables under `rate_limits` lets so many calls through at once, and one a second
/// later.
async fn server_with(table: &str) -> Server {
    let name = format!("SWITCHBOARD_RATE_LIMITS__{table}__");
    let (rate, burst) = (format!("{name}PER_SECOND"), format!("{name}BURST"));
    Server::with(&[(&rate, "1"), (&burst, &BURST.to_string())]).await
}

/// Calls until a call is refused; the refusal. `before` calls were counted since `since`. The limit is exact in both
/// directions: the burst is let through, and beyond it only what the time that has passed allows.
async fn used_up(since: Instant, before: u64, mut call: impl AsyncFnMut() -> Answer) -> Answer {
    let mut calls = before;
    let refused = loop {
        let answer = call().await;
        if answer.status == 429 {
            break answer;
        }
        answer.has_status(200);
        calls += 1;
    };
    let allowed = BURST..=BURST + since.elapsed().as_secs();
    assert!(allowed.contains(&calls), "{calls} calls of {allowed:?}");
    let wait: u64 = refused.header("retry-after").unwrap_or_else(|| panic!("{refused}")).parse().unwrap();
    assert_eq!(wait, 1, "{refused}");
    refused
}

/// A call that the streaming face counts.
async fn open_session(streaming: &Streaming) -> Answer {
    streaming.create(&json!({"userId": "u"})).await
}

#[tokio::test]
async fn identity_refuses_a_client_that_asks_too_often_in_the_platforms_format() {
    let server = server_with("IDENTITY").await;
    let (http, form) = (server.http(), server.demo().form("engine"));
    let refused = used_up(Instant::now(), 0, async || http.post_form("/connect/token", &form).await).await;
    refused.oauth_refused(429, "temporarily_unavailable");
}

#[tokio::test]
async fn the_portal_refuses_in_the_platforms_format() {
    let server = server_with("PORTAL").await;
    let portal = server.portal().await;
    let refused = used_up(Instant::now(), 0, async || portal.get("/api/v1/hubs").await).await;
    refused.platform_errors(429);
    server.engine().await.establish("other families are served").await;
}

#[tokio::test]
async fn the_engine_and_its_sockets_share_a_limit_and_refuse_in_the_platforms_format() {
    let server = server_with("ENGINE").await;
    let engine = server.engine().await;
    let since = Instant::now();
    engine.listen_at(&engine.agent()).await;
    let body = json!({"integrationId": engine.customer(), "binding": "ada", "channelType": "Direct"});
    let refused =
        used_up(since, 1, async || engine.post("/api/v1/conversations/establish", &body).await).await;
    refused.platform_errors(429);
}

#[tokio::test]
async fn the_hand_off_face_refuses_in_its_own_format() {
    let server = server_with("HANDOFF").await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    let handoff = server.demo().handoff();
    let business = server.demo().get("/hub/businessId");
    let query = format!("user_name=ada&business_id={business}&conversation_no=1");
    let path = format!("/integration/external/v2.0/get_chat_history?{query}");
    let refused = used_up(Instant::now(), 0, async || handoff.get(&path).await).await;
    assert_eq!(refused.json()["error_message"], "Too many requests");
    server.portal().await.get("/api/v1/hubs").await.ok();
}

#[tokio::test]
async fn streaming_refuses_a_client_in_its_own_format() {
    let server = server_with("STREAMING").await;
    let streaming = server.streaming().await;
    let refused = used_up(Instant::now(), 0, async || open_session(&streaming).await).await;
    refused.streaming_refused(429);
}

#[tokio::test]
async fn whoever_calls_with_one_api_key_shares_its_limit_and_other_keys_have_theirs() {
    let server = server_with("API_KEYS__STREAMING").await;
    let other = server.another_tenant("other").await;
    // Each with a token of its own.
    let (one, another) = (server.streaming().await, server.streaming().await);
    let since = Instant::now();
    open_session(&one).await.has_status(200);
    let refused = used_up(since, 1, async || open_session(&another).await).await;
    refused.streaming_refused(429);
    open_session(&other.streaming().await).await.has_status(200);
}

#[tokio::test]
async fn frames_on_a_session_websocket_count_for_the_client_and_for_the_api_key() {
    for table in ["STREAMING", "API_KEYS__STREAMING"] {
        let server = server_with(table).await;
        let since = Instant::now();
        // The calls that open the session and the socket are counted too.
        let mut socket = server.streaming().await.session("u").await.websocket().await;
        let mut calls = 2;
        let refused = loop {
            socket.send(json!({"control": "acknowledge"})).await;
            let answer = socket.control("error").await;
            if answer["code"] == 429 {
                break answer;
            }
            assert_eq!(answer["code"], 400, "{answer:#}");
            calls += 1;
            let allowed = BURST + since.elapsed().as_secs();
            assert!(calls <= allowed, "{calls} calls of {allowed} by the limit of {table}");
        };
        assert_eq!(refused["errors"][0]["reason"], "rateLimitExceeded", "{refused:#}");
        assert!(calls >= BURST, "{calls} calls by the limit of {table}");
    }
}

#[tokio::test]
async fn a_key_that_opens_nothing_uses_up_nothing() {
    let server = server_with("API_KEYS__STREAMING").await;
    let other = server.another_tenant("other").await;
    let streaming = server.streaming().await;
    let theirs = streaming.with_header("x-api-key", &other.get("/clients/streaming/api_key"));
    for _ in 0..=BURST {
        let refused = theirs.post(&streaming.path("session"), &json!({})).await;
        assert_eq!((refused.status, refused.text.as_str()), (401, ""));
    }
    open_session(&other.streaming().await).await.has_status(200);
}
