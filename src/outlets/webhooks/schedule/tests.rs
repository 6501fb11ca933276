//! The rules of the schedule, one by one.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::super::doubles::{delivery, record};
use super::super::retries::Retries;
use super::*;
use crate::domain::delivery::{Attempt, DeliveryStatus};
use crate::domain::ids::IntegrationId;
use crate::store::Page;

const NOW: Millis = Millis(1_000);

/// More bytes than any test has.
const MUCH: usize = 1 << 40;

pub(super) fn settings(per_endpoint: usize, per_tenant: usize, held: usize) -> WebhookSettings {
    WebhookSettings {
        retries: Retries {
            delays: [0, 10, 20].map(Duration::from_secs).to_vec(),
            jitter_percent: 0,
            longest_retry_after: Duration::ZERO,
        },
        calls_per_endpoint: NonZeroUsize::new(per_endpoint).unwrap(),
        calls_per_tenant: NonZeroUsize::new(per_tenant).unwrap(),
        held: Page { rows: held, bytes: MUCH },
        held_of_all: Page { rows: 1000, bytes: MUCH },
        batch: Page { rows: 10, bytes: 1 << 30 },
        reads_at_once: NonZeroUsize::new(2).unwrap(),
        remembered_attempts: NonZeroUsize::new(100).unwrap(),
        longest_read_rest: Duration::from_secs(60),
        count_every: Duration::from_secs(1),
    }
}

/// A schedule of one tenant, and what is kept for it.
struct Bench {
    schedule: Schedule,
    tenant: TenantId,
}

impl Bench {
    fn new(settings: WebhookSettings) -> Self {
        Self { schedule: Schedule::new(settings), tenant: TenantId::new() }
    }

    fn record(&self, number: u64, endpoint: &Endpoint, conversation: ConversationId) -> DeliveryRecord {
        record(number, delivery(self.tenant, endpoint, conversation))
    }

    fn offer(&mut self, number: u64, endpoint: &Endpoint, conversation: ConversationId) {
        self.schedule.offer(self.record(number, endpoint, conversation), NOW);
    }

    /// Begins all calls that can be made: their lines and numbers.
    fn begin(&mut self, now: Millis) -> Vec<(LineKey, Vec<u64>)> {
        self.schedule.wake(now);
        let calls = std::iter::from_fn(|| self.schedule.next(now));
        calls.map(|(line, batch)| (line, batch.iter().map(|one| one.number.0).collect())).collect()
    }

    /// Reads the next page as the store would, from what it keeps; the numbers of it.
    fn read(&mut self, kept: &[DeliveryRecord], now: Millis) -> Vec<u64> {
        let wanted = self.schedule.next_page().unwrap();
        let asked_for = |record: &&DeliveryRecord| {
            let is_asked_for = wanted.conversation.is_none_or(|one| one == record.delivery.conversation);
            is_asked_for && record.number > wanted.after
        };
        let page: Vec<_> = kept.iter().filter(asked_for).take(wanted.page.rows).cloned().collect();
        let numbers = page.iter().map(|record| record.number.0).collect();
        self.schedule.take_page(&wanted.endpoint, page, now);
        numbers
    }

    fn settle(&mut self, (line, numbers): &(LineKey, Vec<u64>), progress: Progress, now: Millis) {
        let outcome = numbers.iter().map(|number| (DeliveryNo(*number), progress.clone())).collect();
        self.schedule.settle(line, outcome, now);
    }
}

fn endpoint() -> Endpoint {
    Endpoint::Integration(IntegrationId::new())
}

fn delivered() -> Progress {
    Progress { status: DeliveryStatus::Delivered, ..Progress::default() }
}

fn failed(next: Millis) -> Progress {
    let mut progress = Progress::default();
    let attempt = Attempt::new(NOW, Some(500), None, Duration::ZERO);
    progress.note(attempt, DeliveryStatus::Pending, Some(next), NonZeroUsize::MIN);
    progress
}

fn numbers(calls: &[(LineKey, Vec<u64>)]) -> Vec<Vec<u64>> {
    calls.iter().map(|(_, numbers)| numbers.clone()).collect()
}

#[test]
fn one_conversation_is_sent_in_order_and_others_beside_it() {
    let mut bench = Bench::new(settings(9, 9, 100));
    let (one, a, b) = (endpoint(), ConversationId::new(), ConversationId::new());
    for (number, conversation) in [(1, a), (2, a), (3, b)] {
        bench.offer(number, &one, conversation);
    }
    let calls = bench.begin(NOW);
    assert_eq!(numbers(&calls), [vec![1], vec![3]]);
    bench.settle(&calls[0], delivered(), NOW);
    assert_eq!(numbers(&bench.begin(NOW)), [vec![2]]);
}

#[test]
fn a_failed_delivery_holds_its_line_until_its_moment_and_nobody_else() {
    let mut bench = Bench::new(settings(9, 9, 100));
    let (one, other, talk) = (endpoint(), endpoint(), ConversationId::new());
    bench.offer(1, &one, talk);
    let calls = bench.begin(NOW);
    bench.settle(&calls[0], failed(Millis(5_000)), NOW);
    bench.offer(2, &one, talk);
    bench.offer(3, &other, talk);
    bench.offer(4, &one, ConversationId::new());
    assert_eq!(numbers(&bench.begin(Millis(4_999))), [vec![3], vec![4]]);
    assert_eq!(bench.schedule.due(), Some(Millis(5_000)));
    assert!(bench.begin(Millis(5_000)).is_empty(), "it waits in the store");
    let kept = [1, 2].map(|number| bench.record(number, &one, talk));
    assert_eq!(bench.read(&kept, Millis(5_000)), [1], "what goes alone is read alone");
    let again = bench.begin(Millis(5_000));
    assert_eq!(numbers(&again), [vec![1]]);
    bench.settle(&again[0], delivered(), Millis(5_000));
    assert_eq!(bench.read(&kept, Millis(5_000)), [2]);
    assert_eq!(numbers(&bench.begin(Millis(5_000))), [vec![2]]);
}

#[test]
fn a_conversation_that_fails_takes_no_room_from_others_however_much_waits_in_it() {
    let mut bench = Bench::new(settings(9, 9, 3));
    let (one, failing, other) = (endpoint(), ConversationId::new(), ConversationId::new());
    let mut kept: Vec<_> = (1..=4).map(|number| bench.record(number, &one, failing)).collect();
    kept.push(bench.record(5, &one, other));
    kept.iter().for_each(|record| bench.schedule.offer(record.clone(), NOW));
    let call = bench.begin(NOW).remove(0);
    bench.settle(&call, failed(Millis(5_000)), NOW);
    assert_eq!(bench.read(&kept, NOW), [4, 5]);
    let call = bench.begin(NOW);
    assert_eq!(numbers(&call), [vec![5]], "the other one goes now");
    bench.settle(&call[0], delivered(), NOW);
    assert_eq!(bench.schedule.next_page(), None, "the rest of the first is left until its moment");
    for expected in 1..=4 {
        if expected <= 2 {
            bench.schedule.wake(Millis(5_000));
            bench.read(&kept[..4], Millis(5_000));
        }
        let call = bench.begin(Millis(5_000)).remove(0);
        assert_eq!(call.1, [expected]);
        bench.settle(&call, delivered(), Millis(5_000));
    }
    assert!(bench.schedule.endpoints.is_empty());
}

#[test]
fn as_many_conversations_wait_for_their_moments_as_deliveries_are_held_and_others_then_wait_in_the_store() {
    let mut bench = Bench::new(settings(9, 9, 2));
    let one = endpoint();
    for number in 1..=2 {
        bench.offer(number, &one, ConversationId::new());
        let calls = bench.begin(NOW);
        assert_eq!(numbers(&calls), [vec![number]]);
        bench.settle(&calls[0], failed(Millis(5_000)), NOW);
    }
    bench.offer(3, &one, ConversationId::new());
    assert!(bench.begin(NOW).is_empty(), "one past the limit");
    assert_eq!(bench.schedule.next_page(), None);
    let talks: Vec<_> = bench.schedule.timers.iter().map(|(_, _, talk)| *talk).collect();
    assert_eq!(talks.len(), 2);
    bench.schedule.wake(Millis(5_000));
    let wanted = bench.schedule.next_page().unwrap();
    assert!(wanted.conversation.is_some_and(|talk| talks.contains(&talk)));
    bench.schedule.take_page(&one, Vec::new(), Millis(5_000));
    let catching_up = bench.schedule.next_page().unwrap();
    assert_eq!((catching_up.conversation, catching_up.after), (None, DeliveryNo(2)), "there is room again");
}

#[test]
fn an_endpoint_that_asks_for_it_is_left_alone_in_all_its_conversations() {
    let mut bench = Bench::new(settings(9, 9, 100));
    let (one, other, talk) = (endpoint(), endpoint(), ConversationId::new());
    bench.offer(1, &one, talk);
    let call = bench.begin(NOW).remove(0);
    bench.schedule.leave_alone(bench.tenant, &one, Millis(7_000));
    bench.schedule.leave_alone(bench.tenant, &one, Millis(6_000));
    bench.settle(&call, delivered(), NOW);
    bench.offer(2, &one, talk);
    bench.offer(3, &one, ConversationId::new());
    bench.offer(4, &other, talk);
    assert!(!bench.schedule.pass(&delivery(bench.tenant, &one, ConversationId::new())));
    assert_eq!(numbers(&bench.begin(Millis(6_999))), [vec![4]]);
    assert_eq!(bench.schedule.due(), Some(Millis(7_000)));
    assert!(bench.begin(Millis(7_000)).is_empty(), "they wait in the store");
    let wanted = bench.schedule.next_page().unwrap();
    assert_eq!((&wanted.endpoint, wanted.after), (&one, DeliveryNo(1)));
}

#[test]
fn an_endpoint_that_is_left_alone_takes_no_room_until_its_moment() {
    let mut bench = Bench::new(settings(9, 9, 100));
    let (one, talk) = (endpoint(), ConversationId::new());
    bench.offer(1, &one, talk);
    let call = bench.begin(NOW).remove(0);
    bench.settle(&call, failed(Millis(5_000)), NOW);
    bench.schedule.leave_alone(bench.tenant, &one, Millis(7_000));
    bench.schedule.leave(bench.tenant, &one, DeliveryNo(1), DeliveryNo(9));
    bench.offer(10, &one, ConversationId::new());
    bench.schedule.wake(Millis(6_999));
    assert_eq!(bench.schedule.next_page(), None);
    assert_eq!(bench.schedule.endpoints.room().left.rows, 1000);
    bench.schedule.wake(Millis(7_000));
    assert!(bench.schedule.next_page().is_some_and(|wanted| wanted.conversation == Some(talk)));
}

#[test]
fn an_endpoint_and_a_tenant_have_no_more_calls_at_the_same_time_than_they_may() {
    let mut bench = Bench::new(settings(2, 3, 100));
    let (one, other) = (endpoint(), endpoint());
    for number in 1..=3 {
        bench.offer(number, &one, ConversationId::new());
    }
    let first = bench.begin(NOW);
    assert_eq!(numbers(&first), [vec![1], vec![2]], "two of one endpoint");
    for number in 4..=5 {
        bench.offer(number, &other, ConversationId::new());
    }
    let second = bench.begin(NOW);
    assert_eq!(numbers(&second), [vec![4]], "three of one tenant");
    bench.settle(&second[0], delivered(), NOW);
    bench.settle(&first[0], delivered(), NOW);
    assert_eq!(bench.begin(NOW).len(), 2);
}

#[test]
fn what_exceeds_the_room_is_read_back_from_the_store_in_its_order() {
    let mut bench = Bench::new(settings(1, 9, 2));
    let (one, talk) = (endpoint(), ConversationId::new());
    for number in 1..=4 {
        bench.offer(number, &one, talk);
    }
    assert_eq!(bench.schedule.next_page(), None, "the room is full");
    let call = bench.begin(NOW).remove(0);
    bench.settle(&call, delivered(), NOW);
    let wanted = bench.schedule.next_page().unwrap();
    assert_eq!((wanted.after, wanted.page.rows), (DeliveryNo(2), 1));
    bench.offer(5, &one, talk);
    let page = vec![bench.record(3, &one, talk)];
    bench.schedule.take_page(&one, page, NOW);
    assert_eq!(bench.schedule.next_page(), None);
    for expected in [2, 3] {
        let call = bench.begin(NOW).remove(0);
        assert_eq!(call.1, [expected]);
        bench.settle(&call, delivered(), NOW);
    }
    let wanted = bench.schedule.next_page().unwrap();
    assert_eq!((wanted.after, wanted.page.rows), (DeliveryNo(3), 2));
    let page = vec![bench.record(4, &one, talk), bench.record(5, &one, talk)];
    bench.schedule.take_page(&one, page, NOW);
    bench.offer(6, &one, talk);
    let call = bench.begin(NOW).remove(0);
    assert_eq!(call.1, [4]);
    bench.settle(&call, delivered(), NOW);
    assert_eq!(bench.schedule.next_page().map(|wanted| wanted.after), Some(DeliveryNo(5)));
}

#[test]
fn the_bytes_that_wait_in_memory_are_limited_too_but_never_below_one_delivery() {
    let room = |bytes| WebhookSettings { held: Page { rows: 100, bytes }, ..settings(1, 9, 100) };
    let (one, talk) = (endpoint(), ConversationId::new());
    let bytes = delivery(TenantId::new(), &one, talk).bytes();
    for (room_bytes, held) in [(bytes * 2, 2), (bytes * 2 - 1, 1), (1, 1)] {
        let mut bench = Bench::new(room(room_bytes));
        for number in 1..=3 {
            bench.offer(number, &one, ConversationId::new());
        }
        let mut sent = 0;
        while let Some(call) = bench.begin(NOW).pop() {
            sent += 1;
            bench.settle(&call, delivered(), NOW);
        }
        assert_eq!(sent, held);
        assert!(bench.schedule.next_page().is_some());
    }
}

#[test]
fn a_paused_endpoint_keeps_nothing_in_memory_and_goes_on_where_it_was() {
    let mut bench = Bench::new(settings(9, 9, 100));
    let (one, talk) = (endpoint(), ConversationId::new());
    for number in 1..=3 {
        bench.offer(number, &one, talk);
    }
    let call = bench.begin(NOW).remove(0);
    bench.schedule.pause(&one);
    bench.settle(&call, delivered(), NOW);
    bench.offer(4, &one, talk);
    assert!(bench.begin(NOW).is_empty());
    assert_eq!(
        (bench.schedule.next_page(), bench.schedule.paused()),
        (None, vec![(bench.tenant, one.clone())])
    );
    bench.schedule.resume(&one);
    assert_eq!(bench.schedule.next_page().map(|wanted| wanted.after), Some(DeliveryNo(1)));
    let page = (2..=4).map(|number| bench.record(number, &one, talk)).collect();
    bench.schedule.take_page(&one, page, NOW);
    assert_eq!(numbers(&bench.begin(NOW)), [vec![2]]);
    assert_eq!(bench.schedule.next_page(), None);
}

#[test]
fn a_page_does_not_bring_back_what_came_to_its_end_while_it_was_read() {
    let mut bench = Bench::new(settings(9, 9, 100));
    let (one, talk) = (endpoint(), ConversationId::new());
    bench.offer(1, &one, talk);
    let call = bench.begin(NOW).remove(0);
    bench.schedule.leave(bench.tenant, &one, DeliveryNo(0), DeliveryNo(1));
    assert!(bench.schedule.next_page().is_some());
    bench.settle(&call, delivered(), NOW);
    bench.schedule.take_page(&one, vec![bench.record(1, &one, talk)], NOW);
    assert!(bench.begin(NOW).is_empty());
}

#[test]
fn what_is_replayed_before_its_end_was_noted_is_read_again() {
    let mut bench = Bench::new(settings(9, 9, 100));
    let (one, talk) = (endpoint(), ConversationId::new());
    bench.offer(1, &one, talk);
    let call = bench.begin(NOW).remove(0);
    bench.schedule.leave(bench.tenant, &one, DeliveryNo(0), DeliveryNo(1));
    assert!(bench.schedule.next_page().is_some());
    bench.schedule.take_page(&one, vec![bench.record(1, &one, talk)], NOW);
    let dead = Progress { status: DeliveryStatus::Dead, ..Progress::default() };
    bench.settle(&call, dead, NOW);
    assert!(bench.schedule.next_page().is_some(), "the store tells whether it waits");
    bench.schedule.take_page(&one, vec![bench.record(1, &one, talk)], NOW);
    assert_eq!(numbers(&bench.begin(NOW)), [vec![1]]);
}

#[test]
fn what_nobody_keeps_goes_at_once_or_not_at_all() {
    let mut bench = Bench::new(settings(1, 2, 100));
    let (one, other, talk) = (endpoint(), endpoint(), ConversationId::new());
    let passing = |endpoint, conversation| delivery(bench.tenant, endpoint, conversation);
    let [first, of_another, elsewhere] =
        [passing(&one, talk), passing(&one, ConversationId::new()), passing(&other, talk)];
    assert!(bench.schedule.pass(&first));
    assert!(!bench.schedule.pass(&first), "something of its line is being sent");
    assert!(!bench.schedule.pass(&of_another), "one past the endpoint's calls");
    assert!(bench.schedule.pass(&elsewhere));
    assert!(!bench.schedule.pass(&passing(&endpoint(), talk)), "one past the tenant's calls");
    bench.offer(1, &one, talk);
    assert!(bench.begin(NOW).is_empty());
    let line = LineKey { tenant: bench.tenant, endpoint: one.clone(), conversation: talk };
    bench.schedule.settle(&line, Vec::new(), NOW);
    assert!(!bench.schedule.pass(&first), "something waits in its line");
    assert_eq!(numbers(&bench.begin(NOW)), [vec![1]]);
}

#[test]
fn nothing_is_remembered_of_an_endpoint_that_has_nothing() {
    let mut bench = Bench::new(settings(9, 9, 1));
    let (one, talk) = (endpoint(), ConversationId::new());
    assert!(bench.schedule.pass(&delivery(bench.tenant, &one, talk)));
    let line = LineKey { tenant: bench.tenant, endpoint: one.clone(), conversation: talk };
    bench.schedule.settle(&line, Vec::new(), NOW);
    bench.offer(1, &one, talk);
    bench.offer(2, &one, talk);
    let call = bench.begin(NOW).remove(0);
    bench.schedule.leave_alone(bench.tenant, &one, Millis(1_500));
    bench.settle(&call, failed(Millis(2_000)), NOW);
    bench.schedule.wake(Millis(2_000));
    while bench.schedule.next_page().is_some() {
        bench.schedule.take_page(&one, Vec::new(), Millis(2_000));
    }
    assert!(bench.schedule.endpoints.is_empty());
    bench.offer(3, &one, talk);
    bench.schedule.leave_alone(bench.tenant, &one, Millis(9_000));
    bench.schedule.forget(&one);
    assert!(bench.begin(NOW).is_empty());
    let Schedule { endpoints, timers, left_alone, hungry, starved, paused, .. } = &bench.schedule;
    assert!(endpoints.is_empty() && timers.is_empty() && left_alone.is_empty());
    assert!(hungry.is_empty() && starved.is_empty() && paused.is_empty());
}

#[test]
fn an_endpoint_that_waited_for_room_and_needs_none_any_more_is_forgotten() {
    let mut bench = narrow(2);
    let (full, one, talk) = (endpoint(), endpoint(), ConversationId::new());
    [1, 2].into_iter().for_each(|number| bench.offer(number, &full, talk));
    let kept = [3, 4].map(|number| bench.record(number, &one, talk));
    kept.iter().for_each(|record| bench.schedule.offer(record.clone(), NOW));
    let calls = bench.begin(NOW);
    assert_eq!(numbers(&calls), [vec![1], vec![3]]);
    assert_eq!(bench.schedule.next_page(), None);
    assert_eq!(bench.schedule.starved.len(), 1);
    bench.settle(&calls[1], delivered(), NOW);
    assert_eq!(bench.read(&kept, NOW), [4], "it holds nothing by now");
    let call = bench.begin(NOW).remove(0);
    bench.settle(&call, delivered(), NOW);
    assert!(bench.schedule.endpoints.get(&one).is_none() && bench.schedule.starved.is_empty());
}

/// A schedule with room for so many deliveries of all endpoints, and three of each.
fn narrow(all: usize) -> Bench {
    Bench::new(WebhookSettings { held_of_all: Page { rows: all, bytes: MUCH }, ..settings(9, 99, 3) })
}

#[test]
fn all_endpoints_together_hold_no_more_than_they_may_and_one_past_it_is_left_in_the_store() {
    for (room, is_left) in [(4, false), (3, true)] {
        let mut bench = narrow(room);
        let (one, other, talk) = (endpoint(), endpoint(), ConversationId::new());
        for (number, endpoint) in [(1, &one), (2, &one), (3, &other), (4, &other)] {
            bench.offer(number, endpoint, talk);
        }
        let calls = bench.begin(NOW);
        assert_eq!(numbers(&calls), [vec![1], vec![3]]);
        bench.settle(&calls[1], delivered(), NOW);
        let wanted = bench.schedule.next_page();
        assert_eq!(wanted.is_some(), is_left);
        if let Some(wanted) = wanted {
            assert_eq!((&wanted.endpoint, wanted.after), (&other, DeliveryNo(3)));
            bench.schedule.take_page(&other, vec![bench.record(4, &other, talk)], NOW);
        }
        assert_eq!(numbers(&bench.begin(NOW)), [vec![4]]);
    }
}

#[test]
fn all_endpoints_together_hold_no_more_bytes_than_they_may() {
    let (one, other, talk) = (endpoint(), endpoint(), ConversationId::new());
    let bytes = delivery(TenantId::new(), &one, talk).bytes();
    for (room, is_left) in [(bytes * 3, false), (bytes * 3 - 1, true)] {
        let held_of_all = Page { rows: 1000, bytes: room };
        let mut bench = Bench::new(WebhookSettings { held_of_all, ..settings(9, 99, 100) });
        for (number, endpoint) in [(1, &one), (2, &other), (3, &other)] {
            bench.offer(number, endpoint, talk);
        }
        let calls = bench.begin(NOW);
        bench.settle(&calls[1], delivered(), NOW);
        assert_eq!(bench.schedule.next_page().is_some(), is_left);
    }
}

#[test]
fn an_endpoint_that_holds_nothing_goes_on_while_others_hold_all_there_is_room_for() {
    let mut bench = narrow(3);
    let (slow, quick, talk) = (endpoint(), endpoint(), ConversationId::new());
    (1..=3).for_each(|number| bench.offer(number, &slow, talk));
    assert_eq!(numbers(&bench.begin(NOW)), [vec![1]]);
    let kept: Vec<_> = (4..=6).map(|number| bench.record(number, &quick, talk)).collect();
    kept.iter().for_each(|record| bench.schedule.offer(record.clone(), NOW));
    for expected in 4..=6 {
        if expected > 4 {
            assert_eq!(bench.read(&kept, NOW), [expected], "one at a time");
        }
        let calls = bench.begin(NOW);
        assert_eq!(numbers(&calls), [vec![expected]]);
        bench.settle(&calls[0], delivered(), NOW);
    }
}

#[test]
fn whoever_waits_for_room_is_read_as_soon_as_others_leave_it() {
    let mut bench = narrow(3);
    let (one, other, talk) = (endpoint(), endpoint(), ConversationId::new());
    for (number, endpoint) in [(1, &one), (2, &one), (3, &other)] {
        bench.offer(number, endpoint, talk);
    }
    bench.offer(4, &other, ConversationId::new());
    let calls = bench.begin(NOW);
    assert_eq!(numbers(&calls), [vec![1], vec![3]]);
    assert_eq!(bench.schedule.next_page(), None, "it holds something, and there is no room for more");
    bench.settle(&calls[0], delivered(), NOW);
    let wanted = bench.schedule.next_page().unwrap();
    assert_eq!((&wanted.endpoint, wanted.after, wanted.page.rows), (&other, DeliveryNo(3), 1));
}

#[test]
fn what_is_being_read_counts_as_held() {
    let mut bench = narrow(4);
    let endpoints = [endpoint(), endpoint(), endpoint()];
    for one in &endpoints {
        bench.schedule.leave(bench.tenant, one, DeliveryNo(0), DeliveryNo(9));
    }
    let rows: Vec<_> = std::iter::from_fn(|| bench.schedule.next_page()).map(|page| page.page.rows).collect();
    assert_eq!(rows, [3, 1, 1], "four in all, and one for whoever holds nothing");
}

#[test]
fn a_page_that_cannot_be_read_holds_no_room_and_is_wanted_again_as_it_was() {
    let mut bench = narrow(3);
    let (broken, other) = (endpoint(), endpoint());
    bench.schedule.leave(bench.tenant, &broken, DeliveryNo(0), DeliveryNo(9));
    let wanted = bench.schedule.next_page();
    bench.schedule.put_page_off(&broken);
    bench.schedule.leave(bench.tenant, &broken, DeliveryNo(0), DeliveryNo(10));
    bench.schedule.leave(bench.tenant, &other, DeliveryNo(0), DeliveryNo(9));
    let page = bench.schedule.next_page().unwrap();
    assert_eq!((&page.endpoint, page.page.rows), (&other, 3));
    assert_eq!(bench.schedule.next_page(), None, "it rests");
    bench.schedule.take_page(&other, Vec::new(), NOW);
    assert!(bench.schedule.want_again(&broken));
    assert_eq!(bench.schedule.next_page(), wanted);
    bench.schedule.forget(&broken);
    assert!(!bench.schedule.want_again(&broken));
}

#[test]
fn the_rest_of_a_line_that_cannot_be_read_is_wanted_again() {
    let mut bench = Bench::new(settings(9, 9, 100));
    let (one, talk) = (endpoint(), ConversationId::new());
    bench.offer(1, &one, talk);
    let call = bench.begin(NOW).remove(0);
    bench.settle(&call, failed(Millis(5_000)), NOW);
    bench.schedule.wake(Millis(5_000));
    let wanted = bench.schedule.next_page();
    assert!(wanted.as_ref().is_some_and(|wanted| wanted.conversation == Some(talk)));
    bench.schedule.put_page_off(&one);
    assert_eq!(bench.schedule.next_page(), None);
    assert!(bench.schedule.want_again(&one));
    assert_eq!(bench.schedule.next_page(), wanted);
}

#[test]
fn conversations_of_all_endpoints_that_wait_for_their_moments_are_limited_too() {
    for (room, is_left) in [(3, false), (2, true)] {
        let mut bench = narrow(room);
        let (one, other) = (endpoint(), endpoint());
        for (number, endpoint) in [(1, &one), (2, &other)] {
            bench.offer(number, endpoint, ConversationId::new());
            let calls = bench.begin(NOW);
            bench.settle(&calls[0], failed(Millis(5_000)), NOW);
        }
        bench.offer(3, &other, ConversationId::new());
        assert_eq!(bench.begin(NOW).is_empty(), is_left);
        assert_eq!(bench.schedule.next_page(), None);
        if is_left {
            bench.schedule.forget(&one);
            let wanted = bench.schedule.next_page().unwrap();
            assert_eq!((&wanted.endpoint, wanted.after), (&other, DeliveryNo(2)), "there is room again");
        }
    }
}
