//! What goes for every way of reading a session, and going from one to another in mid-stream.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::{credentials, id};
use crate::harness::{EventStream, Server, Session, Socket, Streaming, eventually, interactions, within};

const NO_WAIT: (&str, &str) = ("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "0");

/// A stream of either kind.
enum Stream {
    Events(EventStream),
    Socket(Socket),
}

impl Stream {
    /// Both kinds, attached one after the other as they are asked for.
    async fn attach(session: &Session, turn: usize) -> Self {
        if turn.is_multiple_of(2) {
            Self::Events(session.stream().await)
        } else {
            Self::Socket(session.websocket().await)
        }
    }

    async fn events(&mut self, count: usize) -> Vec<Value> {
        match self {
            Self::Events(stream) => stream.events(count).await,
            Self::Socket(socket) => {
                let mut events = Vec::with_capacity(count);
                while events.len() < count {
                    events.push(socket.next_frame().await);
                }
                events
            }
        }
    }

    /// Reads to the end that a later reader makes: the events that still came.
    async fn rest(&mut self) -> Vec<Value> {
        match self {
            Self::Events(stream) => stream.rest().await,
            Self::Socket(socket) => {
                let (events, code) = socket.closed().await;
                assert_eq!(code, 4001);
                events
            }
        }
    }
}

#[tokio::test]
async fn without_acknowledgement_a_stream_takes_its_events_out_of_the_session() {
    let server = Server::with(&[NO_WAIT]).await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    for turn in 0..2 {
        streaming.idle("u", 1).await;
        streaming.idle("u", 2).await;
        let mut stream = Stream::attach(&session, turn).await;
        assert_eq!(interactions(&stream.events(2).await), [1, 2]);
        streaming.idle("u", 3).await;
        assert_eq!(interactions(&stream.events(1).await), [3]);
        assert!(session.poll(10).await.is_empty());
    }
}

#[tokio::test]
async fn with_acknowledgement_a_stream_sends_each_event_once_and_the_next_reader_gets_them_again() {
    let server = Server::with(&[NO_WAIT]).await;
    let streaming = server.streaming().await;
    for turn in 0..2 {
        let session = streaming.durable_session("u").await;
        streaming.idle("u", 1).await;
        streaming.idle("u", 2).await;
        let mut stream = Stream::attach(&session, turn).await;
        let first = stream.events(2).await;
        streaming.idle("u", 3).await;
        assert_eq!(interactions(&stream.events(1).await), [3]);
        session.acknowledge_events(&first[..1]).await;
        let mut next = Stream::attach(&session, turn + 1).await;
        assert_eq!(interactions(&next.events(2).await), [2, 3]);
        assert!(stream.rest().await.is_empty());
        let polled = session.poll(10).await;
        assert_eq!(interactions(&polled), [2, 3]);
        session.acknowledge_events(&polled).await;
        assert!(session.poll(10).await.is_empty());
    }
}

#[tokio::test]
async fn a_stream_takes_over_from_a_waiting_poll_and_a_poll_from_a_stream() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "300")]).await;
    let streaming = server.streaming().await;
    for turn in 0..2 {
        let session = streaming.session("u").await;
        let waiting = {
            let session = session.clone();
            tokio::spawn(async move { session.poll(5).await })
        };
        server.sees_polls_waiting(1).await;
        let mut stream = Stream::attach(&session, turn).await;
        assert!(within("the poll", waiting).await.unwrap().is_empty());
        streaming.idle("u", 1).await;
        assert_eq!(interactions(&stream.events(1).await), [1]);
        let polling = {
            let session = session.clone();
            tokio::spawn(async move { session.poll(5).await })
        };
        assert!(stream.rest().await.is_empty());
        streaming.idle("u", 2).await;
        assert_eq!(interactions(&within("the poll", polling).await.unwrap()), [2]);
    }
}

#[tokio::test]
async fn credentials_may_stand_in_the_query_of_a_stream_only_and_are_never_logged() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let query = credentials(&server, &session.id).await;
    let http = server.http();
    let mut socket = http.websocket(&streaming.path(&format!("websocket?{query}"))).await.ok().unwrap();
    streaming.idle("u", 1).await;
    assert_eq!(interactions(&[socket.next_frame().await]), [1]);
    let events = streaming.path(&format!("events?{query}"));
    let mut stream = EventStream::open(&http, &events).await.ok().unwrap();
    streaming.idle("u", 2).await;
    assert_eq!(interactions(&stream.events(1).await), [2]);
    http.get(&events).await.has_status(401);
    let refused = http.websocket(&streaming.path("websocket?access_token=x")).await.err().unwrap();
    assert_eq!((refused.status, refused.text.as_str()), (401, ""));
    let logged = eventually("the log of the refusal", async || {
        let logged = server.printed();
        logged.contains("401").then_some(logged)
    })
    .await;
    let secrets = query.split('&').take(2).filter_map(|pair| pair.split('=').nth(1));
    assert_eq!(secrets.filter(|secret| logged.contains(secret)).count(), 0, "{logged}");
}

/// Publishes to a user until it is told to stop; how many it were.
fn publish_steadily(streaming: &Streaming, stop: &Arc<AtomicBool>) -> tokio::task::JoinHandle<i64> {
    let (streaming, stop) = (streaming.clone(), stop.clone());
    tokio::spawn(async move {
        let mut published = 0;
        while !stop.load(Ordering::SeqCst) {
            published += 1;
            streaming.idle("u", published).await;
        }
        published
    })
}

/// Goes from one way of reading to another under a steady publisher, and hands everything that is heard to `hear`, in the
/// order in which it was given. How many events were published.
async fn change_in_mid_stream(
    server: &Server,
    session: &Session,
    mut hear: impl AsyncFnMut(Vec<Value>),
) -> i64 {
    const CHANGES: usize = 12;
    let stop = Arc::new(AtomicBool::new(false));
    let publisher = publish_steadily(&server.streaming().await, &stop);
    let mut before: Option<Stream> = None;
    for turn in 0..CHANGES {
        // Each reader takes over while the one before it is in the middle of something.
        let (polled, mut now) = if turn % 3 == 2 {
            (session.poll(7).await, None)
        } else {
            (Vec::new(), Some(Stream::attach(session, turn).await))
        };
        if let Some(mut before) = before.take() {
            hear(before.rest().await).await;
        }
        hear(polled).await;
        if let Some(stream) = &mut now {
            hear(stream.events(9).await).await;
        }
        before = now;
    }
    stop.store(true, Ordering::SeqCst);
    let published = publisher.await.unwrap();
    let polled = session.poll(7).await;
    if let Some(mut before) = before {
        hear(before.rest().await).await;
    }
    hear(polled).await;
    published
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changing_in_mid_stream_without_acknowledgement_loses_nothing_doubles_nothing_and_keeps_the_order() {
    let server = Server::with(&[NO_WAIT, ("SWITCHBOARD_STORE__DURABILITY", "process")]).await;
    let session = server.streaming().await.session("u").await;
    let mut heard = Vec::new();
    let published =
        change_in_mid_stream(&server, &session, async |events| heard.extend(interactions(&events))).await;
    heard.extend(interactions(&session.collect(usize::try_from(published).unwrap() - heard.len()).await));
    assert_eq!(heard, (1..=published).collect::<Vec<_>>());
    assert!(session.poll(1).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changing_in_mid_stream_with_acknowledgement_loses_nothing_and_repeats_only_what_was_not_acknowledged()
 {
    let server = Server::with(&[NO_WAIT, ("SWITCHBOARD_STORE__DURABILITY", "process")]).await;
    let session = server.streaming().await.durable_session("u").await;
    let (mut heard, mut acknowledged) = (BTreeSet::new(), BTreeSet::new());
    let published = change_in_mid_stream(&server, &session, async |events| {
        let numbers = interactions(&events);
        assert!(numbers.is_sorted(), "{numbers:?}");
        heard.extend(numbers);
        // Every other one stays for the next reader.
        let fresh = |event: &Value| !acknowledged.contains(id(event));
        let named: Vec<_> = events.into_iter().step_by(2).filter(fresh).collect();
        if !named.is_empty() {
            let answer = session.acknowledge_events(&named).await;
            assert_eq!(answer["eventIdsNotFound"], json!([]));
            acknowledged.extend(named.iter().map(|event| id(event).to_owned()));
        }
    })
    .await;
    let left = eventually("everything that was not acknowledged", async || {
        let left = session.poll(200).await;
        session.acknowledge_events(&left[..left.len() / 2]).await;
        acknowledged.extend(left[..left.len() / 2].iter().map(|event| id(event).to_owned()));
        heard.extend(interactions(&left));
        (left.len() < 200).then_some(left)
    })
    .await;
    assert_eq!(heard, (1..=published).collect());
    let again = session.poll(200).await;
    assert_eq!(again, left[left.len() / 2..]);
    assert!(again.iter().all(|event| !acknowledged.contains(id(event))));
}
