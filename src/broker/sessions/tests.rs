//! The rules of streaming sessions one by one.

mod subscriptions;

use std::pin::Pin;
use std::time::Duration;

use futures_util::FutureExt;

use super::*;
use crate::broker::testing::{event, id, numbers, publish_watched, subscription};
use crate::broker::{Acknowledgement, Outcome, QueueLimits, SubscriptionCount};
use crate::domain::clock::ManualClock;
use crate::domain::ids::UserId;
use subscriptions::{idle_of, of_users};

const WAIT: Duration = Duration::from_secs(15);
const INACTIVITY: Duration = Duration::from_secs(60);
const START: Millis = Millis(1_000_000);

/// A registry with a clock to move and one organization to publish to.
struct Bench {
    sessions: Sessions,
    topics: Topics,
    clock: ManualClock,
    stats: Arc<Stats>,
    tenant: TenantId,
}

type Poll<'a> = Pin<Box<dyn Future<Output = Result<Handover, PollError>> + Send + 'a>>;

impl Bench {
    fn new() -> Self {
        let clock = ManualClock::at(START);
        let stats = Arc::<Stats>::default();
        let topics = Topics::new(stats.clone());
        let sessions = Sessions::new(topics.clone(), Arc::new(clock.clone()), stats.clone());
        Self { sessions, topics, clock, stats, tenant: TenantId::new() }
    }

    fn spec(&self, acknowledgement: Acknowledgement) -> SessionSpec {
        SessionSpec {
            id: SessionId::new(),
            tenant: self.tenant,
            user: UserId::from("ann"),
            format: WireFormat::StreamV3,
            inactivity: INACTIVITY,
            acknowledgement,
            created: START,
            limits: QueueLimits { events: 5, bytes: 1000 },
        }
    }

    fn create(&self, acknowledgement: Acknowledgement) -> SessionId {
        let spec = self.spec(acknowledgement);
        let id = spec.id;
        self.sessions.create(spec);
        id
    }

    fn plain(&self) -> SessionId {
        self.create(Acknowledgement::NotRequired)
    }

    fn publish(&self, events: &[u32]) {
        let batch: Vec<_> = events.iter().copied().map(event).collect();
        self.topics.publish(&Topic::User(self.tenant, UserId::from("ann")), &batch);
    }

    fn request(&self, id: SessionId) -> PollRequest {
        let format = WireFormat::StreamV3;
        PollRequest { tenant: self.tenant, id, format, max: 10, wait: WAIT, after: None }
    }

    /// A poll that has begun to wait.
    fn waiting(&self, id: SessionId) -> Poll<'_> {
        let mut poll: Poll<'_> = Box::pin(self.sessions.poll(self.request(id)));
        assert!((&mut poll).now_or_never().is_none(), "the poll has something already");
        poll
    }

    /// What a poll gets without waiting.
    fn look(&self, id: SessionId) -> Result<Handover, PollError> {
        let request = PollRequest { wait: Duration::ZERO, ..self.request(id) };
        self.sessions.poll(request).now_or_never().expect("a poll without wait does not wait")
    }

    fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    fn expire(&self) -> Vec<(SessionId, Ending)> {
        let sweep = self.sessions.expire(self.clock.now(), usize::MAX);
        sweep.ended.into_iter().map(|expired| (expired.session.id, expired.ending)).collect()
    }
}

/// The events of a poll that has come back, handed over.
#[track_caller]
fn take(handover: Result<Handover, PollError>) -> Vec<u32> {
    let handover = handover.expect("the session lives");
    let taken = numbers(handover.events());
    handover.complete();
    taken
}

#[track_caller]
fn done(poll: Poll<'_>) -> Result<Handover, PollError> {
    poll.now_or_never().expect("the poll has come back")
}

#[tokio::test]
async fn a_session_hears_its_user_and_its_organization_and_nobody_else() {
    let bench = Bench::new();
    let id = bench.plain();
    bench.publish(&[1]);
    bench.topics.publish(&Topic::Organization(bench.tenant), &[event(2)]);
    bench.topics.publish(&Topic::User(bench.tenant, UserId::from("bob")), &[event(3)]);
    bench.topics.publish(&Topic::User(TenantId::new(), UserId::from("ann")), &[event(4)]);
    assert_eq!(take(bench.look(id)), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_poll_waits_its_time_and_comes_back_empty() {
    let bench = Bench::new();
    let id = bench.plain();
    let begun = tokio::time::Instant::now();
    let handover = bench.sessions.poll(bench.request(id)).await.unwrap();
    assert_eq!(handover.outcome(), Outcome::TimedOut);
    assert!(handover.events().is_empty());
    // A timer's resolution is a millisecond.
    assert!((WAIT..=WAIT + Duration::from_millis(1)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_waiting_poll_is_woken_by_an_event() {
    let bench = Bench::new();
    let id = bench.plain();
    let poll = bench.waiting(id);
    bench.publish(&[1]);
    assert_eq!(take(done(poll)), [1]);
}

#[tokio::test]
async fn a_poll_takes_at_most_its_share() {
    let bench = Bench::new();
    let id = bench.plain();
    bench.publish(&[1, 2, 3]);
    let request = PollRequest { max: 2, ..bench.request(id) };
    assert_eq!(take(bench.sessions.poll(request).await), [1, 2]);
    assert_eq!(take(bench.look(id)), [3]);
}

#[tokio::test]
async fn a_second_poll_takes_over_and_the_first_comes_back_empty_at_once() {
    let bench = Bench::new();
    let id = bench.plain();
    let first = bench.waiting(id);
    let second = bench.waiting(id);
    let handover = done(first).unwrap();
    assert_eq!((handover.outcome(), handover.events().len()), (Outcome::TakenOver, 0));
    bench.publish(&[1]);
    assert_eq!(take(done(second)), [1]);
}

#[tokio::test]
async fn a_poll_waits_while_a_hand_over_is_out_and_then_gets_what_follows() {
    let bench = Bench::new();
    let id = bench.plain();
    bench.publish(&[1]);
    let handover = bench.look(id).unwrap();
    bench.publish(&[2]);
    let poll = bench.waiting(id);
    handover.complete();
    assert_eq!(take(done(poll)), [2]);
}

#[tokio::test]
async fn a_hand_over_that_broke_gives_its_events_to_the_waiting_poll() {
    let bench = Bench::new();
    let id = bench.plain();
    bench.publish(&[1]);
    let handover = bench.look(id).unwrap();
    bench.publish(&[2]);
    let poll = bench.waiting(id);
    drop(handover);
    assert_eq!(take(done(poll)), [1, 2]);
}

#[tokio::test]
async fn a_stream_that_broke_has_lost_what_it_handed_over_and_nothing_else() {
    let bench = Bench::new();
    let id = bench.plain();
    bench.publish(&[1, 2, 3]);
    let mut handover = bench.look(id).unwrap();
    handover.complete_first(1);
    handover.complete_first(1);
    assert_eq!(numbers(handover.events()), [3]);
    drop(handover);
    assert_eq!(take(bench.look(id)), [3]);
}

#[tokio::test]
async fn a_stream_that_has_handed_over_all_lets_the_poll_behind_it_have_what_follows() {
    let bench = Bench::new();
    let id = bench.plain();
    bench.publish(&[1]);
    let mut handover = bench.look(id).unwrap();
    bench.publish(&[2]);
    let poll = bench.waiting(id);
    handover.complete_first(5);
    assert_eq!(take(done(poll)), [2]);
    drop(handover);
    assert!(take(bench.look(id)).is_empty());
}

#[tokio::test]
async fn a_stream_hands_over_to_the_end_in_a_session_that_has_ended() {
    let bench = Bench::new();
    let id = bench.plain();
    bench.publish(&[1, 2]);
    let mut handover = bench.look(id).unwrap();
    bench.sessions.end(bench.tenant, &id).unwrap();
    handover.complete_first(1);
    assert_eq!(numbers(handover.events()), [2]);
    handover.complete();
}

#[tokio::test]
async fn a_poll_given_up_while_it_waits_takes_nothing() {
    let bench = Bench::new();
    let id = bench.plain();
    let poll = bench.waiting(id);
    bench.publish(&[1]);
    drop(poll);
    assert_eq!(take(bench.look(id)), [1]);
}

#[tokio::test]
async fn the_other_version_is_refused_and_does_not_take_over() {
    let bench = Bench::new();
    let id = bench.plain();
    let poll = bench.waiting(id);
    let other = PollRequest { format: WireFormat::StreamV2, ..bench.request(id) };
    assert_eq!(bench.sessions.poll(other).await.err(), Some(PollError::OtherVersion));
    bench.publish(&[1]);
    assert_eq!(take(done(poll)), [1]);
}

#[tokio::test]
async fn another_tenants_session_does_not_exist() {
    let bench = Bench::new();
    let session = bench.create(Acknowledgement::Required);
    let stranger = TenantId::new();
    let poll = PollRequest { tenant: stranger, ..bench.request(session) };
    assert_eq!(bench.sessions.poll(poll).await.err(), Some(SessionGone.into()));
    assert_eq!(bench.sessions.end(stranger, &session), Err(SessionGone));
    assert_eq!(bench.sessions.find(stranger, &session), None);
    assert_eq!(bench.sessions.acknowledge(stranger, &session, &[id(1)]), Err(SessionGone.into()));
    assert!(bench.sessions.find(bench.tenant, &session).is_some());
}

#[tokio::test]
async fn an_ended_session_is_gone_for_every_operation_and_hears_nothing() {
    let bench = Bench::new();
    let session = bench.create(Acknowledgement::Required);
    assert_eq!(bench.sessions.end(bench.tenant, &session), Ok(()));
    assert_eq!(bench.look(session).err(), Some(SessionGone.into()));
    assert_eq!(bench.sessions.end(bench.tenant, &session), Err(SessionGone));
    assert_eq!(bench.sessions.find(bench.tenant, &session), None);
    assert_eq!(bench.sessions.acknowledge(bench.tenant, &session, &[]), Err(SessionGone.into()));
    assert_eq!((bench.sessions.count(), bench.topics.topic_count()), (0, 0));
    assert_eq!(bench.sessions.next_deadline(), None);
    bench.advance(1000);
    assert_eq!(bench.expire(), []);
}

#[tokio::test]
async fn ending_a_session_fails_its_waiting_poll_at_once() {
    let bench = Bench::new();
    let id = bench.plain();
    let poll = bench.waiting(id);
    bench.sessions.end(bench.tenant, &id).unwrap();
    assert_eq!(done(poll).err(), Some(SessionGone.into()));
}

#[tokio::test]
async fn a_hand_over_outlives_its_session() {
    let bench = Bench::new();
    let id = bench.plain();
    bench.publish(&[1, 2]);
    let handover = bench.look(id).unwrap();
    bench.sessions.end(bench.tenant, &id).unwrap();
    assert_eq!(take(Ok(handover)), [1, 2]);
}

#[tokio::test]
async fn an_overrun_ends_the_session_for_its_poll_and_is_reported_once() {
    let bench = Bench::new();
    let session = bench.plain();
    bench.publish(&[1]);
    let handover = bench.look(session).unwrap();
    let poll = bench.waiting(session);
    bench.publish(&[2, 3, 4, 5, 6]);
    assert_eq!(done(poll).err(), Some(SessionGone.into()));
    assert_eq!(bench.sessions.find(bench.tenant, &session), None);
    assert!(bench.sessions.next_deadline() <= Some(bench.clock.now()));
    assert_eq!(bench.expire(), [(session, Ending::Overrun)]);
    assert_eq!(bench.expire(), []);
    assert_eq!(bench.sessions.next_deadline(), None);
    assert_eq!((bench.sessions.count(), bench.topics.topic_count()), (0, 0));
    assert_eq!(bench.stats.sessions_overrun.get(), 1);
    handover.complete();
}

#[tokio::test]
async fn a_session_expires_when_its_delay_is_over_and_not_before() {
    let bench = Bench::new();
    let id = bench.plain();
    assert_eq!(bench.sessions.next_deadline(), Some(START.plus(INACTIVITY)));
    bench.clock.advance(INACTIVITY - Duration::from_millis(1));
    assert_eq!(bench.expire(), []);
    bench.clock.advance(Duration::from_millis(1));
    assert_eq!(bench.expire(), [(id, Ending::Inactive)]);
    assert_eq!((bench.sessions.count(), bench.topics.topic_count()), (0, 0));
    assert_eq!(bench.stats.sessions_expired.get(), 1);
}

#[tokio::test]
async fn a_session_whose_time_is_up_is_gone_before_the_sweep_and_still_reported() {
    let bench = Bench::new();
    let id = bench.plain();
    bench.advance(60);
    assert_eq!(bench.look(id).err(), Some(SessionGone.into()));
    assert_eq!(bench.sessions.end(bench.tenant, &id), Err(SessionGone));
    assert_eq!(bench.expire(), [(id, Ending::Inactive)]);
    assert_eq!(bench.stats.sessions_expired.get(), 1);
}

#[tokio::test]
async fn the_clock_runs_from_the_end_of_the_last_poll() {
    let bench = Bench::new();
    let id = bench.plain();
    let poll = bench.waiting(id);
    bench.advance(100);
    assert_eq!(bench.expire(), []);
    drop(poll);
    bench.advance(59);
    assert_eq!(bench.expire(), []);
    assert!(take(bench.look(id)).is_empty());
    // The entry in the deadlines is older than this poll: it comes up, and is put back.
    bench.advance(59);
    assert_eq!(bench.expire(), []);
    bench.advance(1);
    assert_eq!(bench.expire(), [(id, Ending::Inactive)]);
}

#[tokio::test]
async fn a_hand_over_that_is_out_keeps_the_session_alive() {
    let bench = Bench::new();
    let id = bench.plain();
    bench.publish(&[1]);
    let handover = bench.look(id).unwrap();
    bench.advance(1000);
    assert_eq!(bench.expire(), []);
    handover.complete();
    bench.advance(59);
    assert_eq!(bench.expire(), []);
    bench.advance(1);
    assert_eq!(bench.expire(), [(id, Ending::Inactive)]);
}

#[tokio::test]
async fn acknowledging_does_not_keep_a_session_alive() {
    let bench = Bench::new();
    let session = bench.create(Acknowledgement::Required);
    bench.advance(30);
    bench.sessions.acknowledge(bench.tenant, &session, &[id(1)]).unwrap();
    bench.advance(30);
    assert_eq!(bench.expire(), [(session, Ending::Inactive)]);
}

#[tokio::test]
async fn a_sweep_ends_no_more_than_its_limit_oldest_first() {
    let bench = Bench::new();
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(bench.plain());
        bench.advance(1);
    }
    bench.advance(60);
    let sweep = || bench.sessions.expire(bench.clock.now(), 2).ended.into_iter().map(|it| it.session.id);
    assert_eq!(sweep().collect::<Vec<_>>(), made[..2]);
    assert_eq!(sweep().collect::<Vec<_>>(), made[2..]);
}

#[tokio::test]
async fn a_sweep_looks_at_no_more_than_its_limit_also_where_polls_keep_sessions_alive() {
    const SESSIONS: usize = 10_000;
    const LIMIT: usize = 256;
    let bench = Bench::new();
    let polled: Vec<_> = (0..SESSIONS).map(|_| bench.plain()).collect();
    let polls: Vec<_> = polled.iter().map(|id| bench.waiting(*id)).collect();
    bench.advance(60);
    let silent = bench.plain();
    for left in (0..SESSIONS).rev().step_by(LIMIT) {
        let sweep = bench.sessions.expire(bench.clock.now(), LIMIT);
        assert_eq!(sweep.ended, []);
        assert_eq!(sweep.stopped_at, (left >= LIMIT - 1).then_some(bench.tenant), "with {left} left");
    }
    drop(polls);
    bench.advance(60);
    assert_eq!(bench.expire().len(), SESSIONS + 1);
    assert!(bench.sessions.find(bench.tenant, &silent).is_none());
}

#[tokio::test]
async fn unacknowledged_events_come_again_until_they_are_named() {
    let bench = Bench::new();
    let session = bench.create(Acknowledgement::Required);
    bench.publish(&[1, 2]);
    assert_eq!(take(bench.look(session)), [1, 2]);
    bench.publish(&[3]);
    let answer = bench.sessions.acknowledge(bench.tenant, &session, &[id(2), id(3), id(2)]).unwrap();
    assert_eq!((answer.acknowledged, answer.not_found), (vec![id(2)], vec![id(3)]));
    assert_eq!(take(bench.look(session)), [1, 3]);
}

#[tokio::test]
async fn a_stream_reads_on_without_getting_the_unacknowledged_again() {
    let bench = Bench::new();
    let session = bench.create(Acknowledgement::Required);
    bench.publish(&[1, 2]);
    assert_eq!(take(bench.look(session)), [1, 2]);
    let request = PollRequest { after: Some(id(2)), ..bench.request(session) };
    let mut poll: Poll<'_> = Box::pin(bench.sessions.poll(request));
    assert!((&mut poll).now_or_never().is_none());
    bench.publish(&[3]);
    assert_eq!(take(done(poll)), [3]);
}

#[tokio::test]
async fn a_session_without_acknowledgement_refuses_one() {
    let bench = Bench::new();
    let session = bench.plain();
    let refused = bench.sessions.acknowledge(bench.tenant, &session, &[id(1)]);
    assert_eq!(refused, Err(AcknowledgeError::NotRequired(NotRequired)));
}

#[tokio::test]
async fn draining_sends_waiting_polls_home_and_lets_later_ones_fetch_without_waiting() {
    let bench = Bench::new();
    let id = bench.plain();
    let poll = bench.waiting(id);
    bench.sessions.drain();
    assert_eq!(done(poll).unwrap().outcome(), Outcome::Draining);
    let later = bench.sessions.poll(bench.request(id)).now_or_never().unwrap().unwrap();
    assert_eq!(later.outcome(), Outcome::Draining);
    drop(later);
    bench.publish(&[1]);
    assert_eq!(take(bench.sessions.poll(bench.request(id)).now_or_never().unwrap()), [1]);
}

#[tokio::test]
async fn a_restored_session_goes_on_with_a_whole_delay() {
    let bench = Bench::new();
    let spec = bench.spec(Acknowledgement::Required);
    bench.advance(1000);
    bench.sessions.restore(spec.clone(), vec![event(1), event(2)], 1);
    bench.publish(&[3]);
    let answer = bench.sessions.acknowledge(bench.tenant, &spec.id, &[id(1), id(2)]).unwrap();
    assert_eq!((answer.acknowledged, answer.not_found), (vec![id(1)], vec![id(2)]));
    assert_eq!(take(bench.look(spec.id)), [2, 3]);
    assert_eq!(bench.sessions.next_deadline(), Some(START.plus(Duration::from_secs(1060))));
    assert_eq!(bench.stats.sessions_created.get(), 0);
}

#[tokio::test]
async fn restoring_a_session_again_replaces_it_without_a_report() {
    let bench = Bench::new();
    let spec = bench.spec(Acknowledgement::Required);
    bench.sessions.create(spec.clone());
    let poll = bench.waiting(spec.id);
    bench.sessions.restore(spec.clone(), vec![event(1)], 0);
    assert_eq!(done(poll).err(), Some(SessionGone.into()));
    bench.publish(&[2]);
    assert_eq!(take(bench.look(spec.id)), [1, 2]);
    assert_eq!(bench.sessions.count(), 1);
    bench.advance(60);
    assert_eq!(bench.expire(), [(spec.id, Ending::Inactive)]);
    assert_eq!(bench.topics.topic_count(), 0);
}

#[tokio::test]
async fn the_registry_lets_go_of_its_topics_when_dropped() {
    let bench = Bench::new();
    bench.plain();
    drop(bench.sessions);
    assert_eq!(bench.topics.topic_count(), 0);
}

#[test]
fn an_idle_session_costs_a_few_hundred_bytes() {
    assert!(size_of::<LiveSession>() <= 136, "{}", size_of::<LiveSession>());
    assert!(size_of::<Registered>() <= 48, "{}", size_of::<Registered>());
}

/// Owners that make, subscribe and end sessions, publishers that overrun them and a sweep, all at once: every session
/// ends in exactly one way and leaves nothing behind.
#[test]
fn every_session_ends_once_however_many_threads_are_at_it() {
    const MADE: usize = 600;
    let bench = Bench::new();
    let (made, reported) = std::thread::scope(|scope| {
        let owners = [0, 1].map(|owner| {
            let bench = &bench;
            scope.spawn(move || {
                let made = (0..MADE).map(|_| {
                    let id = bench.plain();
                    let all = subscription("a", of_users(&["ann"]));
                    bench.sessions.put_subscription(bench.tenant, &id, all);
                    id
                });
                let ended = made.map(|id| {
                    std::thread::yield_now();
                    (id, owner == 0 && bench.sessions.end(bench.tenant, &id).is_ok())
                });
                ended.collect::<Vec<_>>()
            })
        });
        scope.spawn(|| (0..2000).for_each(|number| bench.publish(&[number])));
        scope.spawn(|| {
            (0..2000).for_each(|number| {
                publish_watched(&bench.topics, bench.tenant, &idle_of("ann"), number);
            });
        });
        let mut reported = Vec::new();
        while owners.iter().any(|owner| !owner.is_finished()) {
            reported.extend(bench.expire());
        }
        (owners.map(|owner| owner.join().unwrap()).concat(), reported)
    });
    let rest = bench.sessions.expire(bench.clock.now().plus(INACTIVITY), usize::MAX).ended;
    let reported = reported.into_iter().map(|(id, _)| id).chain(rest.into_iter().map(|it| it.session.id));
    let mut endings: Vec<_> = reported.collect();
    endings.extend(made.iter().filter(|(_, ended)| *ended).map(|(id, _)| *id));
    let mut expected: Vec<_> = made.into_iter().map(|(id, _)| id).collect();
    endings.sort_unstable();
    expected.sort_unstable();
    assert_eq!(endings, expected);
    assert_eq!((bench.sessions.count(), bench.topics.topic_count()), (0, 0));
    assert_eq!(bench.sessions.next_deadline(), None);
    assert_eq!(bench.sessions.subscription_count(bench.tenant), SubscriptionCount::default());
}

#[tokio::test]
async fn ended_and_expired_sessions_give_their_places_back() {
    let bench = Bench::new();
    let most = NonZeroUsize::new(2);
    let (ended, _silent) = (bench.plain(), bench.plain());
    let next = SessionId::new();
    let refused = bench.sessions.reserve(bench.tenant, next, most).err();
    assert_eq!(refused, Some(TooManySessions));
    bench.sessions.end(bench.tenant, &ended).unwrap();
    let _place = bench.sessions.reserve(bench.tenant, next, most).unwrap();
    bench.advance(60);
    assert_eq!(bench.expire().len(), 1);
    assert!(bench.sessions.reserve(bench.tenant, SessionId::new(), most).is_ok());
}
