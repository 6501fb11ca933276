//! A streaming session's queue: which events a poll gets, when they leave, and what an acknowledgement finds.
//! It must not know locks, waiting or time; [`super::live_session`] adds those.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::queue::BoundedQueue;
use super::{Overrun, Publication, QueueLimits, WireFormat};
use crate::domain::clock::Millis;
use crate::domain::ids::{SessionId, TenantId, UserId};
use crate::domain::order::EventId;

/// Everything about a streaming session that does not change. Ranges are checked by whoever makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSpec {
    /// The session; it is found by this together with its tenant.
    pub id: SessionId,
    /// The organization it belongs to.
    pub tenant: TenantId,
    /// The user whose events it hears, besides those to the whole organization.
    pub user: UserId,
    /// [`WireFormat::StreamV2`] or [`WireFormat::StreamV3`]: the version of the API it was made with.
    pub format: WireFormat,
    /// How long it lives after its last poll.
    pub inactivity: Duration,
    /// When its events leave.
    pub acknowledgement: Acknowledgement,
    /// When it was made.
    pub created: Millis,
    /// How much may wait in it, counted with what has been delivered but not left yet.
    pub limits: QueueLimits,
}

impl SessionSpec {
    /// What of it lasts as long as the session.
    pub fn head(&self) -> SessionHead {
        let Self { id, tenant, format, acknowledgement, .. } = *self;
        SessionHead { id, tenant, format, acknowledgement }
    }
}

/// What is remembered of a [`SessionSpec`] for whoever asks about a session. Its user is not: only its topics
/// name that one, and thousands of sessions would each hold a text that nobody reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionHead {
    /// The session; it is found by this together with its tenant.
    pub id: SessionId,
    /// The organization it belongs to.
    pub tenant: TenantId,
    /// The version of the API it was made with, by its wire format.
    pub format: WireFormat,
    /// When its events leave.
    pub acknowledgement: Acknowledgement,
}

/// When a session's events leave its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledgement {
    /// Once the client has named them: every event is delivered at least once.
    Required,
    /// Once a poll's response was handed over.
    NotRequired,
}

/// What an acknowledgement came to. Each id is listed once, in the order in which it was first named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acknowledged {
    /// Events that have left the queue by this.
    pub acknowledged: Vec<EventId>,
    /// Ids that are not in the queue, any more or at all, and those not delivered yet.
    pub not_found: Vec<EventId>,
    /// The newest of the events that have left, unless it left older ones behind: up to it, everything that the session
    /// was to hear is acknowledged. `None` when each of them left an older one behind.
    pub up_to: Option<EventId>,
}

/// The session does not take acknowledgements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session does not require acknowledgement")]
pub struct NotRequired;

/// How a hand-over to a poll ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The response went out whole.
    HandedOver,
    /// It did not, as far as we know.
    Returned,
}

/// The events of one session, oldest first.
///
/// Events are lent to a poll rather than moved out: they keep their place and their share of the limits until
/// the poll's response is handed over. Hence nothing has to be put back in order after a broken connection,
/// and a queue cannot outgrow its limits by being put back into.
#[derive(Debug)]
pub(super) struct SessionQueue {
    queue: BoundedQueue,
    acknowledgement: Acknowledgement,
    /// So many events at the front have been given to a poll at least once. A loan begins within them or just
    /// behind them, so they are always the first ones.
    delivered: usize,
    /// So many events are lent now; without acknowledgement they are the first ones.
    lent: usize,
}

impl SessionQueue {
    pub(super) fn new(format: WireFormat, acknowledgement: Acknowledgement, limits: QueueLimits) -> Self {
        Self { queue: BoundedQueue::new(format, limits), acknowledgement, delivered: 0, lent: 0 }
    }

    /// Puts back what it held before, the first `delivered` of which may be acknowledged. What was accepted
    /// once is accepted again, even where the limits are tighter now.
    pub(super) fn restore(&mut self, events: Vec<Arc<Publication>>, delivered: usize) {
        for event in events.into_iter().filter(|event| is_event(event)) {
            self.queue.append_unchecked(event);
        }
        self.delivered = delivered.min(self.queue.len());
    }

    /// Appends the events of `batch`. What is no engagement event has no place in a streaming session, and no
    /// id to acknowledge it by: it is passed over. After an [`Overrun`] the owner ends the session.
    pub(super) fn push(&mut self, batch: &[Arc<Publication>]) -> Result<(), Overrun> {
        batch.iter().filter(|event| is_event(event)).try_for_each(|event| self.queue.append(event))
    }

    /// How many events it holds, lent and unacknowledged ones included.
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// The oldest event that it holds.
    pub(super) fn oldest(&self) -> Option<EventId> {
        self.queue.events().front().and_then(|event| event.stamp().event_id())
    }

    /// Whether there is nothing to remember: a new queue would do as well.
    pub(super) fn is_blank(&self) -> bool {
        self.queue.len() == 0 && self.lent == 0
    }

    /// Whether a poll has events that were neither handed over nor returned yet.
    pub(super) fn is_lent(&self) -> bool {
        self.lent > 0
    }

    /// The next events for a poll, at most `max`: the first of the queue, or the first behind `after` among
    /// those delivered before. Nothing while an earlier loan is out, so that order is kept.
    pub(super) fn lend(&mut self, max: usize, after: Option<EventId>) -> Vec<Arc<Publication>> {
        if self.lent > 0 {
            return Vec::new();
        }
        let seen = after.map_or(0, |id| self.delivered_up_to(id));
        let start = match self.acknowledgement {
            Acknowledgement::Required => seen,
            // The client has them after all, though its connection broke before we knew.
            Acknowledgement::NotRequired => {
                self.forget(seen);
                0
            }
        };
        let events: Vec<_> = self.queue.events().iter().skip(start).take(max).cloned().collect();
        self.lent = events.len();
        self.delivered = self.delivered.max(start + events.len());
        events
    }

    /// The first `count` of the lent events were handed over. The loan goes on with the others, and is over when
    /// there are none.
    pub(super) fn settle_first(&mut self, count: usize) {
        let count = count.min(self.lent);
        self.lent -= count;
        if self.acknowledgement == Acknowledgement::NotRequired {
            self.forget(count);
        }
    }

    /// Ends the loan. Lent events leave when they were handed over and need no acknowledgement.
    pub(super) fn settle(&mut self, fate: Fate) {
        let lent = std::mem::take(&mut self.lent);
        if (fate, self.acknowledgement) == (Fate::HandedOver, Acknowledgement::NotRequired) {
            self.forget(lent);
        }
    }

    /// Removes the delivered events that `ids` name. An event counts as delivered once a poll was given it,
    /// because the client may answer before the server knows that its response arrived.
    pub(super) fn acknowledge(&mut self, ids: &[EventId]) -> Result<Acknowledged, NotRequired> {
        if self.acknowledgement == Acknowledgement::NotRequired {
            return Err(NotRequired);
        }
        if self.begins_with(ids) {
            self.forget(ids.len());
            let up_to = ids.last().copied();
            return Ok(Acknowledged { acknowledged: ids.to_vec(), not_found: Vec::new(), up_to });
        }
        let mut unlisted: HashSet<EventId> = ids.iter().copied().collect();
        let mut found = HashSet::new();
        let removed = self.queue.remove_within(self.delivered, |event| {
            let id = event.stamp().event_id().filter(|id| unlisted.contains(id));
            found.extend(id);
            id.is_some()
        });
        self.delivered -= removed;
        let mut answer = Acknowledged::default();
        for id in ids {
            if unlisted.remove(id) {
                let list = if found.contains(id) { &mut answer.acknowledged } else { &mut answer.not_found };
                list.push(*id);
            }
        }
        let oldest = self.oldest();
        let is_settled = |id: &&EventId| oldest.is_none_or(|oldest| **id < oldest);
        answer.up_to = answer.acknowledged.iter().filter(is_settled).max().copied();
        Ok(answer)
    }

    /// Whether `ids` are the oldest of the delivered events in their order, as those of a client that names
    /// what each of its polls brought.
    fn begins_with(&self, ids: &[EventId]) -> bool {
        let oldest = self.queue.events().iter().take(self.delivered).map(|event| event.stamp().event_id());
        ids.len() <= self.delivered && oldest.zip(ids).all(|(event, id)| event == Some(*id))
    }

    /// How many of the delivered events a reader has that saw `id` last. The id itself may have been
    /// acknowledged since; then the order of ids tells.
    fn delivered_up_to(&self, id: EventId) -> usize {
        let given = || self.queue.events().range(..self.delivered).map(|event| event.stamp().event_id());
        let exact = given().rposition(|other| other == Some(id));
        exact.or_else(|| given().rposition(|other| other < Some(id))).map_or(0, |last| last + 1)
    }

    fn forget(&mut self, count: usize) {
        self.queue.drop_front(count);
        self.delivered -= count;
    }
}

fn is_event(publication: &Publication) -> bool {
    publication.stamp().event_id().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::testing::{event, event_of_size, id, numbers};
    use crate::broker::{Encode, Stamp};
    use crate::domain::order::Position;

    const LIMITS: QueueLimits = QueueLimits { events: 10, bytes: 100 };

    fn queue_of(acknowledgement: Acknowledgement, events: u32) -> SessionQueue {
        let mut queue = SessionQueue::new(WireFormat::StreamV3, acknowledgement, LIMITS);
        queue.push(&(1..=events).map(event).collect::<Vec<_>>()).unwrap();
        queue
    }

    fn plain(events: u32) -> SessionQueue {
        queue_of(Acknowledgement::NotRequired, events)
    }

    fn acknowledged(events: u32) -> SessionQueue {
        queue_of(Acknowledgement::Required, events)
    }

    fn ids(numbers: &[u32]) -> Vec<EventId> {
        numbers.iter().copied().map(id).collect()
    }

    #[test]
    fn without_acknowledgement_handing_over_removes() {
        let mut queue = plain(3);
        assert_eq!(numbers(&queue.lend(2, None)), [1, 2]);
        queue.settle(Fate::HandedOver);
        assert_eq!(numbers(&queue.lend(2, None)), [3]);
        queue.settle(Fate::HandedOver);
        assert!(queue.lend(2, None).is_empty());
    }

    #[test]
    fn without_acknowledgement_a_broken_hand_over_puts_back_in_front() {
        let mut queue = plain(2);
        assert_eq!(numbers(&queue.lend(1, None)), [1]);
        queue.push(&[event(3)]).unwrap();
        queue.settle(Fate::Returned);
        assert_eq!(numbers(&queue.lend(5, None)), [1, 2, 3]);
    }

    #[test]
    fn of_a_loan_that_breaks_the_events_that_were_not_handed_over_are_put_back_in_front() {
        let mut queue = plain(4);
        assert_eq!(numbers(&queue.lend(3, None)), [1, 2, 3]);
        queue.settle_first(2);
        assert!(queue.lend(9, None).is_empty(), "the rest of the loan is out");
        queue.settle(Fate::Returned);
        assert_eq!(numbers(&queue.lend(9, None)), [3, 4]);
    }

    #[test]
    fn a_loan_is_over_when_its_last_event_was_handed_over() {
        for mut queue in [plain(2), acknowledged(2)] {
            queue.lend(2, None);
            queue.settle_first(1);
            assert!(queue.is_lent());
            queue.settle_first(9);
            assert!(!queue.is_lent());
        }
    }

    #[test]
    fn with_acknowledgement_what_was_handed_over_stays_until_it_is_named() {
        let mut queue = acknowledged(3);
        queue.lend(3, None);
        queue.settle_first(2);
        assert_eq!(queue.acknowledge(&ids(&[1])).unwrap().acknowledged, ids(&[1]));
        queue.settle(Fate::Returned);
        assert_eq!(numbers(&queue.lend(9, None)), [2, 3]);
    }

    #[test]
    fn nothing_is_lent_while_a_loan_is_out() {
        for mut queue in [plain(3), acknowledged(3)] {
            assert_eq!(numbers(&queue.lend(1, None)), [1]);
            assert!(queue.lend(5, None).is_empty());
        }
    }

    #[test]
    fn lent_events_count_against_the_limits() {
        let mut queue = plain(10);
        assert_eq!(queue.lend(10, None).len(), 10);
        assert_eq!(queue.push(&[event(11)]), Err(Overrun));
    }

    #[test]
    fn bytes_are_limited_as_well_as_events() {
        let mut queue = plain(0);
        assert_eq!(queue.push(&[event_of_size(1, 100)]), Ok(()));
        assert_eq!(queue.push(&[event_of_size(2, 1)]), Err(Overrun));
    }

    #[test]
    fn unacknowledged_events_come_again_before_newer_ones() {
        let mut queue = acknowledged(3);
        assert_eq!(numbers(&queue.lend(2, None)), [1, 2]);
        queue.settle(Fate::HandedOver);
        queue.push(&[event(4)]).unwrap();
        assert_eq!(queue.acknowledge(&[id(1)]).unwrap().acknowledged, [id(1)]);
        assert_eq!(numbers(&queue.lend(9, None)), [2, 3, 4]);
    }

    #[test]
    fn the_oldest_may_be_acknowledged_in_their_order() {
        let mut queue = acknowledged(4);
        queue.lend(3, None);
        assert_eq!(queue.acknowledge(&ids(&[1, 2])).unwrap().acknowledged, ids(&[1, 2]));
        assert!(!queue.is_blank(), "a loan is out");
        let answer = queue.acknowledge(&ids(&[3, 4])).unwrap();
        assert_eq!((answer.acknowledged, answer.not_found), (ids(&[3]), ids(&[4])));
        queue.settle(Fate::HandedOver);
        assert_eq!(numbers(&queue.lend(9, None)), [4]);
    }

    #[test]
    fn acknowledging_lists_each_id_once_in_the_order_named() {
        let mut queue = acknowledged(3);
        queue.lend(3, None);
        let answer = queue.acknowledge(&ids(&[3, 9, 1, 3, 9])).unwrap();
        assert_eq!(answer.acknowledged, ids(&[3, 1]));
        assert_eq!(answer.not_found, ids(&[9]));
        assert_eq!(queue.acknowledge(&ids(&[1])).unwrap().not_found, ids(&[1]));
    }

    #[test]
    fn an_event_not_delivered_yet_is_not_found() {
        let mut queue = acknowledged(2);
        queue.lend(1, None);
        queue.settle(Fate::HandedOver);
        assert_eq!(queue.acknowledge(&[id(2)]).unwrap().not_found, [id(2)]);
        assert_eq!(numbers(&queue.lend(9, None)), [1, 2]);
        assert_eq!(queue.acknowledge(&[id(2)]).unwrap().acknowledged, [id(2)]);
    }

    #[test]
    fn acknowledging_without_the_requirement_is_an_error() {
        let mut queue = plain(1);
        queue.lend(1, None);
        assert_eq!(queue.acknowledge(&[id(1)]), Err(NotRequired));
    }

    #[test]
    fn a_reader_goes_on_behind_what_it_saw_while_older_events_are_unacknowledged() {
        let mut queue = acknowledged(4);
        assert_eq!(numbers(&queue.lend(2, None)), [1, 2]);
        queue.settle(Fate::HandedOver);
        assert_eq!(numbers(&queue.lend(9, Some(id(2)))), [3, 4]);
        queue.settle(Fate::HandedOver);
        queue.acknowledge(&ids(&[2, 4])).unwrap();
        assert_eq!(numbers(&queue.lend(9, Some(id(2)))), [3]);
        queue.settle(Fate::HandedOver);
        assert!(queue.lend(9, Some(id(4))).is_empty());
        assert_eq!(numbers(&queue.lend(9, None)), [1, 3]);
    }

    #[test]
    fn a_reader_that_names_what_it_saw_does_not_get_returned_events_again() {
        let mut queue = plain(4);
        queue.lend(3, None);
        queue.settle(Fate::Returned);
        assert_eq!(numbers(&queue.lend(9, Some(id(2)))), [3, 4]);
    }

    #[test]
    fn naming_an_event_never_delivered_skips_nothing() {
        let mut queue = plain(3);
        assert_eq!(numbers(&queue.lend(9, Some(id(3)))), [1, 2, 3]);
    }

    #[test]
    fn an_acknowledgement_tells_up_to_where_nothing_is_left() {
        let mut queue = acknowledged(5);
        queue.lend(5, None);
        let mut up_to = |numbers: &[u32]| queue.acknowledge(&ids(numbers)).unwrap().up_to;
        assert_eq!(up_to(&[2]), None);
        assert_eq!(up_to(&[4, 1]), Some(id(1)));
        assert_eq!(up_to(&[9]), None);
        assert_eq!(up_to(&[3]), Some(id(3)));
        assert_eq!(up_to(&[5]), Some(id(5)));
    }

    #[test]
    fn a_restored_queue_is_taken_whole_and_knows_what_was_delivered() {
        let tight = QueueLimits { events: 1, bytes: 1 };
        let mut queue = SessionQueue::new(WireFormat::StreamV3, Acknowledgement::Required, tight);
        queue.restore(vec![event(1), event(2), event(3)], 2);
        let answer = queue.acknowledge(&ids(&[2, 3])).unwrap();
        assert_eq!((answer.acknowledged, answer.not_found), (ids(&[2]), ids(&[3])));
        assert_eq!(numbers(&queue.lend(9, None)), [1, 3]);
        assert_eq!(queue.push(&[event(4)]), Err(Overrun));
    }

    #[test]
    fn what_is_no_engagement_event_is_passed_over() {
        struct Nothing;
        impl Encode for Nothing {
            fn encode(&self, _: WireFormat) -> bytes::Bytes {
                bytes::Bytes::new()
            }
        }
        let stamp = Stamp::Activity { position: Position(1) };
        let mut queue = plain(0);
        queue.push(&[Publication::new(stamp, Box::new(Nothing)), event(1)]).unwrap();
        assert_eq!(numbers(&queue.lend(9, None)), [1]);
    }
}
