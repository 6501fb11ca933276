//! The life of a session: what it may be made with in either version, its defaults, and every way in which it ends.

use std::time::Duration;

use serde_json::{Value, json};

use super::{assert_moment, idle};
use crate::harness::{Server, Streaming, Version, interactions};

/// What a session is made as, without what differs every time.
async fn made(streaming: &Streaming, content_type: Option<&str>, body: &str) -> Value {
    let answer = streaming.send("POST", &streaming.path("session"), content_type, body.to_owned()).await;
    let mut made = answer.ok();
    let members = made.as_object_mut().unwrap();
    let id = members.remove("sessionId").unwrap();
    assert!(id.as_str().is_some_and(|id| !id.is_empty()), "{answer}");
    assert_moment(&members.remove("creationTime").unwrap());
    made
}

/// A property list of version 2.
fn properties(list: &[(&str, Value)]) -> Value {
    list.iter().map(|(name, value)| json!({"propertyName": name, "propertyValue": value})).collect()
}

#[tokio::test]
async fn a_session_is_made_with_its_defaults_even_without_a_body() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let v2 = streaming.speaking(Version::V2);
    let (json, none) = (Some("application/json"), None);
    for (content_type, body) in [(none, ""), (json, ""), (json, "{}"), (json, r#"{"inactivityDelay":null}"#)]
    {
        let expected = json!({"inactivityDelay": 60, "requireAcknowledgement": false});
        assert_eq!(made(&streaming, content_type, body).await, expected, "{body}");
    }
    for (content_type, body) in [(none, ""), (json, ""), (json, "[]"), (json, r#""[]""#)] {
        assert_eq!(made(&v2, content_type, body).await, json!({"inactivityDelay": 60}), "{body}");
    }
}

#[tokio::test]
async fn a_session_is_made_as_it_was_asked_for() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let v2 = streaming.speaking(Version::V2);
    let json = Some("application/json");
    for delay in [60, 300, 600] {
        for acknowledgement in [true, false] {
            let asked = json!({"inactivityDelay": delay, "requireAcknowledgement": acknowledgement});
            assert_eq!(made(&streaming, json, &asked.to_string()).await, asked);
        }
        let (number, text) = (json!(delay), json!(delay.to_string()));
        for list in [properties(&[("inactivityDelay", number)]), properties(&[("inactivityDelay", text)])] {
            let inside_a_string = Value::from(list.to_string());
            for body in [list, inside_a_string] {
                assert_eq!(
                    made(&v2, json, &body.to_string()).await,
                    json!({"inactivityDelay": delay}),
                    "{body}"
                );
            }
        }
    }
}

#[tokio::test]
async fn what_is_asked_for_beside_the_documented_is_ignored() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let json = Some("application/json");
    let asked = json!({"color": "red", "propertyName": 1}).to_string();
    let expected = json!({"inactivityDelay": 60, "requireAcknowledgement": false});
    assert_eq!(made(&streaming, json, &asked).await, expected);
    let asked =
        properties(&[("color", json!({"r": 1})), ("requireAcknowledgement", json!("true"))]).to_string();
    let v2 = streaming.speaking(Version::V2);
    assert_eq!(made(&v2, json, &asked).await, json!({"inactivityDelay": 60}));
}

#[tokio::test]
async fn values_out_of_range_or_of_a_wrong_type_are_refused_by_name_and_never_clamped() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    for (body, scope, reason) in [
        (json!({"inactivityDelay": 59}), "inactivityDelay", "outOfRange"),
        (json!({"inactivityDelay": 601}), "inactivityDelay", "outOfRange"),
        (json!({"inactivityDelay": -60}), "inactivityDelay", "outOfRange"),
        (json!({"inactivityDelay": "300"}), "inactivityDelay", "invalidType"),
        (json!({"inactivityDelay": 60.5}), "inactivityDelay", "invalidType"),
        (json!({"requireAcknowledgement": "yes"}), "requireAcknowledgement", "invalidType"),
        (json!({"requireAcknowledgement": 1}), "requireAcknowledgement", "invalidType"),
        (json!({"userId": 5}), "userId", "invalidType"),
        (json!({"userId": ""}), "userId", "outOfRange"),
        (json!({"userId": "u".repeat(256)}), "userId", "outOfRange"),
        (json!([]), "body", "invalidType"),
        (json!("x"), "body", "invalidType"),
        (json!(null), "body", "invalidType"),
    ] {
        let faults = streaming.create(&body).await.streaming_faults();
        assert_eq!(faults, [(scope.to_owned(), reason.to_owned())], "{body}");
    }
    streaming.create(&json!({"userId": "ü".repeat(255)})).await.ok();
}

#[tokio::test]
async fn properties_out_of_range_or_of_a_wrong_type_are_refused_by_their_place() {
    let server = Server::start().await;
    let streaming = server.streaming().await.speaking(Version::V2);
    let delay = |value: Value| properties(&[("color", json!(1)), ("inactivityDelay", value)]);
    let user = |value: Value| properties(&[("color", json!(1)), ("userId", value)]);
    let twice = properties(&[("inactivityDelay", json!(60)), ("inactivityDelay", json!(60))]);
    for (body, scope, reason) in [
        (delay(json!("59")), "[1].propertyValue", "outOfRange"),
        (delay(json!("601")), "[1].propertyValue", "outOfRange"),
        (delay(json!(59)), "[1].propertyValue", "outOfRange"),
        (delay(json!(601)), "[1].propertyValue", "outOfRange"),
        (delay(json!("five minutes")), "[1].propertyValue", "invalidType"),
        (delay(json!(60.5)), "[1].propertyValue", "invalidType"),
        (delay(json!(true)), "[1].propertyValue", "invalidType"),
        (user(json!(5)), "[1].propertyValue", "invalidType"),
        (user(json!("")), "[1].propertyValue", "outOfRange"),
        (user(json!("u".repeat(256))), "[1].propertyValue", "outOfRange"),
        (json!([{"propertyName": 7}]), "[0].propertyName", "invalidType"),
        (json!(["inactivityDelay"]), "[0]", "invalidType"),
        (twice, "[1].propertyName", "conflict"),
        (json!({"inactivityDelay": 300}), "body", "invalidType"),
        (json!(300), "body", "invalidType"),
        (json!(null), "body", "invalidType"),
        (json!("{}"), "body", "invalidType"),
        (json!("[{"), "body", "invalidValue"),
    ] {
        let faults = streaming.create(&body).await.streaming_faults();
        assert_eq!(faults, [(scope.to_owned(), reason.to_owned())], "{body}");
    }
    streaming.create(&user(json!("ü".repeat(255)))).await.ok();
}

#[tokio::test]
async fn a_property_list_is_json_and_not_too_large() {
    let server = Server::with(&[("SWITCHBOARD_HTTP__MAX_BODY_BYTES", "20000")]).await;
    let streaming = server.streaming().await.speaking(Version::V2);
    let path = streaming.path("session");
    let json = Some("application/json");
    for broken in ["[", "[{]", "{\"propertyName\"", "[]x", "\"[]"] {
        let answer = streaming.send("POST", &path, json, broken).await;
        assert_eq!(answer.streaming_faults(), [("body".to_owned(), "invalidValue".to_owned())], "{broken}");
    }
    let deep = format!("[{}{}]", "[".repeat(100), "]".repeat(100));
    let faults = streaming.send("POST", &path, json, deep).await.streaming_faults();
    assert_eq!(faults, [("body".to_owned(), "outOfRange".to_owned())]);
    streaming.send("POST", &path, json, " ".repeat(20_001)).await.streaming_refused(413);
    streaming.send("POST", &path, json, format!("{:<20000}", "[]")).await.ok();
    streaming.send("POST", &path, Some("text/plain"), "[]").await.streaming_refused(415);
    let most: Vec<_> = (0..100).map(|_| ("color", json!("red"))).collect();
    streaming.create(&properties(&most)).await.ok();
    let faults = streaming.create(&properties(&[&most[..], &most[..1]].concat())).await.streaming_faults();
    assert_eq!(faults, [("body".to_owned(), "outOfRange".to_owned())]);
}

#[tokio::test]
async fn a_session_is_for_the_user_it_names_or_for_its_client() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let client = server.demo().get("/clients/streaming/client_id");
    for (version, nothing) in [(Version::V2, json!([])), (Version::V3, json!({}))] {
        let speaking = streaming.speaking(version);
        let (named, own) = (speaking.session("ann").await, speaking.open(nothing).await);
        streaming.idle("ann", 1).await;
        streaming.idle(&client, 2).await;
        assert_eq!(interactions(&named.collect(1).await), [1], "{version:?}");
        assert_eq!(interactions(&own.collect(1).await), [2], "{version:?}");
    }
}

#[tokio::test]
async fn a_session_that_was_deleted_is_an_invalid_session() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    for session in [
        streaming.durable_session("u").await,
        streaming.session("u").await,
        streaming.speaking(Version::V2).session("u").await,
    ] {
        let ended = session.end().await;
        assert_eq!((ended.status, ended.text.as_str()), (204, ""));
        for gone in [session.try_poll("").await, session.end().await] {
            assert_eq!(gone.streaming_refused(400)["message"], "Invalid or expired session", "{gone}");
        }
    }
}

#[tokio::test]
async fn deleting_a_session_ends_its_waiting_poll() {
    let server = Server::start().await;
    let session = server.streaming().await.session("u").await;
    let waiting = {
        let session = session.clone();
        tokio::spawn(async move { session.try_poll("").await })
    };
    tokio::task::yield_now().await;
    session.end().await.has_status(204);
    let answer = waiting.await.unwrap();
    assert!(matches!(answer.status, 200 | 400), "{answer}");
}

#[tokio::test]
async fn an_organization_may_have_so_many_sessions() {
    let server = Server::with(&[("SWITCHBOARD_LIMITS__SESSIONS_PER_TENANT", "2")]).await;
    let streaming = server.streaming().await;
    let first = streaming.session("u").await;
    streaming.durable_session("u").await;
    for (version, nothing) in [(Version::V2, json!([])), (Version::V3, json!({}))] {
        let refused = streaming.speaking(version).create(&nothing).await;
        refused.streaming_refused(429);
        assert!(refused.header("retry-after").is_some(), "{refused}");
    }
    first.end().await.has_status(204);
    streaming.session("u").await;
}

#[tokio::test]
#[ignore = "takes over a minute: the shortest inactivity delay there is"]
async fn a_session_that_nobody_polls_expires() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let kept = streaming.session("u").await;
    let left = [
        streaming.durable_session("u").await,
        streaming.session("u").await,
        streaming.speaking(Version::V2).session("u").await,
    ];
    let started = std::time::Instant::now();
    while started.elapsed() < Duration::from_secs(63) {
        kept.poll(1).await;
    }
    for session in left {
        let answer = session.try_poll("").await;
        assert_eq!(answer.streaming_refused(400)["message"], "Invalid or expired session");
    }
    kept.poll(1).await;
}

#[tokio::test]
async fn a_session_that_holds_too_much_ends() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__QUEUE_EVENTS", "10")]).await;
    let streaming = server.streaming().await;
    let (full, session) = (streaming.session("full").await, streaming.session("u").await);
    streaming.publish((0..10).map(|number| idle("full", number)).collect()).await.ok();
    assert_eq!(full.collect(10).await.len(), 10);
    streaming.publish((0..11).map(|number| idle("u", number)).collect()).await.ok();
    let gone = session.try_poll("").await;
    assert_eq!(gone.streaming_refused(400)["message"], "Invalid or expired session");
}
