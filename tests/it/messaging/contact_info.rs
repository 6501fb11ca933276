//! What a business is asked about a contact that begins a session, and what becomes of its answer.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::{Server, TO_THIS_MACHINE, eventually};

/// Stands for the status of an answer that never comes.
const NEVER: u16 = 0;

/// A business that answers as a test says, and remembers what it was asked.
struct Business {
    url: String,
    asked: Arc<std::sync::Mutex<Vec<(HeaderMap, Value)>>>,
}

#[derive(Clone)]
struct Answering {
    answer: (u16, Value),
    asked: Arc<std::sync::Mutex<Vec<(HeaderMap, Value)>>>,
}

impl Business {
    async fn answering(status: u16, answer: Value) -> Self {
        let asked = Arc::default();
        let state = Answering { answer: (status, answer), asked: Arc::clone(&asked) };
        let router = Router::new()
            .route("/hook", post(|| async {}))
            .route("/hook/contact/info", post(asked_about))
            .with_state(state);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, asked }
    }

    async fn was_asked(&self) -> (HeaderMap, Value) {
        eventually("a question", async || self.asked.lock().unwrap().first().cloned()).await
    }
}

async fn asked_about(
    State(state): State<Answering>,
    headers: HeaderMap,
    axum::Json(question): axum::Json<Value>,
) -> Response {
    state.asked.lock().unwrap().push((headers, question));
    let (status, answer) = state.answer;
    if status == NEVER {
        std::future::pending::<()>().await;
    }
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    (status, axum::Json(answer)).into_response()
}

/// The properties of the conversation of a customer who has begun to talk, once they are as `is_meant` says.
async fn properties(server: &Server, conversation: &str, is_meant: impl Fn(&Value) -> bool) -> Value {
    let engine = server.engine().await;
    eventually("properties", async || {
        let conversation = engine.get(&format!("/api/v1/conversations/{conversation}")).await.ok();
        let properties = conversation["properties"].clone();
        Some(properties).filter(&is_meant)
    })
    .await
}

#[tokio::test]
async fn the_business_is_asked_once_and_its_answer_is_shown() {
    let server = Server::with(&[TO_THIS_MACHINE]).await;
    let answer = json!({
        "email": "abc@xyz.com",
        "labels": [{"format": "MM/DD/YY", "key": "CUSTOMER_TYPE", "name": "Customer Type", "type": "TEXT",
            "value": "Platinum"}],
        "mobile": 919988776655_i64,
        "name": "John Doe",
        "profileId": "C34567",
    });
    let business = Business::answering(200, answer).await;
    let registered = server.messaging().send_to("config/webhook", &json!({"url": business.url})).await.one();
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    let (headers, question) = business.was_asked().await;
    assert_eq!(headers["x-verify-token"], registered["secret"]["verifyToken"].as_str().unwrap());
    let members: Vec<_> = question.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        ["businessProfile", "channelId", "contactId", "contactType", "csid", "lane", "profile"]
    );
    assert_eq!(question["contactId"], format!("diada_{}", engine.customer()));
    let shown = properties(&server, &conversation, |shown| shown["profile"]["full name"] == "John Doe").await;
    assert_eq!(
        shown["business profile"],
        json!({"email": "abc@xyz.com", "name": "John Doe", "phone": "919988776655", "profileId": "C34567"})
    );
    assert_eq!(shown["additional"]["labels"][0]["value"], "Platinum");
    engine.say(&conversation, "once more").await;
    // Whoever comes later is asked about later.
    let later = engine.establish("eve").await;
    engine.say(&later, "hello").await;
    properties(&server, &later, |shown| shown["profile"]["full name"] == "John Doe").await;
    let asked = business.asked.lock().unwrap();
    let asked: Vec<_> = asked.iter().map(|(_, question)| question["csid"].clone()).collect();
    assert_eq!(asked, ["ada", "eve"]);
}

#[tokio::test]
async fn the_business_is_asked_when_the_customer_first_speaks_whoever_spoke_before() {
    let server = Server::with(&[TO_THIS_MACHINE]).await;
    let business = Business::answering(200, json!({"name": "John Doe"})).await;
    let messaging = server.messaging();
    messaging.send_to("config/webhook", &json!({"url": business.url})).await.one();
    let (engine, portal) = (server.engine().await, server.portal().await);
    let hub = portal.hub("welcoming").await;
    let welcome = json!({"integrationType": "Customer", "start": [{"type": "text", "text": "Welcome"}]});
    portal.direct(&hub, "desk", json!({"integrationType": "Agent"})).await;
    let channel = portal.direct(&hub, "channel", welcome).await;
    let welcomed = engine.establish_at(&channel, "ada").await;
    engine.say(&welcomed, "hello").await;
    properties(&server, &welcomed, |shown| shown["profile"]["full name"] == "John Doe").await;

    let reached = json!({"channelId": format!("direct:{}", engine.customer()),
        "to": {"contactId": format!("dieve_{}", engine.customer())}, "type": "text", "text": {"body": "Hello"}});
    messaging.send_to("message/send", &reached).await.one();
    let written_to = engine.establish("eve").await;
    engine.say(&written_to, "who is it?").await;
    properties(&server, &written_to, |shown| shown["profile"]["full name"] == "John Doe").await;
    assert_eq!(business.asked.lock().unwrap().len(), 2, "each is asked about once, and when it speaks");
}

#[tokio::test]
async fn an_answer_that_is_not_what_it_must_be_changes_nothing_and_the_log_says_what_is_wrong() {
    for (status, answer, reason) in [
        (500, json!({"name": "Nobody"}), "status 500"),
        (200, json!({"name": "Nobody", "email": "none"}), "email must be an email address"),
        (200, json!({"labels": [{"key": "TIER"}]}), "labels[0].value is required"),
        (200, json!([]), "it is no JSON object"),
        (302, json!({"name": "Nobody"}), "status 302"),
        (200, json!({"name": "Nobody".repeat(100)}), "the answer did not arrive"),
        (NEVER, json!({"name": "Nobody"}), "no answer came in time"),
    ] {
        let server = Server::with(&[
            TO_THIS_MACHINE,
            ("SWITCHBOARD_MESSAGING__CONTACT_QUESTIONS_AT_ONCE", "1"),
            ("SWITCHBOARD_WEBHOOKS__TIMEOUT_SECONDS", "1"),
            ("SWITCHBOARD_WEBHOOKS__MAX_ANSWER_BYTES", "500"),
        ])
        .await;
        let business = Business::answering(status, answer.clone()).await;
        server.messaging().send_to("config/webhook", &json!({"url": business.url})).await.one();
        let engine = server.engine().await;
        let before = engine.establish("ada").await;
        let known = properties(&server, &before, |_| true).await;
        engine.say(&before, "hello").await;
        business.was_asked().await;
        // Another conversation is asked about when everything is done with what was answered about this one.
        let later = engine.establish("eve").await;
        engine.say(&later, "hello").await;
        eventually("both questions", async || (business.asked.lock().unwrap().len() == 2).then_some(()))
            .await;
        let told = |line: &str| line.contains(&before) && line.contains(reason);
        eventually("the reason", async || server.printed().lines().any(told).then_some(())).await;
        assert_eq!(properties(&server, &before, |_| true).await, known, "{answer}");
    }
}
