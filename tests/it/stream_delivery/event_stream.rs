//! Event streams: what is on the wire, resuming, and how they end.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::{credentials, id, publish_at_once, publish_heavy};
use crate::harness::{Server, Streamed, Version, eventually, interactions, within};

const NO_WAIT: (&str, &str) = ("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "0");

#[tokio::test]
async fn an_event_stream_carries_the_events_of_a_poll_in_their_very_bytes_in_either_version() {
    let server = Server::start().await;
    for version in Version::ALL {
        let streaming = server.streaming().await.speaking(version);
        let (polled, streamed) = (streaming.session("u").await, streaming.session("u").await);
        let mut stream = streamed.stream().await;
        assert_eq!(stream.header("content-type"), Some("text/event-stream"));
        assert_eq!(stream.header("cache-control"), Some("no-store"));
        assert_eq!(stream.header("x-accel-buffering"), Some("no"));
        streaming.idle("u", 1).await;
        streaming.idle("u", 2).await;
        let (first, second) = (stream.next_raw().await, stream.next_raw().await);
        let list = polled.try_poll("maxEvents=2").await;
        assert!(list.text.contains(&format!("[{},{}]", first.1, second.1)), "{list}");
        let events = list.ok()["events"].clone();
        let member = if version == Version::V2 { "id" } else { "eventId" };
        assert_eq!((&events[0][member], &events[1][member]), (&json!(first.0), &json!(second.0)));
    }
}

#[tokio::test]
async fn a_silent_stream_is_kept_alive_by_comments() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__HEARTBEAT_SECONDS", "1")]).await;
    let mut stream = server.streaming().await.session("u").await.stream().await;
    assert_eq!(stream.next().await, Some(Streamed::Comment));
    assert_eq!(stream.next().await, Some(Streamed::Comment));
}

#[tokio::test]
async fn a_stream_does_not_count_events() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    for number in 1..=3 {
        streaming.idle("u", number).await;
    }
    let mut stream = session.try_stream("maxEvents=0").await.ok().unwrap();
    assert_eq!(interactions(&stream.events(3).await), [1, 2, 3]);
}

#[tokio::test]
async fn a_last_event_id_resumes_after_that_event_and_what_is_before_it_comes_with_the_next_poll() {
    let server = Server::with(&[NO_WAIT]).await;
    let streaming = server.streaming().await;
    let session = streaming.durable_session("u").await;
    for number in 1..=3 {
        streaming.idle("u", number).await;
    }
    let events = session.stream().await.events(3).await;
    let mut resumed = session.stream_after(id(&events[1])).await.ok().unwrap();
    streaming.idle("u", 4).await;
    assert_eq!(interactions(&resumed.events(2).await), [3, 4]);
    let mut again = session.try_stream(&format!("lastEventId={}", id(&events[0]))).await.ok().unwrap();
    assert_eq!(interactions(&again.events(3).await), [2, 3, 4]);
    assert_eq!(interactions(&session.poll(10).await), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_stream_resumes_where_it_was_after_the_server_was_killed() {
    let mut server = Server::with(&[("SWITCHBOARD_STORE__DURABILITY", "process")]).await;
    let streaming = server.streaming().await;
    let session = streaming.durable_session("u").await;
    streaming.idle("u", 1).await;
    streaming.idle("u", 2).await;
    let first = session.stream().await.next_event().await;
    server.crash().await;
    streaming.idle("u", 3).await;
    let mut resumed = session.stream_after(id(&first)).await.ok().unwrap();
    assert_eq!(interactions(&resumed.events(2).await), [2, 3]);
}

#[tokio::test]
async fn a_last_event_id_that_is_none_is_refused_and_named() {
    let server = Server::start().await;
    let session = server.streaming().await.session("u").await;
    for bad in ["x", "5", "-1-0"] {
        let refused = session.stream_after(bad).await.err().unwrap().streaming_refused(400);
        assert_eq!(refused["errors"][0]["scope"], "last-event-id");
        let answer = session.try_stream(&format!("lastEventId={bad}")).await.err().unwrap();
        assert_eq!(answer.streaming_refused(400)["errors"][0]["scope"], "lastEventId");
    }
}

#[tokio::test]
async fn the_end_of_the_session_ends_its_stream_well() {
    let server = Server::start().await;
    let session = server.streaming().await.session("u").await;
    let mut stream = session.stream().await;
    session.end().await.has_status(204);
    assert_eq!(stream.rest().await, [Value::Null; 0]);
    session.try_stream("").await.err().unwrap().streaming_refused(400);
}

#[tokio::test]
async fn a_stream_ends_well_when_its_session_falls_behind_and_not_at_the_limit() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__QUEUE_EVENTS", "4")]).await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let mut stream = session.stream().await;
    publish_at_once(&streaming, "u", 1..=4).await;
    assert_eq!(interactions(&stream.events(4).await), [1, 2, 3, 4]);
    publish_at_once(&streaming, "u", 5..=9).await;
    assert_eq!(stream.rest().await, [Value::Null; 0]);
    session.try_poll("").await.streaming_refused(400);
    assert!(server.http().get("/metrics").await.text.contains("\nsessions_overrun_total 1\n"));
}

#[tokio::test]
async fn a_drain_tells_when_to_come_back_and_ends_streams_well() {
    let mut server = Server::start().await;
    let mut stream = server.streaming().await.session("u").await.stream().await;
    server.terminate();
    let Some(Streamed::Retry(delay)) = stream.next().await else { panic!("nothing is announced") };
    assert!(delay <= 10_000, "{delay}");
    assert_eq!(stream.next().await, None);
    assert_eq!(server.ended().await.code(), Some(0));
}

#[tokio::test]
async fn a_stream_ends_when_its_token_expires() {
    let server = Server::with(&[("SWITCHBOARD_AUTH__TOKEN_LIFETIME_SECONDS", "2")]).await;
    // The token may be over before it is used when the machine is busy.
    let (session, mut stream) = eventually("a stream", async || {
        let created = server.streaming().await;
        let made = created.create(&json!({"userId": "u"})).await;
        let session =
            (made.status == 200).then(|| created.attach(made.json()["sessionId"].as_str().unwrap()))?;
        let stream = session.try_stream("").await.ok()?;
        Some((session, stream))
    })
    .await;
    assert_eq!(stream.rest().await, [Value::Null; 0]);
    session.try_stream("").await.err().unwrap().has_status(401);
}

/// Reads an event stream until its second event has begun, over a connection that holds little.
async fn read_one_event(server: &Server, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(64 * 1024).unwrap();
    let address = server.demo().base().strip_prefix("http://").unwrap().parse().unwrap();
    let mut connection = socket.connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let (mut begun, mut unread) = (0, Vec::new());
    while begun < 2 {
        let count = connection.read_buf(&mut unread).await.unwrap();
        assert!(count > 0, "the stream ended");
        begun += unread.windows(5).filter(|bytes| bytes == b"\nid: ").count();
        unread.drain(..unread.len().saturating_sub(4));
    }
    connection
}

#[tokio::test]
async fn a_client_that_breaks_off_in_mid_stream_has_lost_nothing_that_was_not_written_and_gets_nothing_twice()
{
    /// Of 2 MiB each: more than the buffers between two ends of a connection hold.
    const EVENTS: i64 = 8;
    let server = Server::with(&[NO_WAIT, ("SWITCHBOARD_STREAMING__QUEUE_BYTES", "100000000")]).await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    for number in 1..=EVENTS {
        publish_heavy(&streaming, "u", number, 2 << 20).await;
    }
    let path = streaming.path(&format!("events?{}", credentials(&server, &session.id).await));
    drop(within("an event", read_one_event(&server, &path)).await);
    // What was under way comes back when the server has noticed.
    let left = eventually("the rest", async || {
        let left = interactions(&session.poll(200).await);
        (!left.is_empty()).then_some(left)
    })
    .await;
    assert!(left[0] > 1, "{left:?}");
    assert_eq!(left, (left[0]..=EVENTS).collect::<Vec<_>>());
    assert!(session.poll(200).await.is_empty());
}

#[tokio::test]
async fn open_streams_are_counted_and_limited_as_connections() {
    let server = Server::with(&[("SWITCHBOARD_LIMITS__CONNECTIONS_PER_TENANT", "2")]).await;
    let streaming = server.streaming().await;
    let (one, two, three) =
        (streaming.session("u").await, streaming.session("u").await, streaming.session("u").await);
    let (stream, socket) = (one.stream().await, two.websocket().await);
    let metrics = server.http().get("/metrics").await.text;
    for line in ["connections{kind=\"event_stream\"} 1", "connections{kind=\"websocket\"} 1"] {
        assert!(metrics.lines().any(|found| found == line), "{metrics}");
    }
    let refused = three.try_stream("").await.err().unwrap();
    refused.streaming_refused(429);
    assert!(refused.header("retry-after").is_some(), "{refused}");
    three.try_websocket("").await.err().unwrap().streaming_refused(429);
    drop((stream, socket));
    eventually("a place", async || three.try_stream("").await.ok()).await;
}

#[tokio::test]
async fn a_heartbeat_does_not_hold_up_the_drain() {
    let mut server = Server::with(&[("SWITCHBOARD_STREAMING__HEARTBEAT_SECONDS", "3600")]).await;
    let _stream = server.streaming().await.session("u").await.stream().await;
    server.stop(Duration::from_secs(8)).await;
}
