//! What a tenant and a request may take: at each limit, and one past it, refused in the format of the face. Limits of
//! one theme alone are tested with it.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Answer, Http, Messaging, Server, Session, Style, eventually, payload, within};

/// A connection on which requests are written by hand.
pub(crate) struct Wire(TcpStream);

impl Wire {
    pub(crate) async fn to(server: &Server) -> Self {
        Self(TcpStream::connect(server.address()).await.unwrap())
    }

    pub(crate) async fn send(&mut self, bytes: &str) {
        self.0.write_all(bytes.as_bytes()).await.unwrap();
    }

    /// The next answer, its body as long as its head says.
    pub(crate) async fn answer(&mut self, call: &str) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let byte = within("an answer", self.0.read_u8()).await;
            head.push(byte.unwrap_or_else(|error| panic!("{call}: {error} after {head:?}")));
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.split("\r\n").filter(|line| !line.is_empty());
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_lowercase(), value.to_owned())
        };
        let headers: Vec<_> = lines.map(header).collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
        within("a body", self.0.read_exact(&mut body)).await.unwrap();
        Answer::new(call.to_owned(), status, headers, String::from_utf8(body).unwrap())
    }

    async fn is_closed(&mut self) {
        assert_eq!(within("the end", self.0.read(&mut [0])).await.unwrap(), 0);
    }
}

/// A call of every face that takes a body, as its head without the blank line, and how it is refused; `oauth` is the
/// word for the refusal of a token.
async fn calls(server: &Server, oauth: &'static str) -> Vec<(String, Style)> {
    let (portal, engine, streaming) =
        (server.portal().await, server.engine().await, server.streaming().await);
    let (handoff, messaging) = (server.demo().handoff(), server.messaging());
    let conversation = engine.establish("ada").await;
    let head = |http: &Http, path: &str| {
        let head = http.with_header("content-type", "application/json").as_sent("POST", path);
        head.strip_suffix("\r\n").unwrap().to_owned()
    };
    let form = server.http().with_header("content-type", "application/x-www-form-urlencoded");
    let form = form.as_sent("POST", "/connect/token").strip_suffix("\r\n").unwrap().to_owned();
    let upload = handoff.with_header("content-type", "multipart/form-data; boundary=x");
    let upload =
        upload.as_sent("POST", "/mogambo_api/nodes/faq/create/").strip_suffix("\r\n").unwrap().to_owned();
    let said = format!("/inbound/customer/v1/direct/activity/{conversation}");
    vec![
        (head(&handoff, "/integration/external/v1.0/send_chat_to_agent/"), Style::Handoff),
        (head(&handoff, "/integration/external/v2.0/pxut"), Style::Handoff),
        // Uploads are told what is wrong as their caller is elsewhere.
        (upload, Style::Handoff),
        (head(&messaging, &Messaging::path("message/send")), Style::Messaging),
        (head(&portal, "/api/v1/hubs"), Style::Platform),
        (head(&engine, &said), Style::Platform),
        (head(&streaming, &streaming.path("session")), Style::Streaming),
        (head(&streaming, &streaming.path("publish")), Style::Streaming),
        (form, Style::OAuth(oauth)),
    ]
}

#[tokio::test]
async fn a_body_that_does_not_come_is_408_on_every_face() {
    let timeouts =
        [("SWITCHBOARD_HTTP__BODY_TIMEOUT_SECONDS", "1"), ("SWITCHBOARD_HTTP__UPLOAD_TIMEOUT_SECONDS", "1")];
    let server = Server::with(&timeouts).await;
    for (head, style) in calls(&server, "invalid_request").await {
        let mut wire = Wire::to(&server).await;
        wire.send(&format!("{head}content-length: 10\r\n\r\n{{")).await;
        style.refused(&wire.answer(&head).await, 408);
    }
    server.engine().await.establish("the server goes on").await;
}

#[tokio::test]
async fn requests_on_open_connections_are_503_on_every_face_while_the_server_stops() {
    // Of the window a tenth, in which open connections are still listened to.
    let server = Server::with(&[("SWITCHBOARD_SERVER__DRAIN_SECONDS", "3000")]).await;
    let calls = calls(&server, "temporarily_unavailable").await;
    let mut wires = Vec::new();
    for _ in 0..=calls.len() {
        let mut wire = Wire::to(&server).await;
        wire.send("GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n").await;
        assert_eq!(wire.answer("GET /healthz").await.has_status(200).text, "ok");
        wires.push(wire);
    }
    let mut healthy = wires.pop().unwrap();
    server.terminate();
    eventually("the drain", async || server.printed().contains("draining open=").then_some(())).await;
    for ((head, style), mut wire) in calls.into_iter().zip(wires) {
        wire.send(&format!("{head}content-length: 2\r\n\r\n{{}}")).await;
        let answer = wire.answer(&head).await;
        style.refused(&answer, 503);
        assert_eq!(answer.header("retry-after"), Some("3000"), "{answer}");
        assert_eq!(answer.header("connection"), Some("close"), "{answer}");
        wire.is_closed().await;
    }
    healthy.send("GET /readyz HTTP/1.1\r\nhost: test\r\n\r\n").await;
    let answer = healthy.answer("GET /readyz").await;
    assert_eq!((answer.status, answer.text.as_str()), (503, "draining"));
    healthy.is_closed().await;
}

#[tokio::test]
async fn a_request_head_may_be_as_large_as_the_limit_and_no_larger() {
    const MOST: usize = 8192;
    let server = Server::with(&[("SWITCHBOARD_HTTP__MAX_HEADER_BYTES", "8192")]).await;
    for (bytes, status) in [(MOST, 200), (MOST + 1, 431)] {
        let (begin, end) = ("GET /healthz HTTP/1.1\r\nhost: test\r\nx: ", "\r\n\r\n");
        let head = format!("{begin}{}{end}", "x".repeat(bytes - begin.len() - end.len()));
        let mut wire = Wire::to(&server).await;
        wire.send(&head).await;
        assert_eq!(wire.answer("GET /healthz").await.status, status, "{bytes} bytes");
    }
}

/// An object that is so many levels deep, with other members beside the deep one.
fn nested(levels: usize, mut members: Value) -> Value {
    let deep = (1..levels - 1).fold(json!({}), |inner, _| json!({"a": inner}));
    members["extra"] = deep;
    members
}

#[tokio::test]
async fn bodies_may_be_nested_as_deep_as_the_limit_and_no_deeper() {
    const MOST: usize = 8;
    let server = Server::with(&[("SWITCHBOARD_LIMITS__JSON_DEPTH", "8")]).await;
    let (portal, engine, streaming) =
        (server.portal().await, server.engine().await, server.streaming().await);
    let conversation = engine.establish("ada").await;
    let said = format!("/inbound/customer/v1/direct/activity/{conversation}");
    let payload = payload("order", json!({"number": 7}));
    for (http, path, body, style) in [
        (
            &*portal,
            "/api/v1/hubs".to_owned(),
            json!({"name": "a hub", "description": "deep"}),
            Style::Platform,
        ),
        (&*engine, said, payload, Style::Platform),
        (&*streaming, streaming.path("session"), json!({"userId": "u"}), Style::Streaming),
        (
            &*streaming,
            streaming.path("publish"),
            json!({"events": [crate::harness::idle("u", 1)]}),
            Style::Streaming,
        ),
    ] {
        style.refused(&http.post(&path, &nested(MOST + 1, body.clone())).await, 400);
        http.post(&path, &nested(MOST, body)).await.has_status(200);
    }
}

fn filter() -> Value {
    json!({"catalogType": "engagementCenterThirdParty", "catalogTypeEvents": ["Idle"],
        "resources": {"resourceType": "users", "resourceIds": ["ada"]}})
}

async fn refused_for_all(session: &Session) {
    let refused = session.try_subscribe(&json!({"filterCriteria": filter()})).await;
    let body = refused.streaming_refused(429);
    let error = &body["errors"][0];
    assert_eq!(
        (&error["scope"], &error["reason"]),
        (&json!("organization"), &json!("subscriptionLimitExceeded"))
    );
    assert_eq!(refused.header("retry-after"), Some("60"), "{refused}");
}

#[tokio::test]
async fn the_sessions_of_a_tenant_have_so_many_subscriptions_together() {
    let server = Server::with(&[("SWITCHBOARD_LIMITS__SUBSCRIPTIONS_PER_TENANT", "3")]).await;
    let streaming = server.streaming().await;
    let (first, second) = (streaming.durable_session("u").await, streaming.session("v").await);
    let one = first.subscribe(filter()).await;
    let body = json!({"filterCriteria": filter()});
    first.put_subscription("named", &body).await.has_status(201);
    second.subscribe(filter()).await;
    refused_for_all(&first).await;
    refused_for_all(&second).await;
    // One in the place of another needs no room.
    first.put_subscription("named", &body).await.has_status(200);
    first.unsubscribe(&one).await.has_status(204);
    second.subscribe(filter()).await;
    refused_for_all(&first).await;
    // What a session has goes with it.
    first.end().await;
    second.subscribe(filter()).await;
    refused_for_all(&second).await;
    let other = server.another_tenant("acme").await.streaming().await.session("u").await;
    other.subscribe(filter()).await;
}
