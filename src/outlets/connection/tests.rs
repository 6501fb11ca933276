//! The life of a connection over a socket that holds little, with time that passes when nobody is busy.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use futures_util::{SinkExt, StreamExt};
use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Bytes, Utf8Bytes};

use super::*;
use crate::broker::{QueueLimits, WireFormat};
use crate::domain::clock::Millis;
use crate::outlets::{Compression, FeedSettings, Line, LineKind, Upgraded};
use crate::pipeline::Scope;
use crate::pipeline::testing::Bench;
use crate::server::{DrainTrigger, Socket};

const HEARTBEAT: Duration = Duration::from_secs(25);
const WINDOW: Duration = Duration::from_secs(600);
/// How long a goodbye to a peer that does not read takes, and some more.
const SOON: Duration = Duration::from_secs(3);

/// What the test decides about the client of the connection.
struct Client {
    entitled: AtomicBool,
    expires: Millis,
    /// What the next message waits for before it is answered.
    commit: Mutex<Option<oneshot::Receiver<()>>>,
}

struct Plain {
    client: Arc<Client>,
    greeting: usize,
}

#[async_trait]
impl Dialect for Plain {
    fn open(&mut self, _opening: Opening) -> Vec<Message> {
        vec![Message::text("x".repeat(self.greeting))]
    }

    async fn hear(&mut self, _text: Utf8Bytes) -> Reaction {
        let commit = self.client.commit.lock().take();
        if let Some(commit) = commit {
            commit.await.unwrap();
        }
        Reaction::Say(vec![Message::text("receipt")])
    }

    fn heartbeat(&self) -> Message {
        Message::Ping(Bytes::new())
    }

    fn farewell(&self, _close: Close, _come_back_after: Duration) -> Option<Message> {
        None
    }

    fn entitled_until(&self) -> Millis {
        self.client.expires
    }

    fn entitlement(&self) -> Result<(), Close> {
        self.client.entitled.load(Ordering::SeqCst).then_some(()).ok_or(Close::NoLongerEntitled)
    }
}

/// A running connection and everything that can happen to it.
struct Setting {
    bench: Bench,
    peer: WebSocketStream<TcpStream>,
    client: Arc<Client>,
    trigger: DrainTrigger,
    rights: watch::Sender<u64>,
    life: JoinHandle<()>,
}

/// How a client's right and its first message are.
struct Given {
    entitled: bool,
    lasts: Duration,
    greeting: usize,
}

const SMALL: Given = Given { entitled: true, lasts: WINDOW, greeting: 10 };
/// More than the socket holds: writing it does not end before the peer reads.
const LARGE: Given = Given { greeting: 1 << 20, ..SMALL };

impl Setting {
    async fn new(given: Given) -> Self {
        let bench = Bench::new().await;
        let scope = Scope::Integration(bench.agent.id);
        let limits = QueueLimits { events: 10, bytes: 1 << 20 };
        let settings = FeedSettings { tenant: bench.tenant, scope, since: None };
        let kind = LineKind { format: WireFormat::Direct, limits, stats: Arc::default() };
        let line = Line::new(Arc::new(kind));
        let (feed, opening) = Feed::attach(bench.engine.clone(), line.clone(), settings).await.unwrap();
        let (trigger, drain) = Drain::new(WINDOW);
        let clock: Arc<dyn Clock> = Arc::new(bench.clock.clone());
        let client = Arc::new(Client {
            entitled: AtomicBool::new(given.entitled),
            expires: clock.now().plus(given.lasts),
            commit: Mutex::default(),
        });
        let rights = watch::Sender::new(0);
        let settings = ConnectionSettings { heartbeat: HEARTBEAT, drain, rights: rights.subscribe(), clock };
        let (ours, theirs) = Socket::pair().await;
        let upgraded = Upgraded { socket: ours, early: Bytes::new(), compression: Compression::Off };
        let socket = WebSocket::new(line, upgraded, 1 << 20);
        let peer = WebSocketStream::from_raw_socket(theirs, Role::Client, None).await;
        let dialect = Plain { client: client.clone(), greeting: given.greeting };
        tokio::time::pause();
        let life = tokio::spawn(Connection::new(socket, feed, dialect, settings).run(opening));
        Self { bench, peer, client, trigger, rights, life }
    }

    /// Ends the client's right.
    fn revoke(&self) {
        self.client.entitled.store(false, Ordering::SeqCst);
    }

    /// What the peer is told next, beside heartbeats.
    async fn said(&mut self) -> Message {
        loop {
            match self.peer.next().await.unwrap().unwrap() {
                Message::Ping(_) => {}
                said => return said,
            }
        }
    }

    /// How the peer, which reads from now on, is left.
    async fn closed(&mut self) -> u16 {
        loop {
            if let Message::Close(frame) = self.peer.next().await.unwrap().unwrap() {
                return frame.unwrap().code.into();
            }
        }
    }

    /// How long the connection still lives with a peer that reads nothing.
    async fn lives(self) -> Duration {
        let started = Instant::now();
        self.life.await.unwrap();
        started.elapsed()
    }
}

/// Lets the connection come as far as it can.
async fn settle() {
    tokio::time::sleep(Duration::from_secs(1)).await;
}

#[tokio::test]
async fn the_drain_reaches_a_peer_that_does_not_read() {
    let setting = Setting::new(LARGE).await;
    settle().await;
    let Setting { bench, peer, trigger, life, .. } = setting;
    trigger.start();
    let started = Instant::now();
    life.await.unwrap();
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    drop((bench, peer));
}

#[tokio::test]
async fn a_peer_that_reads_again_at_the_drain_is_told_of_it() {
    let mut setting = Setting::new(LARGE).await;
    settle().await;
    let (other, _) = Drain::new(WINDOW);
    std::mem::replace(&mut setting.trigger, other).start();
    assert_eq!(setting.closed().await, 1012);
}

#[tokio::test]
async fn the_end_of_a_right_reaches_a_peer_that_does_not_read() {
    let setting = Setting::new(LARGE).await;
    settle().await;
    setting.revoke();
    setting.rights.send_modify(|count| *count += 1);
    let lived = setting.lives().await;
    assert!(lived < SOON, "{lived:?}");
}

#[tokio::test]
async fn the_expiry_of_a_token_reaches_a_peer_that_does_not_read() {
    let lasts = Duration::from_secs(10);
    let setting = Setting::new(Given { lasts, ..LARGE }).await;
    settle().await;
    setting.revoke();
    let lived = setting.lives().await;
    assert!(lived < lasts + SOON, "{lived:?}");
}

#[tokio::test]
async fn a_peer_that_leaves_two_heartbeats_unanswered_is_gone_with_the_third() {
    let lived = Setting::new(LARGE).await.lives().await;
    assert!((HEARTBEAT * 3..HEARTBEAT * 3 + SOON).contains(&lived), "{lived:?}");
}

/// Says something more often than the heart beats, `times` times, after doing what `each` does.
async fn speak(peer: &mut WebSocketStream<TcpStream>, times: u32, mut each: impl FnMut(&TcpStream)) {
    for _ in 0..times {
        tokio::time::sleep(HEARTBEAT * 4 / 5).await;
        each(peer.get_ref());
        // Fails once the connection is over, which is what the test looks at.
        let _ = peer.send(Message::Pong(Bytes::new())).await;
    }
}

#[tokio::test]
async fn a_peer_that_speaks_and_takes_nothing_is_gone_with_the_third_heartbeat() {
    let Setting { bench, mut peer, life, .. } = Setting::new(LARGE).await;
    speak(&mut peer, 3, |_| ()).await;
    assert!(!life.is_finished());
    speak(&mut peer, 2, |_| ()).await;
    assert!(life.is_finished());
    drop(bench);
}

#[tokio::test]
async fn a_peer_that_speaks_and_takes_a_little_now_and_then_stays() {
    let Setting { bench, mut peer, life, .. } = Setting::new(LARGE).await;
    let take_what_is_there = |stream: &TcpStream| {
        let mut taken = [0; 1 << 16];
        while stream.try_read(&mut taken).is_ok_and(|count| count > 0) {}
    };
    speak(&mut peer, 8, take_what_is_there).await;
    assert!(!life.is_finished());
    drop(bench);
}

#[tokio::test]
async fn a_right_that_ended_before_the_first_word_is_not_served() {
    let mut setting = Setting::new(Given { entitled: false, ..SMALL }).await;
    let first = setting.peer.next().await.unwrap().unwrap();
    assert!(matches!(&first, Message::Close(Some(frame)) if u16::from(frame.code) == 1008), "{first:?}");
}

#[tokio::test]
async fn what_a_client_began_before_the_drain_is_answered_before_the_goodbye() {
    let mut setting = Setting::new(SMALL).await;
    let (committed, commit) = oneshot::channel();
    *setting.client.commit.lock() = Some(commit);
    setting.peer.next().await.unwrap().unwrap();
    setting.peer.send(Message::text("send")).await.unwrap();
    settle().await;
    let (other, _) = Drain::new(WINDOW);
    std::mem::replace(&mut setting.trigger, other).start();
    tokio::time::sleep(WINDOW / 2).await;
    committed.send(()).unwrap();
    assert_eq!(setting.said().await, Message::text("receipt"));
    assert_eq!(setting.closed().await, 1012);
}

#[tokio::test]
async fn a_client_whose_message_takes_long_hears_the_heartbeat_meanwhile() {
    let mut setting = Setting::new(SMALL).await;
    let (committed, commit) = oneshot::channel();
    *setting.client.commit.lock() = Some(commit);
    setting.peer.next().await.unwrap().unwrap();
    setting.peer.send(Message::text("send")).await.unwrap();
    for _ in 0..=UNANSWERED_HEARTBEATS {
        assert_eq!(setting.peer.next().await.unwrap().unwrap(), Message::Ping(Bytes::new()));
    }
    committed.send(()).unwrap();
    assert_eq!(setting.said().await, Message::text("receipt"));
}

#[tokio::test]
async fn what_a_client_began_and_never_ends_leaves_time_for_the_goodbye() {
    let mut setting = Setting::new(SMALL).await;
    let (_never, commit) = oneshot::channel();
    *setting.client.commit.lock() = Some(commit);
    setting.peer.next().await.unwrap().unwrap();
    setting.peer.send(Message::text("send")).await.unwrap();
    settle().await;
    let (other, _) = Drain::new(WINDOW);
    let started = Instant::now();
    std::mem::replace(&mut setting.trigger, other).start();
    assert_eq!(setting.closed().await, 1012);
    assert!(started.elapsed() < WINDOW, "{:?}", started.elapsed());
}
