//! Websockets on a session: frames, control frames, resuming, and why they close.

use serde_json::{Value, json};

use super::{id, publish_at_once, publish_heavy};
use crate::harness::{Server, Told, Version, eventually, interactions};

const NO_WAIT: (&str, &str) = ("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "0");

#[tokio::test]
async fn a_websocket_carries_the_events_of_a_poll_in_their_very_bytes_one_a_frame() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let (polled, streamed) = (streaming.session("u").await, streaming.session("u").await);
    let mut socket = streamed.websocket().await;
    streaming.idle("u", 1).await;
    streaming.idle("u", 2).await;
    let (first, second) = (socket.next_text().await, socket.next_text().await);
    let list = polled.try_poll("maxEvents=2").await;
    assert!(list.text.contains(&format!("[{first},{second}]")), "{list}");
}

#[tokio::test]
async fn events_are_acknowledged_by_control_frames() {
    let server = Server::with(&[NO_WAIT]).await;
    let streaming = server.streaming().await;
    let session = streaming.durable_session("u").await;
    for number in 1..=3 {
        streaming.idle("u", number).await;
    }
    let mut socket = session.websocket().await;
    let events = [socket.next_frame().await, socket.next_frame().await, socket.next_frame().await];
    let (first, last) = (id(&events[0]), id(&events[2]));
    let named = json!([{"eventId": last}, {"eventId": "1-0"}, {"eventId": first}, {"eventId": "x"}, {"eventId": last}]);
    socket.send(json!({"control": "acknowledge", "reference": 7, "events": named})).await;
    let answer = socket.next_frame().await;
    assert_eq!(
        answer,
        json!({"control": "acknowledged", "reference": 7, "eventIdsAcknowledged": [last, first],
            "eventIdsNotFound": ["1-0", "x"]})
    );
    assert_eq!(interactions(&session.poll(10).await), [2]);
}

#[tokio::test]
async fn what_a_frame_may_not_say_is_told_in_the_fields_of_the_face_and_the_socket_stays_open() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.durable_session("u").await;
    let mut socket = session.websocket().await;
    let too_many: Vec<_> = (0..1001).map(|n| json!({"eventId": format!("{n}-0")})).collect();
    for (frame, scope) in [
        (json!({}), "control"),
        (json!({"control": "send"}), "control"),
        (json!({"control": 5, "reference": "r"}), "control"),
        (json!([]), "body"),
        (json!("x"), "body"),
        (json!({"control": "acknowledge"}), "events"),
        (json!({"control": "acknowledge", "events": []}), "events"),
        (json!({"control": "acknowledge", "events": too_many}), "events"),
        (json!({"control": "acknowledge", "events": [{"eventId": "1-0"}, {}]}), "events[1].eventId"),
        (json!({"control": "token"}), "access_token"),
        (json!({"control": "token", "access_token": 5}), "access_token"),
    ] {
        socket.send(frame.clone()).await;
        let answer = socket.control("error").await;
        assert_eq!(
            (&answer["code"], &answer["errors"][0]["scope"]),
            (&json!(400), &json!(scope)),
            "{answer:#}"
        );
        assert!(answer["message"].is_string() && answer["errors"][0]["reason"].is_string(), "{answer:#}");
        assert_eq!(answer.get("reference"), frame.get("reference"));
    }
    for text in ["", "{", "{\"control\":\"acknowledge\"} x"] {
        socket.send_text(text).await;
        assert_eq!(socket.control("error").await["errors"][0]["scope"], "body");
    }
    streaming.idle("u", 1).await;
    assert_eq!(interactions(&[socket.next_frame().await]), [1]);
}

#[tokio::test]
async fn a_session_that_requires_no_acknowledgement_refuses_it_on_a_socket_as_elsewhere() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let mut socket = streaming.session("u").await.websocket().await;
    streaming.idle("u", 1).await;
    let event = socket.next_frame().await;
    socket.send(json!({"control": "acknowledge", "events": [{"eventId": id(&event)}]})).await;
    let answer = socket.control("error").await;
    assert_eq!(
        (&answer["code"], &answer["errors"][0]["scope"]),
        (&json!(400), &json!("via-client-sessionid"))
    );
}

#[tokio::test]
async fn a_socket_goes_on_after_the_event_that_it_names() {
    let server = Server::with(&[NO_WAIT]).await;
    let streaming = server.streaming().await;
    let session = streaming.durable_session("u").await;
    for number in 1..=3 {
        streaming.idle("u", number).await;
    }
    let events = session.poll(3).await;
    let mut socket = session.try_websocket(&format!("lastEventId={}", id(&events[1]))).await.ok().unwrap();
    assert_eq!(interactions(&[socket.next_frame().await]), [3]);
    let answer = session.try_websocket("lastEventId=x").await.err().unwrap();
    assert_eq!(answer.streaming_refused(400)["errors"][0]["scope"], "lastEventId");
}

#[tokio::test]
async fn a_new_token_keeps_the_socket_open_past_the_old_one() {
    let server = Server::with(&[("SWITCHBOARD_AUTH__TOKEN_LIFETIME_SECONDS", "2")]).await;
    // The token may be over before it is used when the machine is busy.
    let attach = async || {
        let streaming = server.streaming().await;
        let made = streaming.create(&json!({"userId": "u"})).await;
        let session =
            (made.status == 200).then(|| streaming.attach(made.json()["sessionId"].as_str().unwrap()))?;
        session.try_websocket("").await.ok()
    };
    let mut renewed = eventually("a socket", &attach).await;
    let token = server.demo().token("streaming").await;
    renewed.send(json!({"control": "token", "reference": "t", "access_token": token})).await;
    let mut expiring = eventually("another socket", &attach).await;
    let answer = renewed.control("token").await;
    assert_eq!(answer["reference"], "t");
    let mut expires = answer["expiresAt"].as_str().unwrap().to_owned();
    let closed = tokio::spawn(async move { expiring.closed().await });
    while !closed.is_finished() {
        let token = server.demo().token("streaming").await;
        renewed.send(json!({"control": "token", "access_token": token})).await;
        let answer = renewed.control("token").await;
        assert!(answer["expiresAt"].as_str().unwrap() >= expires.as_str(), "{answer:#}");
        answer["expiresAt"].as_str().unwrap().clone_into(&mut expires);
    }
    assert_eq!(closed.await.unwrap(), (vec![], 1008));
    renewed.send(json!({})).await;
    renewed.control("error").await;
}

#[tokio::test]
async fn a_token_that_is_no_good_renews_nothing() {
    let server = Server::start().await;
    let other = server.another_tenant("other").await;
    let mut socket = server.streaming().await.session("u").await.websocket().await;
    for token in ["x".to_owned(), server.demo().token("engine").await, other.token("streaming").await] {
        socket.send(json!({"control": "token", "access_token": token})).await;
        let answer = socket.control("error").await;
        assert_eq!((&answer["code"], &answer["errors"]), (&json!(401), &json!([])), "{answer:#}");
    }
}

#[tokio::test]
async fn what_is_no_websocket_or_may_not_be_one_is_refused_in_the_errors_of_the_face() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let v2 = streaming.attach(&streaming.speaking(Version::V2).session("u").await.id);
    let plain = streaming.with_header("via-client-sessionid", &session.id);
    let path = streaming.path("websocket");
    let answer = plain.get(&path).await;
    answer.streaming_refused(426);
    assert_eq!(answer.header("upgrade"), Some("websocket"));
    plain.post(&path, &json!({})).await.streaming_refused(405);
    v2.try_websocket("").await.err().unwrap().streaming_refused(400);
    plain.without_header("x-api-key").websocket(&path).await.err().unwrap().has_status(401);
    plain.without_header("via-client-sessionid").websocket(&path).await.err().unwrap().streaming_refused(400);
}

#[tokio::test]
async fn a_socket_closes_with_its_session_and_says_why() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__QUEUE_EVENTS", "4")]).await;
    let streaming = server.streaming().await;
    let (ended, overrun, taken) =
        (streaming.session("a").await, streaming.session("b").await, streaming.session("a").await);
    let mut socket = ended.websocket().await;
    ended.end().await.has_status(204);
    assert_eq!(socket.closed().await, (vec![], 1000));

    let mut socket = taken.websocket().await;
    let _later = taken.stream().await;
    assert_eq!(socket.closed().await, (vec![], 4001));

    let mut socket = overrun.websocket().await;
    publish_at_once(&streaming, "b", 1..=4).await;
    for number in 1..=4 {
        assert_eq!(interactions(&[socket.next_frame().await]), [number]);
    }
    publish_at_once(&streaming, "b", 5..=9).await;
    assert_eq!(socket.closed().await, (vec![], 1013));
    overrun.try_poll("").await.streaming_refused(400);
}

#[tokio::test]
async fn a_drain_is_announced_and_closes_with_1012() {
    let mut server = Server::start().await;
    let mut socket = server.streaming().await.session("u").await.websocket().await;
    server.terminate();
    let drain = socket.control("drain").await;
    assert!(drain["reconnectAfterMs"].as_u64().is_some_and(|delay| delay <= 10_000), "{drain:#}");
    assert!(matches!(socket.told().await, Told::Closed(1012)));
    assert_eq!(server.ended().await.code(), Some(0));
}

#[tokio::test]
async fn a_client_that_breaks_off_has_lost_nothing_that_was_not_written_and_gets_nothing_twice() {
    /// Of 2 MiB each: more than the buffers between two ends of a connection hold.
    const EVENTS: i64 = 10;
    let server = Server::with(&[NO_WAIT, ("SWITCHBOARD_STREAMING__QUEUE_BYTES", "100000000")]).await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    for number in 1..=EVENTS {
        publish_heavy(&streaming, "u", number, 2 << 20).await;
    }
    let mut socket = session.websocket().await;
    let read = interactions(&[socket.next_frame().await, socket.next_frame().await]);
    assert_eq!(read, [1, 2]);
    drop(socket);
    // What was under way comes back when the server has noticed.
    let left = eventually("the rest", async || {
        let left: Vec<i64> = interactions(&session.poll(200).await);
        (!left.is_empty()).then_some(left)
    })
    .await;
    assert!(left[0] > 2, "{left:?}");
    assert_eq!(left, (left[0]..=EVENTS).collect::<Vec<_>>());
    let none: Vec<Value> = session.poll(200).await;
    assert!(none.is_empty());
}
