//! What a client hears by its polls or its stream, and how it is left, with time that passes when nobody is busy.

use futures_util::FutureExt;

use super::*;
use crate::broker::{
    Batch, Delivery, Encode, Publication, QueueLimits, Stamp, Stats, Subscriber, WireFormat,
};
use crate::domain::order::Position;

const PATIENCE: Duration = Duration::from_secs(15);
const LIMITS: QueueLimits = QueueLimits { events: 3, bytes: 10 * ANSWER_BYTES };

/// An activity that is a row of one digit.
struct Digits(u8, usize);

impl Encode for Digits {
    fn encode(&self, _: WireFormat) -> Bytes {
        vec![b'0' + self.0; self.1].into()
    }
}

fn batch_of(digit: u8, bytes: usize) -> Arc<Batch> {
    let stamp = Stamp::Activity { position: Position(u64::from(digit)) };
    Batch::new(vec![Publication::new(stamp, Box::new(Digits(digit, bytes)))], vec![])
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

fn polled() -> (Requests, RequestSender, Arc<Line>, Arc<Stats>) {
    let (line, stats) = line();
    let (requests, sender) = Requests::polled(line.clone(), PATIENCE);
    (requests, sender, line, stats)
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
    let (mut requests, sender, line, _) = polled();
    for digit in [1, 2] {
        assert_eq!(line.deliver(&batch(digit)), Delivery::Taken);
    }
    assert_eq!(until(&mut requests, sender.poll()).await, Ok(Some(Bytes::from("12"))));
    let waiting = sender.poll();
    let more = async {
        tokio::time::sleep(PATIENCE).await;
        line.deliver(&batch(3))
    };
    let (heard, delivery) = until(&mut requests, async { tokio::join!(waiting, more) }).await;
    assert_eq!((heard, delivery), (Ok(Some(Bytes::from("3"))), Delivery::Taken));
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_not_larger_than_it_has_to_be() {
    let (mut requests, sender, line, _) = polled();
    for digit in [1, 2, 3] {
        assert_eq!(line.deliver(&batch_of(digit, ANSWER_BYTES)), Delivery::Taken);
    }
    for digit in [1, 2, 3] {
        let heard = until(&mut requests, sender.poll()).await.unwrap().unwrap();
        assert_eq!((heard.len(), heard[0]), (ANSWER_BYTES, b'0' + digit));
    }
}

#[tokio::test(start_paused = true)]
async fn a_poll_takes_the_place_of_one_that_waits() {
    let (mut requests, sender, line, _) = polled();
    let first = tokio::spawn({
        let sender = sender.clone();
        async move { sender.poll().await }
    });
    assert!(matches!(requests.next().await, Some(Ok(Message::Pong(_)))));
    let second = tokio::spawn({
        let sender = sender.clone();
        async move { sender.poll().await }
    });
    assert!(matches!(requests.next().await, Some(Ok(Message::Pong(_)))));
    assert_eq!(first.await.unwrap(), Ok(None));
    line.send(&Bytes::from("said"), Weight::Nothing);
    assert_eq!(until(&mut requests, second).await.unwrap(), Ok(Some(Bytes::from("said"))));
}

#[tokio::test(start_paused = true)]
async fn what_a_client_that_hung_up_did_not_get_is_in_its_next_poll() {
    let (mut requests, sender, line, _) = polled();
    // It is heard of, and then its client is gone.
    assert!(until(&mut requests, sender.poll()).now_or_never().is_none());
    assert_eq!(line.deliver(&batch(7)), Delivery::Taken);
    assert_eq!(until(&mut requests, sender.poll()).await, Ok(Some(Bytes::from("7"))));
}

#[tokio::test(start_paused = true)]
async fn a_client_may_stay_away_for_as_long_as_it_may_and_no_longer() {
    let (mut requests, sender, line, _) = polled();
    let begun = Instant::now();
    let away = async {
        tokio::time::sleep(PATIENCE - Duration::from_secs(1)).await;
        line.send(&Bytes::from("still there"), Weight::Nothing);
        sender.poll().await
    };
    assert!(until(&mut requests, away).await.unwrap().is_some());
    assert!(requests.next().await.is_none());
    assert_eq!(begun.elapsed().as_secs(), (2 * PATIENCE).as_secs() - 1);
    drop(requests);
    assert_eq!(sender.poll().await, Err(Ended));
    assert_eq!(sender.say(Bytes::new()).await, Err(Ended));
}

#[tokio::test(start_paused = true)]
async fn while_a_poll_waits_its_client_is_not_away() {
    let (mut requests, sender, line, _) = polled();
    let long = async {
        tokio::join!(sender.poll(), async {
            tokio::time::sleep(10 * PATIENCE).await;
            line.send(&Bytes::from("at last"), Weight::Nothing);
        })
    };
    assert_eq!(until(&mut requests, long).await.0, Ok(Some(Bytes::from("at last"))));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_parts_hears_why_and_then_that_it_is_over() {
    let (mut requests, sender, line, _) = polled();
    assert_eq!(line.deliver(&batch(1)), Delivery::Taken);
    let client = tokio::spawn(async move { (sender.poll().await, sender.poll().await, sender.poll().await) });
    requests.part(Some(Message::text("bye")), Close::Restarting).await;
    drop(requests);
    assert_eq!(client.await.unwrap(), (Ok(Some(Bytes::from("1bye"))), Ok(None), Err(Ended)));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stays_away_is_not_waited_for_longer_than_it_may() {
    let (mut requests, _sender, ..) = polled();
    let begun = Instant::now();
    requests.part(Some(Message::text("bye")), Close::Restarting).await;
    assert_eq!(begun.elapsed().as_secs(), PATIENCE.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_ends_the_connection_is_told_that_it_is_over() {
    let (mut requests, sender, ..) = polled();
    let waiting = tokio::spawn({
        let sender = sender.clone();
        async move { sender.poll().await }
    });
    assert!(matches!(requests.next().await, Some(Ok(Message::Pong(_)))));
    sender.end().await.unwrap();
    assert!(matches!(requests.next().await, Some(Ok(Message::Close(None)))));
    requests.agree().await;
    drop(requests);
    assert_eq!(waiting.await.unwrap(), Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_falls_behind_is_counted_and_hears_the_farewell_only() {
    let (mut requests, sender, line, stats) = polled();
    for digit in [1, 2, 3] {
        assert_eq!(line.deliver(&batch(digit)), Delivery::Taken);
    }
    assert_eq!(line.deliver(&batch(4)), Delivery::Refused);
    assert_eq!(stats.outboxes_overrun.get(), 1);
    let client = tokio::spawn(async move { sender.poll().await });
    requests.part(Some(Message::text("bye")), Close::FellBehind).await;
    assert_eq!(client.await.unwrap(), Ok(Some(Bytes::from("bye"))));
}

#[tokio::test(start_paused = true)]
async fn what_was_read_too_early_comes_next() {
    let (mut requests, sender, ..) = polled();
    sender.say(Bytes::from("second")).await.unwrap();
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
