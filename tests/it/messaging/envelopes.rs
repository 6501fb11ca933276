//! Who may call, and how every answer and refusal is wrapped.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::harness::{COMPACT, FULL, Messaging, Server, eventually};
use crate::limits::Wire;

const CHANNELS: &str = "/xms/api/v1/config/channels";

/// Every documented call that is answered here, and those that write what is listed.
const CALLS: [(&str, &str); 22] = [
    ("GET", "config/channels"),
    ("GET", "config/global/vars"),
    ("POST", "config/global/vars"),
    ("PUT", "config/global/vars/1"),
    ("DELETE", "config/global/vars/1"),
    ("GET", "config/tmpl/hsm"),
    ("POST", "config/tmpl/hsm"),
    ("PUT", "config/tmpl/hsm/1"),
    ("DELETE", "config/tmpl/hsm/1"),
    ("POST", "config/webhook"),
    ("DELETE", "config/webhook"),
    ("GET", "config/webhook/deliveries"),
    ("POST", "config/webhook/deliveries/replay"),
    ("POST", "config/webhook/deliveries/1/replay"),
    ("POST", "contact/prefs/lang"),
    ("POST", "data/push"),
    ("POST", "event/push"),
    ("POST", "message/send"),
    ("POST", "session/close"),
    ("POST", "session/messages"),
    ("POST", "session/resolve"),
    ("POST", "session/routing"),
];

#[tokio::test]
async fn every_call_asks_for_a_key_of_a_messaging_client_and_for_no_other_s_id() {
    let server = Server::start().await;
    let other = server.another_tenant("Other").await;
    let (good, demo) = (server.messaging(), server.demo());
    let of = |client: &str| {
        let secret = demo.get(&format!("/clients/{client}/client_secret"));
        server.http().with_header("x-api-key", &secret)
    };
    let with_id =
        |client: &str| of(client).with_header("x-api-id", &demo.get(&format!("/clients/{client}/client_id")));
    let streaming_key = server.http().with_header("x-api-key", &demo.get("/clients/streaming/api_key"));
    let strangers_key = good.with_header("x-api-key", &other.get("/clients/messaging/api_key"));
    for (method, call) in CALLS {
        let path = Messaging::path(call);
        for (who, client, status, key) in [
            ("nobody", server.http(), 401, "UNAUTHORIZED"),
            ("no key", good.without_header("x-api-key"), 401, "UNAUTHORIZED"),
            ("an empty id", good.with_header("x-api-id", ""), 401, "UNAUTHORIZED"),
            ("a wrong key alone", server.http().with_header("x-api-key", "wrong"), 401, "UNAUTHORIZED"),
            ("an empty key alone", server.http().with_header("x-api-key", ""), 401, "UNAUTHORIZED"),
            ("the key of streams alone", streaming_key.clone(), 401, "UNAUTHORIZED"),
            ("a wrong key", good.with_header("x-api-key", "wrong"), 401, "UNAUTHORIZED"),
            ("an unknown id", good.with_header("x-api-id", "messaging.nobody"), 401, "UNAUTHORIZED"),
            ("another tenant's key", strangers_key.clone(), 401, "UNAUTHORIZED"),
            ("a portal client", with_id("portal"), 403, "FORBIDDEN"),
            ("an engine client", with_id("engine"), 403, "FORBIDDEN"),
            ("a streaming client", with_id("streaming"), 403, "FORBIDDEN"),
            ("the secret of an engine client alone", of("engine"), 403, "FORBIDDEN"),
            ("a token", server.http().with_token("x"), 401, "UNAUTHORIZED"),
        ] {
            let answer = client.send(method, &path, None, "").await;
            assert_eq!(answer.field_faults(status), [], "{who} {method} {call}");
            let body = answer.json();
            assert_eq!((&body["statusKey"], &body["error"]), (&json!(key), &json!(key)), "{who}");
            assert_eq!(body["path"], path);
        }
    }
}

#[tokio::test]
async fn a_key_alone_opens_what_it_opens_beside_its_id() {
    let mut server = Server::start().await;
    let other = server.another_tenant("Other").await;
    let vars = "config/global/vars";
    for (name, messaging) in [("ours", server.messaging()), ("theirs", other.messaging())] {
        let by_key = messaging.without_header("x-api-id");
        let made = by_key.post(&Messaging::path(vars), &json!({"key": name, "value": "x"})).await.one();
        assert_eq!(messaging.results(vars).await, [made], "{name}");
    }
    server.crash().await;
    let listed = server.messaging().without_header("x-api-id").get(&Messaging::path(vars)).await.enveloped();
    assert_eq!(listed[0]["key"], "ours", "through a crash");
    let log = server.portal().await.get("/api/v1/audit?kind=variable").await.ok();
    assert_eq!(
        log["results"][0]["by"]["clientId"],
        server.demo().get("/clients/messaging/api_id"),
        "{log:#}"
    );
}

#[tokio::test]
async fn a_key_opens_nothing_once_it_has_expired_or_was_deleted() {
    let server = Server::start().await;
    let (messaging, portal) = (server.messaging(), server.portal().await);
    let client = server.demo().get("/clients/messaging/api_id");
    let path = format!("/api/v1/tenants/clients/{client}/tokens");
    let soon = Timestamp::now() + SignedDuration::from_secs(5);
    let soon = format!("{:.3}", soon.to_zoned(TimeZone::UTC).datetime());
    let expiring = portal.post(&path, &json!({"name": "expiring", "expiration": soon})).await.ok();
    let deleted = portal.post(&path, &json!({"name": "deleted"})).await.ok();
    let with = |made: &Value| {
        let beside = messaging.with_header("x-api-key", made["token"].as_str().unwrap());
        [beside.without_header("x-api-id"), beside]
    };
    for http in [with(&expiring), with(&deleted)].iter().flatten() {
        http.get(CHANNELS).await.enveloped();
    }
    portal.delete(&format!("{path}/{}", deleted["id"])).await.has_status(200);
    for http in with(&deleted) {
        assert_eq!(http.get(CHANNELS).await.field_faults(401), []);
    }
    for http in with(&expiring) {
        let refused = eventually("the end of the key", async || {
            Some(http.get(CHANNELS).await).filter(|answer| answer.status != 200)
        });
        assert_eq!(refused.await.field_faults(401), []);
    }
    messaging.get(CHANNELS).await.enveloped();
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_allowed_is_told_in_the_envelope() {
    let server = Server::start().await;
    let messaging = server.messaging();
    for (method, path, status, key) in [
        ("GET", "/xms", 404, "NOT_FOUND"),
        ("GET", "/xms/", 404, "NOT_FOUND"),
        ("GET", "/xms/api/v1/nothing", 404, "NOT_FOUND"),
        ("POST", "/xms/api/v2/config/channels", 404, "NOT_FOUND"),
        ("DELETE", CHANNELS, 405, "METHOD_NOT_ALLOWED"),
    ] {
        let answer = messaging.send(method, path, None, "").await;
        assert_eq!(answer.field_faults(status), [], "{method} {path}");
        assert_eq!(answer.json()["statusKey"], key);
        assert_eq!(answer.header("allow").is_some(), status == 405, "{answer}");
    }
}

#[tokio::test]
async fn the_compact_form_has_its_members_and_no_more() {
    let server = Server::start().await;
    let body = server.messaging().get(CHANNELS).await.ok();
    let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members.len(), COMPACT.len(), "{members:?}");
    assert!(FULL.iter().all(|name| body.get(*name).is_none()), "{body}");
    assert_eq!(body["meta"], json!({}));
    assert_ne!(body["results"], Value::Null);
}

#[tokio::test]
async fn who_calls_too_often_is_told_when_to_come_back() {
    for variable in ["SWITCHBOARD_RATE_LIMITS__MESSAGING", "SWITCHBOARD_RATE_LIMITS__API_KEYS__MESSAGING"] {
        let (per_second, burst) = (format!("{variable}__PER_SECOND"), format!("{variable}__BURST"));
        let server = Server::with(&[(&per_second, "1"), (&burst, "1")]).await;
        let messaging = server.messaging();
        messaging.get(CHANNELS).await.enveloped();
        let refused = messaging.get(CHANNELS).await;
        // A second may have passed on a busy machine; then the call after it is the one too many.
        let refused = if refused.status == 200 { messaging.get(CHANNELS).await } else { refused };
        assert_eq!(refused.field_faults(429), [], "{variable}");
        assert!(refused.header("retry-after").is_some(), "{refused}");
    }
}

#[tokio::test]
async fn whatever_keeps_a_call_from_being_read_is_told_in_the_envelope_of_each_call() {
    let server = Server::start().await;
    let messaging = server.messaging();
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20));
    for (method, call) in CALLS {
        let path = Messaging::path(call);
        let refused = messaging.send("PATCH", &path, Some("application/json"), "{}").await;
        assert_eq!(refused.field_faults(405), [], "{call}");
        assert!(refused.header("allow").is_some_and(|allow| allow.contains(method)), "{refused}");
        let takes_body = matches!(method, "POST" | "PUT") && !call.ends_with("1/replay");
        if !takes_body {
            continue;
        }
        for (content_type, body, status, key) in [
            ("text/plain", "{}".to_owned(), 415, "UNSUPPORTED_MEDIA_TYPE"),
            ("application/json", large.clone(), 413, "PAYLOAD_TOO_LARGE"),
        ] {
            let refused = messaging.send(method, &path, Some(content_type), body).await;
            assert_eq!(refused.field_faults(status), [], "{method} {call}");
            assert_eq!(refused.json()["statusKey"], key, "{method} {call}");
        }
    }
}

/// The head of a call with a body, as it is sent by hand, without the blank line.
fn head(server: &Server, call: &str) -> String {
    let http = server.messaging().with_header("content-type", "application/json");
    http.as_sent("POST", &Messaging::path(call)).strip_suffix("\r\n").unwrap().to_owned()
}

#[tokio::test]
async fn a_body_that_does_not_come_is_told_in_the_envelope() {
    let server = Server::with(&[("SWITCHBOARD_HTTP__BODY_TIMEOUT_SECONDS", "1")]).await;
    for call in ["session/close", "message/send", "config/webhook"] {
        let mut wire = Wire::to(&server).await;
        wire.send(&format!("{}content-length: 10\r\n\r\n{{", head(&server, call))).await;
        let refused = wire.answer(call).await;
        assert_eq!(refused.field_faults(408), []);
        assert_eq!(refused.json()["statusKey"], "REQUEST_TIMEOUT");
    }
}

#[tokio::test]
async fn a_server_that_stops_says_so_in_the_envelope() {
    let server = Server::with(&[("SWITCHBOARD_SERVER__DRAIN_SECONDS", "3000")]).await;
    let mut wires = Vec::new();
    for call in ["session/close", "message/send", "config/webhook"] {
        let mut wire = Wire::to(&server).await;
        wire.send("GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n").await;
        wire.answer("GET /healthz").await.has_status(200);
        wires.push((call, wire));
    }
    server.terminate();
    eventually("the drain", async || server.printed().contains("draining open=").then_some(())).await;
    for (call, mut wire) in wires {
        wire.send(&format!("{}content-length: 2\r\n\r\n{{}}", head(&server, call))).await;
        let refused = wire.answer(call).await;
        assert_eq!(refused.field_faults(503), []);
        assert_eq!(refused.json()["statusKey"], "SERVICE_UNAVAILABLE");
        assert_eq!(refused.header("retry-after"), Some("3000"));
    }
}
