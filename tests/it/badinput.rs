//! What no endpoint may stumble over: the documented status in the face's own format, and the server goes on.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Http, Messaging, Server, Style, Tenant, within};

/// An endpoint that takes a JSON body.
struct Endpoint {
    http: Http,
    method: &'static str,
    path: String,
    style: Style,
}

async fn endpoints(tenant: &Tenant) -> Vec<Endpoint> {
    let (portal, engine) = (tenant.portal().await, tenant.engine().await);
    let streaming = tenant.streaming().await;
    let session = streaming.durable_session("u").await;
    let conversation = engine.establish("bad input").await;
    let (hub, agent) = (tenant.hub(), tenant.integration("agent"));
    let client = tenant.get("/clients/engine/client_id");
    let (user, team) = (tenant.user(), tenant.get("/team/teamId"));
    let platform =
        |http: &Http, method, path| Endpoint { http: http.clone(), method, path, style: Style::Platform };
    let stream =
        |http: &Http, method, path| Endpoint { http: http.clone(), method, path, style: Style::Streaming };
    let messaging = tenant.messaging();
    let message = |method, call: &str| Endpoint {
        http: Http::clone(&messaging),
        method,
        path: Messaging::path(call),
        style: Style::Messaging,
    };
    vec![
        message("POST", "config/global/vars"),
        message("PUT", "config/global/vars/019e0a2c-3f7b-7a61-9d2e-5b6f0c1d2e3f"),
        message("POST", "config/tmpl/hsm"),
        message("PUT", "config/tmpl/hsm/019e0a2c-3f7b-7a61-9d2e-5b6f0c1d2e3f"),
        message("POST", "config/webhook"),
        message("POST", "contact/prefs/lang"),
        message("POST", "data/push"),
        message("POST", "event/push"),
        message("POST", "session/close"),
        message("POST", "session/messages"),
        message("POST", "session/resolve"),
        message("POST", "session/routing"),
        platform(&portal, "POST", "/api/v1/hubs".to_owned()),
        platform(&portal, "PUT", format!("/api/v1/hubs/{hub}")),
        platform(&portal, "POST", format!("/api/v1/integrations/hubs/{hub}")),
        platform(&portal, "POST", format!("/api/v1/integrations/hubs/{agent}")),
        platform(&portal, "POST", format!("/api/v1/tenants/clients/{client}/tokens")),
        platform(&portal, "POST", format!("/api/v1/commands/transfers/{hub}")),
        platform(&portal, "POST", format!("/api/v1/commands/responses/{hub}")),
        platform(&portal, "POST", "/api/v1/users".to_owned()),
        platform(&portal, "PUT", format!("/api/v1/users/{user}")),
        platform(&portal, "POST", "/api/v1/teams".to_owned()),
        platform(&portal, "PUT", format!("/api/v1/teams/{team}")),
        platform(&engine, "POST", "/api/v1/conversations/establish".to_owned()),
        platform(&engine, "POST", format!("/inbound/customer/v1/direct/activity/{conversation}")),
        platform(&engine, "POST", format!("/inbound/customer/v1/web-chat/{conversation}")),
        platform(&engine, "POST", format!("/inbound/business/v1/direct/activity/{conversation}")),
        stream(&streaming, "POST", streaming.path("session")),
        stream(&streaming, "POST", streaming.path("publish")),
        stream(&session, "POST", streaming.path("acknowledge")),
        stream(&session, "POST", session.subscriptions()),
        stream(&session, "PUT", session.subscription("mine")),
    ]
}

#[tokio::test]
async fn bodies_that_are_no_json_object_are_400_everywhere() {
    let server = Server::start().await;
    let deep = format!("{}1{}", "{\"a\":".repeat(5000), "}".repeat(5000));
    let lists = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bodies: Vec<Vec<u8>> = [
        "{",
        "}",
        "[1",
        "{\"a\":}",
        "{'a':1}",
        "{\"a\":1,}",
        "\"text\"",
        "17",
        "true",
        "[]",
        "NaN",
        "\u{feff}{}",
        "{\"a\":1}{\"b\":2}",
        "{\"a\":1e999999}",
        "{\"a\":\"\\ud800\"}",
        "\0",
        &deep,
        &lists,
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .chain([b"{\"name\":\"\xff\xfe\"}".to_vec(), vec![0x1f, 0x8b, 8, 0]])
    .collect();
    for endpoint in endpoints(server.demo()).await {
        for body in &bodies {
            let Endpoint { http, method, path, style } = &endpoint;
            let answer = http.send(method, path, Some("application/json"), body.clone()).await;
            style.refused(&answer, 400);
        }
    }
    server.engine().await.establish("the server goes on").await;
}

#[tokio::test]
async fn oversized_bodies_are_413_everywhere() {
    let server = Server::with(&[
        ("SWITCHBOARD_HTTP__MAX_BODY_BYTES", "20000"),
        ("SWITCHBOARD_HTTP__MAX_PUBLISH_BYTES", "40000"),
    ])
    .await;
    let body = json!({"name": "x".repeat(50_000)}).to_string();
    for Endpoint { http, method, path, style } in endpoints(server.demo()).await {
        let answer = http.send(method, &path, Some("application/json"), body.clone()).await;
        style.refused(&answer, 413);
    }
    let form = format!("{}&x={}", server.demo().form("engine"), "x".repeat(50_000));
    for path in ["/connect/token", "/tokenservice/oauth2/access_token"] {
        let answer = server.http().post_form(path, &form).await;
        Style::OAuth("invalid_request").refused(&answer, 413);
    }
    server.engine().await.establish("the server goes on").await;
}

#[tokio::test]
async fn another_content_type_is_415_everywhere() {
    let server = Server::start().await;
    for Endpoint { http, method, path, style } in endpoints(server.demo()).await {
        for content_type in ["text/plain", "application/xml", "application/x-www-form-urlencoded"] {
            let answer = http.send(method, &path, Some(content_type), "{\"a\":1}").await;
            style.refused(&answer, 415);
        }
        let good = http.send(method, &path, Some("Application/JSON; charset=utf-8"), "{\"a\":1}").await;
        assert_ne!(good.status, 415, "{good}");
    }
    let json = server.http().post("/connect/token", &json!({"grant_type": "client_credentials"})).await;
    Style::OAuth("invalid_request").refused(&json, 400);
}

#[tokio::test]
async fn wrong_methods_are_405_everywhere() {
    let server = Server::start().await;
    for Endpoint { http, path, style, .. } in endpoints(server.demo()).await {
        for method in ["PATCH", "TRACE"] {
            let answer = http.send(method, &path, None, "").await;
            style.refused(&answer, 405);
        }
    }
    for path in ["/connect/token", "/events/v1/ticket", "/engine-chat-hub/negotiate"] {
        server.engine().await.send("PUT", path, None, "").await.has_status(405);
    }
}

#[tokio::test]
async fn wrong_types_of_every_property_are_refused() {
    let server = Server::start().await;
    let bodies = [
        json!({"name": {}, "description": {}, "closeDormantConversation": {}, "statusId": {}}),
        json!({"channelId": [], "name": [], "statusId": [], "configuration": []}),
        json!({"integrationId": [], "binding": [], "channelType": [], "properties": 5}),
        json!({"type": {}, "message": [], "sender": [], "externalId": {}}),
        json!({"type": "event", "event": 5}),
        json!({"inactivityDelay": {}, "requireAcknowledgement": {}, "userId": {}}),
        json!({"userId": {}, "email": {}, "skills": {}, "state": {}}),
        json!({"teamId": [], "members": "everybody"}),
        json!({"events": {}}),
        json!({"events": [5, "x", null, []]}),
    ];
    for Endpoint { http, method, path, style } in endpoints(server.demo()).await {
        for body in &bodies {
            let answer = http.send(method, &path, Some("application/json"), body.to_string()).await;
            let of_another = answer.status == 200 && !names_a_property_of(&path, body);
            if !of_another {
                style.refused(&answer, 400);
            }
        }
    }
}

/// Whether the endpoint knows a property of the body; where all can be left out, unknown ones say nothing.
fn names_a_property_of(path: &str, body: &Value) -> bool {
    let known: &[&str] = match path {
        path if path.ends_with("session") => &["inactivityDelay", "requireAcknowledgement", "userId"],
        path if path.contains("integrations/hubs") => &["name", "statusId", "configuration"],
        path if path.contains("/hubs/") => &["name", "description", "closeDormantConversation", "statusId"],
        path if path.contains("/users/") => &["userId", "name", "email", "skills", "state"],
        path if path.contains("/teams/") => &["teamId", "name", "members"],
        _ => return true,
    };
    known.iter().any(|name| body.get(*name).is_some())
}

#[tokio::test]
async fn strange_texts_travel_unharmed() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let mut agent = engine.listen_at(&engine.agent()).await;
    let texts = [
        "\"isEcho\":false",
        "\u{0}\u{1f}\u{7f}",
        "'; DROP TABLE activities; --",
        "🦀 e\u{301} \u{202e}rtl",
        "\u{1e}",
        "line\nbreak\r\n",
        "\\u0000 \\\" </script>",
        "\u{2028}\u{feff}",
    ];
    for (number, words) in texts.iter().enumerate() {
        let conversation = engine.establish(words).await;
        engine.say(&conversation, words).await;
        assert_eq!(agent.texts(1).await, [*words], "text {number} live");
        let history = engine.history(&conversation, "type=customer").await;
        assert_eq!(history[0]["message"]["text"], *words, "text {number} kept");
        let mut hub = engine.signalr(&format!("iId={}&cId={conversation}&since=0", engine.agent())).await;
        assert_eq!(hub.next_activity().await["message"]["text"], *words, "text {number} by SignalR");
    }
}

#[tokio::test]
async fn strange_addresses_are_refused_quietly() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    for path in [
        "/",
        "//",
        "/%00",
        "/api/v1/hubs/%ff",
        "/api/v1/hubs/../../etc/passwd",
        "/api/v1/hubs/%2e%2e",
        "/api/v1/conversations/%F0%9F%A6%80",
        "/via/v3/organizations/%ff/streaming/events",
        "/api/v1/hubs/a%2Fb",
        "/api/v1/users/%ff",
        "/api/v1/users/a%2Fb",
        "/api/v1/teams/%2e%2e",
        "/api/v1/teams/*",
        "/api/v1/integrations/hubs/x/y/z",
        "/.well-known/nothing",
        "/xms/api/v1/nothing",
        "/xms/api/v1/config/global/vars/%ff",
        "/xms/api/v1/config/tmpl/hsm/a%2Fb",
        "/via/v9/x",
    ] {
        for http in [&*engine, &*portal] {
            let answer = http.get(path).await;
            assert!((400..500).contains(&answer.status), "{answer}");
        }
    }
    portal.get("/api/v1/hubs?pageSize=%ff").await.platform_errors(400);
    portal.get("/api/v1/hubs?%ff=%00&=&&&pageSize=1").await.ok();
}

/// What the server says to raw bytes, until it hangs up or has said something.
async fn say_raw(server: &Server, bytes: &[u8]) -> String {
    let address = server.demo().base().strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _hung_up_midway = stream.write_all(bytes).await;
    let _hung_up = stream.shutdown().await;
    let mut answer = Vec::new();
    let _reset = within("an end", stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn what_is_no_http_ends_its_own_connection_only() {
    let server = Server::start().await;
    let huge = format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(100_000));
    let refused = say_raw(&server, huge.as_bytes()).await;
    assert!(refused.is_empty() || refused.starts_with("HTTP/1.1 4"), "{refused}");
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /connect/token HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n",
        b"POST /connect/token HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nshort",
        b"POST /connect/token HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let answer = say_raw(&server, garbage).await;
        assert!(!answer.starts_with("HTTP/1.1 2") && !answer.starts_with("HTTP/1.1 5"), "{answer}");
    }
    server.http().get("/healthz").await.has_status(200);
}

#[tokio::test]
async fn headers_that_are_no_tokens_are_401() {
    let server = Server::start().await;
    for value in
        ["Bearer", "Bearer ", "Bearer a b c", "Basic YTpi", "bearer x", "Token x", "", "Bearer \u{e9}"]
    {
        let http = server.http().with_header("authorization", value);
        http.get("/api/v1/hubs").await.refused(401, "PRT000102");
        http.post("/events/v1/ticket", &json!({})).await.refused(401, "ENG000102");
        http.get("/via/v3/organizations/demo/streaming/events").await.has_status(401);
    }
    let path = format!("/api/v1/conversations/hubs/{}/established", server.demo().hub());
    let token = server.demo().token("engine").await;
    server.http().with_header("authorization", &format!("bEARER {token}")).get(&path).await.ok();
}
