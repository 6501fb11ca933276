//! What a line sends, what it lets wait, and how it ends, over a socket that holds little.

use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::*;
use crate::broker::Encode;
use crate::outlets::testing::Digits;

const AMPLE: QueueLimits = QueueLimits { events: 1000, bytes: 1 << 24 };
/// More than the socket holds.
const LARGE: usize = 1 << 20;

fn batch(digits: &[u8]) -> Arc<Batch> {
    Batch::new(digits.iter().map(|digit| Digits::activity(*digit, 1)).collect(), vec![])
}

fn large(digit: u8) -> Arc<Batch> {
    Batch::new(vec![Digits::activity(digit, LARGE)], vec![])
}

fn kind(limits: QueueLimits, stats: Arc<Stats>) -> Arc<LineKind> {
    Arc::new(LineKind { format: WireFormat::Direct, limits, stats })
}

/// A line that is live from the start, and its client's end.
async fn live(limits: QueueLimits) -> (Arc<Line>, TcpStream, Arc<Stats>) {
    let (line, client, stats) = holding(limits).await;
    line.go_live(Position(0));
    (line, client, stats)
}

async fn holding(limits: QueueLimits) -> (Arc<Line>, TcpStream, Arc<Stats>) {
    let stats = Arc::<Stats>::default();
    let line = Line::new(kind(limits, stats.clone()));
    let (ours, client) = Socket::pair().await;
    // Ready to be written to, as a socket is after its handshake.
    poll_fn(|cx| ours.poll_write_ready(cx)).await.unwrap();
    line.connect(ours);
    (line, client, stats)
}

/// The next `count` bytes that the client gets while the line is attended.
async fn read(line: &Line, client: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    tokio::select! {
        read = client.read_exact(&mut bytes) => { read.unwrap(); }
        end = line.attend() => panic!("{end}"),
    }
    bytes
}

/// What is left for the client when the line is dropped.
async fn rest(line: Arc<Line>, mut client: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let writing = async {
        let _ = line.flushed().await;
        drop(line);
    };
    tokio::join!(writing, async { client.read_to_end(&mut bytes).await.unwrap() });
    bytes
}

#[tokio::test]
async fn what_the_socket_takes_is_written_by_whoever_delivers() {
    let (line, mut client, stats) = live(AMPLE).await;
    assert_eq!(line.deliver(&batch(&[1, 2, 3])), Delivery::Taken);
    assert_eq!(stats.outbox_events.get(), 0);
    let mut bytes = [0; 3];
    client.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"123");
}

#[tokio::test]
async fn what_it_does_not_take_waits_in_order_for_the_attendant() {
    let (line, mut client, stats) = live(AMPLE).await;
    for digit in 1..=3 {
        assert_eq!(line.deliver(&large(digit)), Delivery::Taken);
    }
    assert_eq!(stats.outbox_events.get(), 3);
    for digit in b"123" {
        assert!(read(&line, &mut client, LARGE).await.iter().all(|byte| byte == digit));
    }
    assert_eq!(line.flushed().now_or_never(), Some(Ok(())));
    assert_eq!(stats.outbox_events.get(), 0);
}

#[tokio::test]
async fn what_was_written_is_told_by_the_last_position_that_the_socket_took_whole() {
    let (line, mut client, _) = holding(AMPLE).await;
    assert_eq!(line.deliver(&batch(&[3])), Delivery::Taken);
    line.replay(&batch(&[1, 2]));
    assert_eq!(line.written(), Position(2), "what is held is not written");
    line.go_live(Position(2));
    assert_eq!(line.written(), Position(3));
    for digit in [4, 5] {
        assert_eq!(line.deliver(&large(digit)), Delivery::Taken);
    }
    assert_eq!(line.written(), Position(3), "the socket took a part");
    read(&line, &mut client, 3 + LARGE).await;
    // The last of it is in the socket's own buffers, or on its way there.
    assert!(line.written() >= Position(4), "{:?}", line.written());
    read(&line, &mut client, LARGE).await;
    assert_eq!(line.written(), Position(5));
}

#[tokio::test]
async fn an_attendant_that_waits_is_woken_when_something_is_left_over() {
    let (line, mut client, _) = live(AMPLE).await;
    let attending = tokio::spawn({
        let line = line.clone();
        async move { line.attend().await }
    });
    tokio::task::yield_now().await;
    assert_eq!(line.deliver(&large(1)), Delivery::Taken);
    let mut bytes = vec![0; LARGE];
    client.read_exact(&mut bytes).await.unwrap();
    attending.abort();
}

#[tokio::test]
async fn what_is_held_and_was_told_otherwise_is_not_sent() {
    let (line, client, _) = holding(AMPLE).await;
    assert_eq!(line.deliver(&batch(&[1, 2, 3])), Delivery::Taken);
    line.go_live(Position(2));
    assert_eq!(line.deliver(&batch(&[4])), Delivery::Taken);
    assert_eq!(rest(line, client).await, b"34");
}

#[tokio::test]
async fn what_is_published_late_and_was_told_otherwise_is_not_sent() {
    let (line, client, _) = holding(AMPLE).await;
    line.go_live(Position(2));
    assert_eq!(line.deliver(&batch(&[1])), Delivery::Taken);
    assert_eq!(line.deliver(&batch(&[2, 3])), Delivery::Taken);
    assert_eq!(line.deliver(&batch(&[4])), Delivery::Taken);
    assert_eq!(rest(line, client).await, b"34");
}

#[tokio::test]
async fn a_greeting_and_a_replay_come_before_what_is_held() {
    let (line, client, _) = holding(QueueLimits { events: 1, bytes: 1 }).await;
    assert_eq!(line.deliver(&batch(&[9])), Delivery::Taken);
    line.send(&Bytes::from_static(b"hello"), Weight::Nothing);
    line.replay(&batch(&[7, 8]));
    line.go_live(Position(8));
    assert_eq!(rest(line, client).await, b"hello789");
}

/// A line for clients that have agreed on deflating.
async fn deflating() -> (Arc<Line>, TcpStream) {
    let (format, stats) = (WireFormat::DirectDeflated, Arc::default());
    let line = Line::new(Arc::new(LineKind { format, limits: AMPLE, stats }));
    let (ours, client) = Socket::pair().await;
    line.connect(ours);
    (line, client)
}

/// An activity that reads like the format that it is written in, and counts how often it was.
struct Named(Arc<AtomicUsize>);

impl Encode for Named {
    fn encode(&self, format: WireFormat) -> Bytes {
        self.0.fetch_add(1, Ordering::SeqCst);
        format!("{format:?} ").into()
    }
}

#[tokio::test]
async fn what_is_published_is_deflated_once_for_all_who_have_agreed_on_it() {
    let [(one, to_one), (other, to_other)] = [deflating().await, deflating().await];
    one.go_live(Position(0));
    let encoded = Arc::<AtomicUsize>::default();
    let stamp = Stamp::Activity { position: Position(1) };
    let activity = Publication::new(stamp, Box::new(Named(encoded.clone())));
    for line in [&one, &other] {
        assert_eq!(line.deliver(&Batch::new(vec![activity.clone()], vec![])), Delivery::Taken);
    }
    // It was held meanwhile.
    other.go_live(Position(0));
    assert_eq!(rest(one, to_one).await, b"DirectDeflated ");
    assert_eq!(rest(other, to_other).await, b"DirectDeflated ");
    assert_eq!(encoded.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_one_client_missed_is_not_deflated_for_it_alone() {
    let (line, client) = deflating().await;
    let stamp = Stamp::Activity { position: Position(1) };
    line.replay(&Batch::new(vec![Publication::new(stamp, Box::new(Named(Arc::default())))], vec![]));
    assert_eq!(rest(line, client).await, b"Direct ");
}

#[tokio::test]
async fn more_held_than_may_wait_is_an_overrun() {
    let (line, _client, stats) = holding(QueueLimits { events: 2, bytes: 100 }).await;
    assert_eq!(line.deliver(&batch(&[1, 2])), Delivery::Taken);
    assert_eq!(line.deliver(&batch(&[3])), Delivery::Refused);
    assert_eq!(line.attend().now_or_never(), Some(LineEnd::Overrun));
    assert_eq!(stats.outboxes_overrun.get(), 1);
}

/// How many events wait before one too many is delivered.
async fn full(limits: QueueLimits) -> (Arc<Line>, TcpStream, Arc<Stats>) {
    let (line, client, stats) = live(limits).await;
    assert_eq!(line.deliver(&large(0)), Delivery::Taken);
    (line, client, stats)
}

#[tokio::test]
async fn as_many_events_as_may_wait_do_and_one_more_is_an_overrun_for_good() {
    let (line, _client, stats) = full(QueueLimits { events: 3, bytes: 1 << 24 }).await;
    assert_eq!(line.deliver(&batch(&[1, 2])), Delivery::Taken);
    assert_eq!(line.attend().now_or_never(), None);
    assert_eq!(line.deliver(&batch(&[3])), Delivery::Refused);
    assert_eq!(line.deliver(&batch(&[4])), Delivery::Refused);
    assert_eq!(line.attend().now_or_never(), Some(LineEnd::Overrun));
    assert_eq!(stats.outboxes_overrun.get(), 1);
}

#[tokio::test]
async fn as_many_bytes_as_may_wait_do_and_one_more_is_an_overrun() {
    let (line, _client, _) = full(QueueLimits { events: 1000, bytes: LARGE }).await;
    let waiting = {
        let state = line.state.lock();
        state.outbox.as_ref().and_then(|outbox| outbox.front()).map_or(0, <[u8]>::len)
    };
    let room = Batch::new(vec![Digits::activity(1, LARGE - waiting)], vec![]);
    assert_eq!(line.deliver(&room), Delivery::Taken);
    assert_eq!(line.deliver(&batch(&[2])), Delivery::Refused);
}

#[tokio::test]
async fn after_an_overrun_the_event_under_way_is_completed_and_a_farewell_follows() {
    let (line, client, stats) = full(QueueLimits { events: 2, bytes: 1 << 24 }).await;
    assert_eq!(line.deliver(&batch(&[1])), Delivery::Taken);
    assert_eq!(line.deliver(&batch(&[2])), Delivery::Refused);
    assert_eq!(stats.outbox_events.get(), 1);
    line.send(&Bytes::from_static(b"bye"), Weight::Nothing);
    let bytes = rest(line, client).await;
    assert_eq!((bytes.len(), &bytes[LARGE..]), (LARGE + 3, b"bye".as_slice()));
}

#[tokio::test]
async fn an_overrun_does_not_cut_a_replay_that_has_begun_to_be_written() {
    let (line, client, _) = holding(QueueLimits { events: 1, bytes: 1 << 24 }).await;
    line.replay(&large(1));
    assert_eq!(line.attend().now_or_never(), None);
    assert_eq!(line.deliver(&batch(&[2, 3])), Delivery::Refused);
    line.send(&Bytes::from_static(b"bye"), Weight::Nothing);
    let bytes = rest(line, client).await;
    assert_eq!((bytes.len(), &bytes[LARGE..]), (LARGE + 3, b"bye".as_slice()));
}

#[tokio::test]
async fn a_finished_line_sends_what_waits_and_takes_nothing_more() {
    let (line, client, _) = full(AMPLE).await;
    line.finish();
    assert_eq!(line.deliver(&batch(&[1])), Delivery::Refused);
    assert_eq!(rest(line, client).await.len(), LARGE);
}

#[tokio::test]
async fn a_client_that_went_away_ends_the_line() {
    let (line, client, stats) = full(AMPLE).await;
    drop(client);
    assert_eq!(line.attend().await, LineEnd::Gone);
    assert_eq!(line.deliver(&batch(&[1])), Delivery::Refused);
    assert_eq!(stats.outbox_events.get(), 0);
}

#[tokio::test]
async fn a_line_moves_while_its_client_takes_something() {
    let (line, mut client, _) = full(AMPLE).await;
    assert!(line.has_moved());
    assert!(!line.has_moved());
    read(&line, &mut client, LARGE / 2).await;
    assert!(line.has_moved());
    read(&line, &mut client, LARGE / 2).await;
    assert!(line.has_moved(), "nothing waits any more");
}

#[tokio::test]
async fn before_it_has_a_socket_everything_waits() {
    let line = Line::new(kind(AMPLE, Arc::default()));
    line.go_live(Position(0));
    assert_eq!(line.deliver(&batch(&[1])), Delivery::Taken);
    let (ours, client) = Socket::pair().await;
    line.connect(ours);
    assert_eq!(line.deliver(&batch(&[2])), Delivery::Taken);
    assert_eq!(rest(line, client).await, b"12");
}
