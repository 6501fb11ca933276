//! The seam between what was missed and what is live, as a client hears it.

mod untaken;

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::*;
use crate::broker::{QueueLimits, WireFormat};
use crate::outlets::{Compression, LineKind, Upgraded, WebSocket};
use crate::pipeline::testing::Bench;
use crate::pipeline::{Cursor, Gap};
use crate::server::Socket;
use crate::store::{Retention, Store};

/// More than one step of a replay.
const MUCH: u64 = 300;
const LIMITS: QueueLimits = QueueLimits { events: 10_000, bytes: 1 << 24 };

/// A reader: its feed, the websocket it is heard on, and the client's end of that.
struct Reader {
    feed: Feed,
    socket: WebSocket,
    client: WebSocketStream<TcpStream>,
}

async fn reader(bench: &Bench, scope: Scope, since: Option<Since>) -> (Reader, Opening) {
    let kind = LineKind { format: WireFormat::Direct, limits: LIMITS, stats: Arc::default() };
    let line = Line::new(Arc::new(kind));
    let settings = FeedSettings { tenant: bench.tenant, scope, since };
    let (feed, opening) = Feed::attach(bench.engine.clone(), line.clone(), settings).await.unwrap();
    let (ours, theirs) = Socket::pair().await;
    let upgraded = Upgraded { socket: ours, early: Bytes::new(), compression: Compression::Off };
    let socket = WebSocket::new(line, upgraded, 1 << 20);
    let client = WebSocketStream::from_raw_socket(theirs, Role::Client, None).await;
    feed.begin();
    (Reader { feed, socket, client }, opening)
}

impl Reader {
    /// The positions that the client hears, until it hears `last`; meanwhile the reader catches up.
    async fn positions(&mut self, last: Position) -> Vec<u64> {
        let Self { feed, socket, client } = self;
        let mut heard = Vec::new();
        while heard.last() != Some(&last.0) {
            tokio::select! {
                message = client.next() => heard.push(position(&message.unwrap().unwrap())),
                caught_up = feed.catch_up(), if feed.is_behind() => caught_up.unwrap(),
                end = socket.line().attend() => panic!("{end}"),
            }
        }
        heard
    }

    /// Lets the client hear what was sent, up to `last`, while nothing more is sent.
    async fn hear(&mut self, last: Position) {
        let Self { socket, client, .. } = self;
        let mut heard = None;
        while heard != Some(last.0) {
            tokio::select! {
                message = client.next() => heard = Some(position(&message.unwrap().unwrap())),
                end = socket.line().attend() => panic!("{end}"),
            }
        }
    }
}

/// The position in a payload's cursor.
fn position(message: &Message) -> u64 {
    let payload: serde_json::Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
    Cursor::decode(payload["cursor"].as_str().unwrap()).unwrap().position.0
}

/// Readers attach with all kinds of places while a conversation goes on: each hears what follows its place, once
/// and in order, whether that was missed, is live, or is both at the moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_missed_and_what_is_live_join_without_a_seam() {
    const SAID: u64 = 400;
    let bench = Arc::new(Bench::new().await);
    let conversation = bench.establish("a").await.unwrap().id;
    let talking = tokio::spawn({
        let bench = bench.clone();
        async move {
            for number in 0..SAID {
                bench.say(conversation, &number.to_string()).await.unwrap();
            }
        }
    });
    let mut readers = Vec::new();
    for number in 0..40 {
        let place = bench.engine.present(bench.tenant).position;
        let after = Position(place.0 * (number % 3) / 2).min(place);
        let scope = match number % 2 {
            0 => Scope::Conversation(conversation, Side::Business),
            _ => Scope::Integration(bench.agent.id),
        };
        let bench = bench.clone();
        readers.push(tokio::spawn(async move {
            let since = Since::Cursor(bench.engine.cursor(after));
            let (mut reader, opening) = reader(&bench, scope, Some(since)).await;
            assert_eq!(opening.cursor.position, after);
            (after, reader.positions(Position(SAID)).await)
        }));
        tokio::task::yield_now().await;
    }
    talking.await.unwrap();
    for reader in readers {
        let (after, heard) = reader.await.unwrap();
        assert_eq!(heard, (after.0 + 1..=SAID).collect::<Vec<_>>());
    }
}

/// Says so much that a replay takes more than one step, each a second after the one before.
async fn say_much(bench: &Bench, conversation: ConversationId) {
    for number in 1..=MUCH {
        bench.say(conversation, &number.to_string()).await.unwrap();
        bench.clock.advance(Duration::from_secs(1));
    }
}

/// Removes all but the newest `left` of what [`say_much`] said.
async fn forget_all_but(bench: &Bench, left: u64) {
    let before = bench.engine.now().minus(Duration::from_secs(left));
    bench
        .store
        .prune(Retention { events: before, idempotency: before, audit: before, deliveries: before })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_feed_ends_when_retention_overtakes_its_replay() {
    let bench = Bench::new().await;
    let conversation = bench.establish("a").await.unwrap().id;
    let scope = Scope::Conversation(conversation, Side::Business);
    say_much(&bench, conversation).await;
    let begin = Since::Cursor(bench.engine.cursor(Position(0)));
    let (mut running, opening) = reader(&bench, scope, Some(begin)).await;
    assert_eq!(opening.gap, None);
    running.feed.catch_up().await.unwrap();
    let told = running.feed.told;
    running.hear(told).await;
    let (mut waiting, _) = reader(&bench, scope, Some(begin)).await;

    forget_all_but(&bench, 5).await;

    for overtaken in [&mut running, &mut waiting] {
        assert!(matches!(overtaken.feed.catch_up().await, Err(FeedEnd::Removed)));
    }
    let again = Since::Cursor(bench.engine.cursor(told));
    let (mut resumed, opening) = reader(&bench, scope, Some(again)).await;
    assert_eq!(opening.gap, Some(Gap::Retention));
    assert_eq!(opening.cursor.position, Position(MUCH - 5));
    assert_eq!(resumed.positions(Position(MUCH)).await, (MUCH - 4..=MUCH).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_feed_goes_on_when_retention_removes_what_its_reader_has_heard() {
    let bench = Bench::new().await;
    let conversation = bench.establish("a").await.unwrap().id;
    say_much(&bench, conversation).await;
    let since = Since::Cursor(bench.engine.cursor(Position(0)));
    let (mut reader, _) =
        reader(&bench, Scope::Conversation(conversation, Side::Business), Some(since)).await;
    reader.feed.catch_up().await.unwrap();
    let told = reader.feed.told;
    forget_all_but(&bench, MUCH - told.0).await;
    assert_eq!(reader.positions(Position(MUCH)).await, (1..=MUCH).collect::<Vec<_>>());
}

#[tokio::test]
async fn without_a_place_a_reader_hears_what_follows_the_present() {
    let bench = Bench::new().await;
    let conversation = bench.establish("a").await.unwrap().id;
    bench.say(conversation, "before").await.unwrap();
    let (mut reader, opening) = reader(&bench, Scope::Conversation(conversation, Side::Customer), None).await;
    assert_eq!((opening.cursor.position, opening.resumed), (Position(1), false));
    bench.say(conversation, "after").await.unwrap();
    assert_eq!(reader.positions(Position(2)).await, [2]);
}
