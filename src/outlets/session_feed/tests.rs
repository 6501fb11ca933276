//! What a session's websocket counts as handed over, over a socket that holds little.

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use futures_util::FutureExt;

use super::*;
use crate::broker::{QueueLimits, Stats, Weight};
use crate::outlets::LineKind;
use crate::outlets::testing::SessionBench;
use crate::server::Socket;

/// More than the socket holds.
const LARGE: usize = 1 << 20;

async fn feed(bench: &SessionBench) -> (SessionFeed, TcpStream) {
    feed_carried(bench, Compression::Off).await
}

async fn feed_carried(bench: &SessionBench, compression: Compression) -> (SessionFeed, TcpStream) {
    let limits = QueueLimits { events: 10, bytes: 1000 };
    let kind = LineKind { format: WireFormat::StreamV3, limits, stats: Arc::<Stats>::default() };
    let line = Line::new(Arc::new(kind));
    let (ours, client) = Socket::pair().await;
    line.connect(ours);
    (SessionFeed::new(bench.attach(), line, compression), client)
}

/// Lets the feed do all that it can without waiting.
fn go_on(feed: &mut SessionFeed) -> Option<End> {
    loop {
        match feed.catch_up().now_or_never() {
            None => return None,
            Some(Ok(())) => {}
            Some(Err(end)) => return Some(end),
        }
    }
}

#[tokio::test]
async fn events_that_were_written_are_gone_and_the_one_under_way_goes_back() {
    let bench = SessionBench::new();
    let (mut feed, client) = feed(&bench).await;
    bench.publish(1, 3);
    bench.publish(2, LARGE);
    bench.publish(3, 3);
    assert_eq!(go_on(&mut feed), None);
    drop(client);
    assert_eq!(feed.line.attend().await, LineEnd::Gone);
    assert_eq!(go_on(&mut feed), Some(End::Gone));
    drop(feed);
    assert_eq!(bench.waiting(), [2, 3]);
}

#[tokio::test]
async fn where_deflating_was_agreed_on_the_frame_that_all_share_goes_out_as_it_is() {
    let bench = SessionBench::new();
    for (compression, frame) in [(Compression::Off, &b"\x81\x03777"[..]), (Compression::Deflate, b"777")] {
        let (mut feed, mut client) = feed_carried(&bench, compression).await;
        bench.publish(7, 3);
        assert_eq!(go_on(&mut feed), None);
        let mut read = vec![0; frame.len()];
        client.read_exact(&mut read).await.unwrap();
        assert_eq!(read, frame);
        drop(feed);
        assert!(bench.waiting().is_empty(), "{compression:?}");
    }
}

#[tokio::test]
async fn an_event_whose_rest_was_written_beside_something_else_is_gone() {
    let bench = SessionBench::new();
    let (mut feed, mut client) = feed(&bench).await;
    bench.publish(2, LARGE);
    bench.publish(3, 3);
    assert_eq!(go_on(&mut feed), None);
    let mut read = vec![0; LARGE];
    let line = feed.line.clone();
    let (flushed, _) = tokio::join!(line.flushed(), async {
        client.read_exact(&mut read).await.unwrap();
        // The head of the frame.
        client.read_exact(&mut [0; 10]).await.unwrap();
    });
    flushed.unwrap();
    drop(feed);
    assert_eq!(bench.waiting(), [3]);
}

#[tokio::test]
async fn an_event_that_an_overrun_let_go_of_before_it_was_begun_goes_back() {
    let bench = SessionBench::new();
    let (mut feed, mut client) = feed(&bench).await;
    let line = feed.line.clone();
    // Answers to a client that asks and reads nothing; the event waits behind them.
    line.send(&vec![b'a'; LARGE].into(), Weight::Events(1));
    bench.publish(1, 3);
    assert_eq!(go_on(&mut feed), None);
    line.send(&Bytes::from_static(b"one answer too many"), Weight::Events(1));
    assert_eq!(line.attend().now_or_never(), Some(LineEnd::Overrun));
    // It goes on reading, up to the goodbye.
    line.send(&Bytes::from_static(b"bye"), Weight::Nothing);
    let mut read = vec![0; LARGE + 3];
    let (flushed, _) = tokio::join!(line.flushed(), async { client.read_exact(&mut read).await.unwrap() });
    flushed.unwrap();
    assert_eq!(&read[LARGE..], b"bye");
    drop(feed);
    assert_eq!(bench.waiting(), [1]);
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_left_and_its_event_goes_back() {
    let bench = SessionBench::new();
    let (mut feed, _client) = feed(&bench).await;
    bench.publish(1, LARGE);
    assert_eq!(go_on(&mut feed), None);
    tokio::time::pause();
    // Given up and begun again, as whenever the client says something.
    let half = patience_for(LARGE) / 2;
    assert!(tokio::time::timeout(half, feed.catch_up()).await.is_err());
    assert_eq!(feed.catch_up().await, Err(End::Gone));
    drop(feed);
    assert_eq!(bench.waiting(), [1]);
}

#[tokio::test]
async fn the_end_of_the_session_and_a_later_reader_end_the_connection_by_their_names() {
    let bench = SessionBench::new();
    let (mut feed, _client) = feed(&bench).await;
    assert_eq!(go_on(&mut feed), None);
    let later = bench.attach();
    assert_eq!(go_on(&mut feed), Some(End::Tell(Close::TakenOver)));
    drop(later);

    let (mut feed, _client) = self::feed(&bench).await;
    bench.sessions.drain();
    assert_eq!(go_on(&mut feed), Some(End::Tell(Close::Restarting)));
    bench.end();
    assert_eq!(go_on(&mut feed), Some(End::Tell(Close::SessionEnded)));
}
