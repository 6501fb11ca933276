//! Streams out of a real registry of sessions: piece by piece, and over real connections.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::response::Response;
use futures_util::StreamExt;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::*;
use crate::domain::clock::{Clock, Millis, SystemClock};
use crate::outlets::pieces::{BYTES_UNDER_WAY, PIECE, PIECES_UNDER_WAY};
use crate::outlets::testing::SessionBench;
use crate::server::{Drain, DrainTrigger, Socket};

const HEARTBEAT: Duration = Duration::from_secs(25);
const WINDOW: Duration = Duration::from_secs(60);
const OPENING: &str = "retry: 3000\n\n";
/// More than the buffers between two ends of a connection hold.
const HUGE: usize = 32 << 20;

/// A client whose right the test can end.
struct Client(Arc<AtomicBool>);

impl Entitled for Client {
    fn until(&self) -> Millis {
        SystemClock.now().plus(WINDOW * 60)
    }

    fn check(&self) -> Result<(), Close> {
        self.0.load(Ordering::SeqCst).then_some(()).ok_or(Close::NoLongerEntitled)
    }
}

type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes, TooSlow>> + Send>>;

/// A stream, and what can end it.
struct Setting {
    bench: Arc<SessionBench>,
    pieces: Pieces,
    entitled: Arc<AtomicBool>,
    rights: watch::Sender<u64>,
    trigger: DrainTrigger,
    /// Keeps the connection that the stream believes to be on.
    _socket: (Socket, TcpStream),
}

impl Setting {
    async fn new() -> Self {
        let bench = Arc::new(SessionBench::new());
        let socket = Socket::pair().await;
        let entitled = Arc::new(AtomicBool::new(true));
        let rights = watch::Sender::new(0);
        let (trigger, drain) = Drain::new(WINDOW);
        let settings = settings(drain, rights.subscribe());
        let client = Client(entitled.clone());
        let pieces = EventStream::new(bench.attach(), client, socket.0.lifeline(), settings).pieces();
        Self { bench, pieces: Box::pin(pieces), entitled, rights, trigger, _socket: socket }
    }

    /// The next piece, taken and let go as written.
    async fn next(&mut self) -> Option<String> {
        let piece = self.pieces.next().await?.unwrap();
        Some(String::from_utf8(piece.to_vec()).unwrap())
    }

    /// What comes until the stream ends by itself.
    async fn rest(mut self) -> String {
        let mut rest = String::new();
        while let Some(piece) = self.next().await {
            rest.push_str(&piece);
        }
        rest
    }
}

fn settings(drain: Drain, rights: watch::Receiver<u64>) -> ConnectionSettings {
    ConnectionSettings { heartbeat: HEARTBEAT, drain, rights, clock: Arc::new(SystemClock) }
}

#[tokio::test]
async fn events_follow_the_opening_each_with_its_id() {
    let mut setting = Setting::new().await;
    assert_eq!(setting.next().await.as_deref(), Some(OPENING));
    setting.bench.publish(1, 3);
    assert_eq!(setting.next().await.as_deref(), Some("id: 1-0\ndata: 111\n\n"));
    setting.bench.publish(2, 1);
    assert_eq!(setting.next().await.as_deref(), Some("id: 2-0\ndata: 2\n\n"));
}

#[tokio::test]
async fn the_connection_has_a_bounded_part_of_what_there_is() {
    for (digits, most) in [(1, PIECES_UNDER_WAY), (PIECE, 2), (3 * PIECE, 2)] {
        let mut setting = Setting::new().await;
        (1..=9).cycle().take(90).for_each(|number| setting.bench.publish(number, digits));
        let mut kept = Vec::new();
        while let Some(piece) = setting.pieces.next().now_or_never() {
            kept.push(piece.unwrap().unwrap());
        }
        let bytes: usize = kept.iter().map(Bytes::len).sum();
        assert!(kept.len() <= most + 1 && bytes <= BYTES_UNDER_WAY, "{} pieces, {bytes} bytes", kept.len());
        kept.remove(0);
        assert!(setting.pieces.next().now_or_never().is_some(), "what was written makes room");
    }
}

#[tokio::test]
async fn a_large_event_goes_in_pieces_and_counts_when_the_last_was_written() {
    let mut setting = Setting::new().await;
    setting.next().await;
    setting.bench.publish(1, 2 * PIECE);
    let mut text = String::new();
    let mut last = Bytes::new();
    while !text.ends_with("\n\n") {
        last = setting.pieces.next().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&last).unwrap());
    }
    assert_eq!(text, format!("id: 1-0\ndata: {}\n\n", "1".repeat(2 * PIECE)));
    drop(setting.pieces);
    drop(last);
    assert_eq!(setting.bench.waiting(), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_is_kept_alive_by_comments() {
    let mut setting = Setting::new().await;
    setting.next().await;
    let started = tokio::time::Instant::now();
    assert_eq!(setting.next().await.as_deref(), Some(":\n\n"));
    assert_eq!(setting.next().await.as_deref(), Some(":\n\n"));
    assert!(started.elapsed() >= 2 * HEARTBEAT);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_takes_nothing_ends_and_its_events_go_back() {
    let mut setting = Setting::new().await;
    setting.next().await;
    setting.bench.publish(1, 5);
    let kept = setting.pieces.next().await;
    assert_eq!(setting.pieces.next().await, Some(Err(TooSlow)));
    drop(setting.pieces);
    drop(kept);
    assert_eq!(setting.bench.waiting(), [1]);
}

#[tokio::test]
async fn a_later_reader_ends_the_stream_after_what_was_begun() {
    let mut setting = Setting::new().await;
    setting.next().await;
    setting.bench.publish(1, PIECE);
    setting.bench.publish(2, 1);
    let begun = setting.next().await.unwrap();
    let bench = setting.bench.clone();
    let later = bench.attach();
    let whole = begun + &setting.rest().await;
    assert_eq!(whole, format!("id: 1-0\ndata: {}\n\n", "1".repeat(PIECE)));
    drop(later);
    assert_eq!(bench.waiting(), [2]);
}

#[tokio::test]
async fn the_end_of_the_session_ends_the_stream() {
    let mut setting = Setting::new().await;
    setting.next().await;
    setting.bench.end();
    assert_eq!(setting.rest().await, "");
}

#[tokio::test]
async fn a_client_that_has_lost_its_right_hears_nothing_more() {
    let mut setting = Setting::new().await;
    setting.next().await;
    setting.entitled.store(false, Ordering::SeqCst);
    setting.rights.send_modify(|revision| *revision += 1);
    setting.bench.publish(1, 1);
    let bench = setting.bench.clone();
    assert_eq!(setting.rest().await, "");
    assert_eq!(bench.waiting(), [1]);
}

#[tokio::test]
async fn a_client_that_loses_its_right_among_its_events_gets_no_further_one() {
    let mut setting = Setting::new().await;
    setting.next().await;
    setting.bench.publish(1, 1);
    setting.bench.publish(2, 1);
    assert_eq!(setting.next().await.as_deref(), Some("id: 1-0\ndata: 1\n\n"));
    setting.entitled.store(false, Ordering::SeqCst);
    setting.rights.send_modify(|revision| *revision += 1);
    let bench = setting.bench.clone();
    assert_eq!(setting.rest().await, "");
    assert_eq!(bench.waiting(), [2]);
}

#[tokio::test]
async fn a_right_that_ended_while_the_stream_was_opened_is_missed_by_nobody() {
    let setting = Setting::new().await;
    setting.entitled.store(false, Ordering::SeqCst);
    setting.bench.publish(1, 1);
    let bench = setting.bench.clone();
    assert_eq!(setting.rest().await, OPENING);
    assert_eq!(bench.waiting(), [1]);
}

#[tokio::test]
async fn a_drain_that_comes_in_the_middle_of_an_event_lets_it_end_and_no_other_begin() {
    let mut setting = Setting::new().await;
    setting.next().await;
    setting.bench.publish(1, 2 * PIECE);
    setting.bench.publish(2, 1);
    let mut begun = String::new();
    for _ in 0..2 {
        begun += &setting.next().await.unwrap();
    }
    let (trigger, _) = Drain::new(WINDOW);
    std::mem::replace(&mut setting.trigger, trigger).start();
    let bench = setting.bench.clone();
    let heard = begun + &setting.rest().await;
    let event = format!("id: 1-0\ndata: {}\n\n", "1".repeat(2 * PIECE));
    let farewell = heard.strip_prefix(&event).unwrap_or_else(|| panic!("{} bytes", heard.len()));
    assert!(farewell.starts_with("retry: ") && farewell.lines().count() == 2, "{farewell}");
    assert_eq!(bench.waiting(), [2]);
}

#[tokio::test]
async fn a_drain_is_told_while_a_slow_client_has_not_taken_what_it_was_sent() {
    let mut setting = Setting::new().await;
    setting.next().await;
    setting.bench.publish(1, 1);
    let _not_taken = setting.pieces.next().await;
    assert!(setting.pieces.next().now_or_never().is_none());
    let (trigger, _) = Drain::new(WINDOW);
    std::mem::replace(&mut setting.trigger, trigger).start();
    assert!(setting.next().await.unwrap().starts_with("retry: "));
}

#[tokio::test]
async fn a_drain_tells_when_to_come_back_and_ends_the_stream() {
    let mut setting = Setting::new().await;
    setting.next().await;
    let (trigger, _) = Drain::new(WINDOW);
    std::mem::replace(&mut setting.trigger, trigger).start();
    let rest = setting.rest().await;
    let delay = rest.strip_prefix("retry: ").and_then(|rest| rest.strip_suffix("\n\n")).unwrap();
    assert!(delay.parse::<u64>().unwrap() <= WINDOW.as_millis() as u64, "{rest}");
}

/// Serves a stream of the bench's session on one connection, until that is over; and the client's end of it.
async fn serve(bench: &Arc<SessionBench>) -> (TcpStream, JoinHandle<()>) {
    let (socket, mut client) = Socket::pair().await;
    let (lifeline, bench) = (socket.lifeline(), bench.clone());
    let serving = async move {
        let service = service_fn(|_| {
            let settings = settings(Drain::new(WINDOW).1, watch::Sender::new(0).subscribe());
            let client = Client(Arc::new(AtomicBool::new(true)));
            let stream = EventStream::new(bench.attach(), client, lifeline.clone(), settings);
            async { Ok::<_, Infallible>(Response::new(Body::from_stream(stream.pieces()))) }
        });
        let _broken = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
    };
    let serving = tokio::spawn(serving);
    client.write_all(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    read_to(&mut client, OPENING).await;
    (client, serving)
}

/// Reads up to the end of `mark`.
async fn read_to(client: &mut TcpStream, mark: &str) {
    let mut text = String::new();
    while !text.contains(mark) {
        let mut buffer = [0; 1000];
        let read = client.read(&mut buffer).await.unwrap();
        assert!(read > 0, "it ended after {text}");
        text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
    }
}

#[tokio::test]
async fn an_event_is_gone_when_its_reader_has_it_whatever_becomes_of_the_connection_at_that_moment() {
    let bench = Arc::new(SessionBench::new());
    let (mut client, serving) = serve(&bench).await;
    bench.publish(1, 3);
    read_to(&mut client, "data: 111\n\n").await;
    // The server learns of this together with what it has written.
    drop(client);
    serving.await.unwrap();
    assert_eq!(bench.waiting(), [0_i64; 0]);
}

#[tokio::test]
async fn what_was_not_written_whole_before_the_connection_broke_comes_with_the_next_poll() {
    let bench = Arc::new(SessionBench::new());
    let (mut client, serving) = serve(&bench).await;
    bench.publish(1, 3);
    bench.publish(2, HUGE);
    bench.publish(3, 3);
    read_to(&mut client, "data: 222").await;
    drop(client);
    serving.await.unwrap();
    assert_eq!(bench.waiting(), [2, 3]);
}
