//! What a client hears by its polls or its stream, and how it is left, with time that passes when nobody is busy.

use futures_util::FutureExt;
use tokio::net::TcpStream;

use super::*;
use crate::broker::{Batch, Delivery, QueueLimits, Stats, Subscriber, WireFormat};
use crate::domain::order::Position;
use crate::outlets::testing::Digits;
use crate::server::Socket;

const PATIENCE: Duration = Duration::from_secs(15);
const LIMITS: QueueLimits = QueueLimits { events: 3, bytes: 10 * ANSWER_BYTES };

fn batch_of(digit: u8, bytes: usize) -> Arc<Batch> {
    Batch::new(vec![Digits::activity(digit, bytes)], vec![])
}

fn batch(digit: u8) -> Arc<Batch> {
    batch_of(digit, 1)
}

/// A line that is live from the start.
fn line() -> (Arc<Line>, Arc<Stats>) {
    let stats = Arc::<Stats>::default();
    let format = WireFormat::SignalrJsonBare;
    let line = Line::new(Arc::new(LineKind { format, limits: LIMITS, stats: stats.clone() }));
    line.go_live(Position(0));
    (line, stats)
}

/// A client that polls on one connection. Clones are the same client.
#[derive(Clone)]
struct Client {
    sender: RequestSender,
    connected: Arc<(Socket, TcpStream)>,
    /// Made before, because time passes while one is being made.
    next_connection: Arc<(Socket, TcpStream)>,
}

impl Client {
    /// A poll whose answer is written at once.
    async fn poll(&self) -> Result<Option<Bytes>, Ended> {
        let answer = self.begin_poll().await;
        Ok(answer?.map(|bytes| Bytes::copy_from_slice(&bytes)))
    }

    /// A poll whose answer is not written before it is dropped.
    async fn begin_poll(&self) -> Result<Option<Bytes>, Ended> {
        self.sender.poll(self.connected.0.lifeline()).await
    }

    /// Goes on with another connection; the one that it had is broken, unless a clone has it.
    fn reconnect(&mut self) {
        self.connected = self.next_connection.clone();
    }
}

async fn polled() -> (Requests, Client, Arc<Line>, Arc<Stats>) {
    let (line, stats) = line();
    let (requests, sender) = Requests::polled(line.clone(), PATIENCE);
    let (connected, next_connection) = (Arc::new(Socket::pair().await), Arc::new(Socket::pair().await));
    let client = Client { sender, connected, next_connection };
    (requests, client, line, stats)
}

/// Lets a connection take in what its client does, and the client hear what there is, as far as both can come.
async fn until<T>(requests: &mut Requests, client: impl Future<Output = T>) -> T {
    let mut client = std::pin::pin!(client);
    loop {
        tokio::select! {
            outcome = &mut client => return outcome,
            said = requests.next() => assert!(matches!(said, Some(Ok(Message::Pong(_)))), "{said:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_poll_takes_all_that_waits_and_the_next_one_waits_for_more() {
    let (mut requests, client, line, _) = polled().await;
    for digit in [1, 2] {
        assert_eq!(line.deliver(&batch(digit)), Delivery::Taken);
    }
    assert_eq!(until(&mut requests, client.poll()).await, Ok(Some(Bytes::from("12"))));
    let waiting = client.poll();
    let more = async {
        tokio::time::sleep(PATIENCE).await;
        line.deliver(&batch(3))
    };
    let (heard, delivery) = until(&mut requests, async { tokio::join!(waiting, more) }).await;
    assert_eq!((heard, delivery), (Ok(Some(Bytes::from("3"))), Delivery::Taken));
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_not_larger_than_it_has_to_be() {
    let (mut requests, client, line, _) = polled().await;
    for digit in [1, 2, 3] {
        assert_eq!(line.deliver(&batch_of(digit, ANSWER_BYTES)), Delivery::Taken);
    }
    for digit in [1, 2, 3] {
        let heard = until(&mut requests, client.poll()).await.unwrap().unwrap();
        assert_eq!((heard.len(), heard[0]), (ANSWER_BYTES, b'0' + digit));
    }
}

#[tokio::test(start_paused = true)]
async fn a_poll_takes_the_place_of_one_that_waits() {
    let (mut requests, client, line, _) = polled().await;
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.poll().await }
    });
    assert!(matches!(requests.next().await, Some(Ok(Message::Pong(_)))));
    let second = tokio::spawn({
        let client = client.clone();
        async move { client.poll().await }
    });
    assert!(matches!(requests.next().await, Some(Ok(Message::Pong(_)))));
    assert_eq!(first.await.unwrap(), Ok(None));
    line.send(&Bytes::from("said"), Weight::Nothing);
    assert_eq!(until(&mut requests, second).await.unwrap(), Ok(Some(Bytes::from("said"))));
}

#[tokio::test(start_paused = true)]
async fn what_a_client_that_hung_up_did_not_get_is_in_its_next_poll() {
    let (mut requests, client, line, _) = polled().await;
    // It is heard of, and then its client is gone.
    assert!(until(&mut requests, client.poll()).now_or_never().is_none());
    assert_eq!(line.deliver(&batch(7)), Delivery::Taken);
    assert_eq!(until(&mut requests, client.poll()).await, Ok(Some(Bytes::from("7"))));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_not_written_before_its_connection_broke_is_in_the_next_poll() {
    let (mut requests, mut client, line, _) = polled().await;
    assert_eq!(line.deliver(&batch(7)), Delivery::Taken);
    let answer = until(&mut requests, client.begin_poll()).await;
    assert_eq!(answer, Ok(Some(Bytes::from("7"))));
    assert_eq!(line.deliver(&batch(8)), Delivery::Taken);
    client.reconnect();
    drop(answer);
    assert_eq!(until(&mut requests, client.poll()).await, Ok(Some(Bytes::from("7"))));
    assert_eq!(until(&mut requests, client.poll()).await, Ok(Some(Bytes::from("8"))));
}

#[tokio::test(start_paused = true)]
async fn what_a_poll_brought_is_handed_over_when_its_answer_was_written() {
    let (mut requests, mut client, line, _) = polled().await;
    assert_eq!(line.deliver(&batch(7)), Delivery::Taken);
    let lost = until(&mut requests, client.begin_poll()).await;
    assert_eq!(line.written(), Position(0));
    client.reconnect();
    drop(lost);
    assert_eq!(until(&mut requests, client.poll()).await, Ok(Some(Bytes::from("7"))));
    assert_eq!(line.deliver(&batch(8)), Delivery::Taken);
    assert_eq!(until(&mut requests, client.poll()).await, Ok(Some(Bytes::from("8"))));
    assert_eq!(line.written(), Position(7));
    // Nobody asks for more, but the answer was written.
    drop(requests);
    assert_eq!(line.written(), Position(8));
}

#[tokio::test(start_paused = true)]
async fn the_next_poll_waits_until_it_is_known_what_became_of_the_last_answer() {
    let (mut requests, mut client, line, _) = polled().await;
    assert_eq!(line.deliver(&batch(7)), Delivery::Taken);
    let before = client.clone();
    let answer = until(&mut requests, before.begin_poll()).await;
    assert_eq!(line.deliver(&batch(8)), Delivery::Taken);
    client.reconnect();
    let next = tokio::spawn(async move { client.poll().await });
    // It is heard of, and waits.
    assert!(matches!(requests.next().await, Some(Ok(Message::Pong(_)))));
    assert!(requests.next().now_or_never().is_none());
    // Written after all.
    drop(answer);
    assert_eq!(until(&mut requests, next).await.unwrap(), Ok(Some(Bytes::from("8"))));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_no_answer_and_asks_for_another_is_left() {
    let (mut requests, client, line, _) = polled().await;
    assert_eq!(line.deliver(&batch(7)), Delivery::Taken);
    let _not_written = until(&mut requests, client.begin_poll()).await;
    let next = tokio::spawn(async move { client.poll().await });
    assert!(matches!(requests.next().await, Some(Ok(Message::Pong(_)))));
    assert!(requests.next().await.is_none());
    drop(requests);
    assert_eq!(next.await.unwrap(), Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_farewell_that_was_not_written_is_said_again() {
    let (mut requests, mut client, ..) = polled().await;
    let heard = tokio::spawn(async move {
        let farewell = client.begin_poll().await;
        client.reconnect();
        drop(farewell);
        (client.poll().await, client.poll().await)
    });
    requests.part(Some(Message::text("bye")), Close::Restarting).await;
    drop(requests);
    assert_eq!(heard.await.unwrap(), (Ok(Some(Bytes::from("bye"))), Ok(None)));
}

#[tokio::test(start_paused = true)]
async fn a_client_may_stay_away_for_as_long_as_it_may_and_no_longer() {
    let (mut requests, client, line, _) = polled().await;
    let begun = Instant::now();
    let away = async {
        tokio::time::sleep(PATIENCE - Duration::from_secs(1)).await;
        line.send(&Bytes::from("still there"), Weight::Nothing);
        client.poll().await
    };
    assert!(until(&mut requests, away).await.unwrap().is_some());
    assert!(requests.next().await.is_none());
    assert_eq!(begun.elapsed().as_secs(), (2 * PATIENCE).as_secs() - 1);
    drop(requests);
    assert_eq!(client.poll().await, Err(Ended));
    assert_eq!(client.sender.say(Bytes::new()).await, Err(Ended));
}

#[tokio::test(start_paused = true)]
async fn while_a_poll_waits_its_client_is_not_away() {
    let (mut requests, client, line, _) = polled().await;
    let long = async {
        tokio::join!(client.poll(), async {
            tokio::time::sleep(10 * PATIENCE).await;
            line.send(&Bytes::from("at last"), Weight::Nothing);
        })
    };
    assert_eq!(until(&mut requests, long).await.0, Ok(Some(Bytes::from("at last"))));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_parts_hears_why_and_then_that_it_is_over() {
    let (mut requests, client, line, _) = polled().await;
    assert_eq!(line.deliver(&batch(1)), Delivery::Taken);
    let heard = tokio::spawn(async move { (client.poll().await, client.poll().await, client.poll().await) });
    requests.part(Some(Message::text("bye")), Close::Restarting).await;
    drop(requests);
    assert_eq!(heard.await.unwrap(), (Ok(Some(Bytes::from("1bye"))), Ok(None), Err(Ended)));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stays_away_is_not_waited_for_longer_than_it_may() {
    let (mut requests, _client, ..) = polled().await;
    let begun = Instant::now();
    requests.part(Some(Message::text("bye")), Close::Restarting).await;
    assert_eq!(begun.elapsed().as_secs(), PATIENCE.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_ends_the_connection_is_told_that_it_is_over() {
    let (mut requests, client, ..) = polled().await;
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.poll().await }
    });
    assert!(matches!(requests.next().await, Some(Ok(Message::Pong(_)))));
    client.sender.end().await.unwrap();
    assert!(matches!(requests.next().await, Some(Ok(Message::Close(None)))));
    requests.agree().await;
    drop(requests);
    assert_eq!(waiting.await.unwrap(), Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_falls_behind_is_counted_and_hears_the_farewell_only() {
    let (mut requests, client, line, stats) = polled().await;
    for digit in [1, 2, 3] {
        assert_eq!(line.deliver(&batch(digit)), Delivery::Taken);
    }
    assert_eq!(line.deliver(&batch(4)), Delivery::Refused);
    assert_eq!(stats.outboxes_overrun.get(), 1);
    let heard = tokio::spawn(async move { client.poll().await });
    requests.part(Some(Message::text("bye")), Close::FellBehind).await;
    assert_eq!(heard.await.unwrap(), Ok(Some(Bytes::from("bye"))));
}

#[tokio::test(start_paused = true)]
async fn what_was_read_too_early_comes_next() {
    let (mut requests, client, ..) = polled().await;
    client.sender.say(Bytes::from("second")).await.unwrap();
    requests.put_back(Bytes::from("first"));
    for said in ["first", "second"] {
        assert_eq!(requests.next().await.unwrap().unwrap(), Message::binary(said));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_brings_what_it_is_given_one_piece_at_a_time() {
    let (line, _) = line();
    let (mut requests, _sender, mut stream) = Requests::streamed(line.clone());
    for digit in [1, 2, 3] {
        assert_eq!(line.deliver(&batch(digit)), Delivery::Taken);
    }
    for piece in ["1", "2", "3"] {
        assert_eq!(until(&mut requests, stream.recv()).await, Some(Bytes::from(piece)));
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_stream_was_given_is_handed_over() {
    let (line, _) = line();
    let (mut requests, _sender, mut stream) = Requests::streamed(line.clone());
    for digit in [1, 2] {
        assert_eq!(line.deliver(&batch(digit)), Delivery::Taken);
    }
    assert!(requests.next().now_or_never().is_none());
    assert_eq!(line.written(), Position(1), "the second waits for the client to take the first");
    assert_eq!(stream.recv().await, Some(Bytes::from("1")));
    assert!(requests.next().now_or_never().is_none());
    assert_eq!(line.written(), Position(2));
}

#[tokio::test(start_paused = true)]
async fn what_a_stream_s_client_does_not_take_waits_within_the_limits() {
    let (line, stats) = line();
    let (mut requests, _sender, stream) = Requests::streamed(line.clone());
    // One piece is on its way to the client, and three may wait.
    assert_eq!(line.deliver(&batch(1)), Delivery::Taken);
    assert!(requests.next().now_or_never().is_none());
    for digit in [2, 3, 4] {
        assert_eq!(line.deliver(&batch(digit)), Delivery::Taken);
        assert!(requests.next().now_or_never().is_none());
    }
    assert_eq!(line.deliver(&batch(5)), Delivery::Refused);
    assert_eq!(stats.outboxes_overrun.get(), 1);
    drop(stream);
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_behind_the_farewell_and_its_client_by_hanging_up() {
    let (line, _) = line();
    let (mut requests, _sender, mut stream) = Requests::streamed(line);
    let heard = tokio::spawn(async move { (stream.recv().await, stream.recv().await) });
    requests.part(Some(Message::text("bye")), Close::Restarting).await;
    drop(requests);
    assert_eq!(heard.await.unwrap(), (Some(Bytes::from("bye")), None));

    let (line, _) = self::line();
    let (mut requests, _sender, stream) = Requests::streamed(line);
    drop(stream);
    assert!(requests.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_stream_s_client_that_takes_nothing_does_not_hold_up_its_end() {
    let (line, _) = line();
    let (mut requests, _sender, _stream) = Requests::streamed(line.clone());
    for digit in [1, 2] {
        assert_eq!(line.deliver(&batch(digit)), Delivery::Taken);
    }
    let begun = Instant::now();
    requests.part(Some(Message::text("bye")), Close::Restarting).await;
    assert_eq!(begun.elapsed().as_secs(), CLOSE_PATIENCE.as_secs());
}
