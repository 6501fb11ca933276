//! Readers that stay: one hand-over after the other in one turn, on a clock that is moved by hand.

use futures_util::FutureExt;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::broker::testing::{event, id, numbers};
use crate::broker::{
    Acknowledgement, PollRequest, QueueLimits, SessionSpec, Sessions, Stats, Topic, Topics, WireFormat,
};
use crate::domain::clock::{Clock, ManualClock, Millis};
use crate::domain::ids::{SessionId, TenantId, UserId};

const LONG: Duration = Duration::from_secs(3600);
const INACTIVITY: Duration = Duration::from_secs(60);
const START: Millis = Millis(1_000_000);

/// One session and who publishes to it.
struct Bench {
    sessions: Sessions,
    topics: Topics,
    clock: ManualClock,
    tenant: TenantId,
    id: SessionId,
}

impl Bench {
    fn new(acknowledgement: Acknowledgement) -> Self {
        Self::within(5, acknowledgement)
    }

    fn within(events: usize, acknowledgement: Acknowledgement) -> Self {
        let (clock, stats) = (ManualClock::at(START), Arc::<Stats>::default());
        let topics = Topics::new(stats.clone());
        let sessions = Sessions::new(topics.clone(), Arc::new(clock.clone()), stats);
        let (tenant, id) = (TenantId::new(), SessionId::new());
        sessions.create(SessionSpec {
            id,
            tenant,
            user: UserId::from("ann"),
            format: WireFormat::StreamV3,
            inactivity: INACTIVITY,
            acknowledgement,
            created: START,
            limits: QueueLimits { events, bytes: 1000 },
        });
        Self { sessions, topics, clock, tenant, id }
    }

    fn publish(&self, events: &[u32]) {
        let batch: Vec<_> = events.iter().copied().map(event).collect();
        self.topics.publish(&Topic::Organization(self.tenant), &batch);
    }

    fn request(&self, max: usize, wait: Duration) -> PollRequest {
        PollRequest { tenant: self.tenant, id: self.id, format: WireFormat::StreamV3, max, wait, after: None }
    }

    /// A reader that has been given nothing yet.
    fn reader(&self) -> Handover {
        let poll = self.sessions.poll(self.request(0, Duration::ZERO));
        poll.now_or_never().expect("it does not wait").expect("the session lives")
    }

    /// What a poll gets at once.
    fn look(&self) -> Vec<u32> {
        let poll = self.sessions.poll(self.request(10, Duration::ZERO));
        let mut handover = poll.now_or_never().expect("it does not wait").expect("the session lives");
        let seen = numbers(handover.events());
        handover.complete_first(seen.len());
        seen
    }
}

/// What there is for a reader at once; none when it has to wait.
fn next(reader: &mut Handover, after: Option<u32>) -> Option<Vec<u32>> {
    let after = after.map(id);
    let outcome = reader.follow(2, after, LONG).now_or_never()?;
    outcome.expect("the session lives");
    Some(numbers(reader.events()))
}

#[tokio::test]
async fn a_reader_that_stays_is_given_one_part_after_the_other() {
    let bench = Bench::new(Acknowledgement::NotRequired);
    let mut reader = bench.reader();
    assert_eq!(next(&mut reader, None), None);
    bench.publish(&[1, 2, 3]);
    assert_eq!(next(&mut reader, None), Some(vec![1, 2]));
    reader.complete_first(2);
    assert_eq!(next(&mut reader, Some(2)), Some(vec![3]));
    reader.complete_first(1);
    assert_eq!(next(&mut reader, Some(3)), None);
}

#[tokio::test]
async fn with_acknowledgement_a_reader_is_given_each_event_once_and_the_next_reader_all_of_them() {
    let bench = Bench::new(Acknowledgement::Required);
    let mut reader = bench.reader();
    bench.publish(&[1, 2, 3]);
    assert_eq!(next(&mut reader, None), Some(vec![1, 2]));
    assert_eq!(next(&mut reader, Some(2)), Some(vec![3]));
    assert_eq!(next(&mut reader, Some(3)), None);
    drop(reader);
    assert_eq!(bench.look(), [1, 2, 3]);
}

#[tokio::test]
async fn what_was_not_handed_over_is_given_again_and_goes_back_when_the_reader_goes() {
    let bench = Bench::new(Acknowledgement::NotRequired);
    let mut reader = bench.reader();
    bench.publish(&[1, 2, 3]);
    assert_eq!(next(&mut reader, None), Some(vec![1, 2]));
    reader.complete_first(1);
    assert_eq!(next(&mut reader, Some(1)), Some(vec![2, 3]));
    drop(reader);
    assert_eq!(bench.look(), [2, 3]);
}

#[tokio::test]
async fn a_poll_that_comes_while_a_reader_has_events_takes_over_and_not_the_other_way_round() {
    let bench = Bench::new(Acknowledgement::NotRequired);
    let mut reader = bench.reader();
    bench.publish(&[1, 2, 3]);
    assert_eq!(next(&mut reader, None), Some(vec![1, 2]));
    let mut poll = Box::pin(bench.sessions.poll(bench.request(10, LONG)));
    assert!((&mut poll).now_or_never().is_none(), "events are out");
    assert!(reader.is_taken_over());
    reader.complete_first(1);
    assert_eq!(next(&mut reader, Some(1)), Some(vec![]));
    assert_eq!(reader.outcome(), Outcome::TakenOver);
    assert_eq!(numbers(poll.await.unwrap().events()), [2, 3]);
}

#[tokio::test]
async fn a_waiting_reader_gives_way_to_a_poll() {
    let bench = Bench::new(Acknowledgement::NotRequired);
    let mut reader = bench.reader();
    let mut waiting = Box::pin(reader.follow(2, None, LONG));
    assert!((&mut waiting).now_or_never().is_none());
    assert_eq!(bench.look(), [0_u32; 0]);
    waiting.await.unwrap();
    assert_eq!(reader.outcome(), Outcome::TakenOver);
}

#[tokio::test]
async fn the_inactivity_clock_stands_still_while_a_reader_stays_and_begins_anew_when_it_goes() {
    let bench = Bench::new(Acknowledgement::NotRequired);
    let mut reader = bench.reader();
    bench.clock.advance(INACTIVITY * 3);
    assert!(bench.sessions.expire(bench.clock.now(), 10).ended.is_empty());
    bench.publish(&[1]);
    assert_eq!(next(&mut reader, None), Some(vec![1]));
    bench.clock.advance(INACTIVITY * 3);
    assert!(bench.sessions.expire(bench.clock.now(), 10).ended.is_empty());
    drop(reader);
    bench.clock.advance(INACTIVITY - Duration::from_millis(1));
    assert!(bench.sessions.expire(bench.clock.now(), 10).ended.is_empty());
    bench.clock.advance(Duration::from_millis(1));
    assert_eq!(bench.sessions.expire(bench.clock.now(), 10).ended.len(), 1);
}

#[tokio::test]
async fn a_reader_is_told_what_its_session_ended_by() {
    let ended = Bench::new(Acknowledgement::NotRequired);
    let mut reader = ended.reader();
    ended.sessions.end(ended.tenant, &ended.id).unwrap();
    assert_eq!(reader.follow(2, None, LONG).await, Err(SessionGone));
    assert_eq!(reader.ending(), None);

    let overrun = Bench::new(Acknowledgement::NotRequired);
    let mut reader = overrun.reader();
    overrun.publish(&[1, 2, 3, 4, 5, 6]);
    assert_eq!(overrun.sessions.expire(overrun.clock.now(), 10).ended.len(), 1);
    assert_eq!(reader.follow(2, None, LONG).await, Err(SessionGone));
    assert_eq!(reader.ending(), Some(Ending::Overrun));
}

#[tokio::test]
async fn a_reader_that_waits_is_let_go_when_the_broker_drains() {
    let bench = Bench::new(Acknowledgement::NotRequired);
    let mut reader = bench.reader();
    let mut waiting = Box::pin(reader.follow(2, None, LONG));
    assert!((&mut waiting).now_or_never().is_none());
    bench.sessions.drain();
    waiting.await.unwrap();
    assert_eq!(reader.outcome(), Outcome::Draining);
}

#[derive(Clone, Debug)]
enum Step {
    Publish(u32),
    /// A reader that stays; the one before it does not know yet.
    Attach,
    /// The latest of the readers, or the one before it, wants its next part.
    Follow(usize),
    /// So many of its events arrive.
    Arrive(usize, usize),
    /// Its connection breaks.
    Break(usize),
    Poll,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..5u32).prop_map(Step::Publish),
        2 => Just(Step::Attach),
        6 => (0..2usize).prop_map(Step::Follow),
        4 => (0..2usize, 1..4usize).prop_map(|(reader, count)| Step::Arrive(reader, count)),
        2 => (0..2usize).prop_map(Step::Break),
        1 => Just(Step::Poll),
    ]
}

proptest! {
    #[test]
    fn whoever_reads_in_whatever_order_every_event_arrives_once_and_in_order(steps in vec(step(), 1..60)) {
        let bench = Bench::within(1000, Acknowledgement::NotRequired);
        // The latest is the first.
        let mut readers: Vec<Handover> = Vec::new();
        let (mut published, mut arrived) = (0, Vec::new());
        for step in steps {
            match step {
                Step::Publish(count) => {
                    let events: Vec<_> = (published + 1..=published + count).collect();
                    bench.publish(&events);
                    published += count;
                }
                Step::Attach => {
                    readers.insert(0, bench.reader());
                    readers.truncate(2);
                }
                Step::Follow(reader) => {
                    if let Some(reader) = readers.get_mut(reader) {
                        let after = arrived.last().copied().map(id);
                        let followed = reader.follow(2, after, Duration::ZERO).now_or_never();
                        prop_assert_eq!(followed, Some(Ok(())));
                        prop_assert!(reader.events().is_empty() || !reader.is_taken_over());
                    }
                }
                Step::Arrive(reader, count) => {
                    if let Some(reader) = readers.get_mut(reader) {
                        arrived.extend(numbers(reader.events().iter().take(count)));
                        reader.complete_first(count);
                    }
                }
                Step::Break(reader) => {
                    if reader < readers.len() {
                        drop(readers.remove(reader));
                    }
                }
                Step::Poll => arrived.extend(bench.look()),
            }
        }
        readers.clear();
        loop {
            let rest = bench.look();
            if rest.is_empty() {
                break;
            }
            arrived.extend(rest);
        }
        prop_assert_eq!(arrived, (1..=published).collect::<Vec<_>>());
    }
}
