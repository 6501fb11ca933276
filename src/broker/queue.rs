//! The bounded queue of a streaming session: events in order, with limits on their number and their bytes.
//! It must not know locks, waiting or acknowledgement; its owners add those.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Publication, WireFormat};

/// How much may wait for one reader. Both are inclusive: a queue may be exactly full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueLimits {
    /// The most events.
    pub events: usize,
    /// The most bytes, counted in the reader's wire format.
    pub bytes: usize,
}

/// The reader fell so far behind that its queue outgrew its limits and was released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the reader fell behind the limits of its queue")]
pub struct Overrun;

/// Events in order, within limits.
#[derive(Debug)]
pub(super) struct BoundedQueue {
    format: WireFormat,
    limits: QueueLimits,
    events: VecDeque<Arc<Publication>>,
    bytes: usize,
}

impl BoundedQueue {
    pub(super) fn new(format: WireFormat, limits: QueueLimits) -> Self {
        Self { format, limits, events: VecDeque::new(), bytes: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    pub(super) fn events(&self) -> &VecDeque<Arc<Publication>> {
        &self.events
    }

    /// Appends without regard to the limits, for what was within limits once.
    pub(super) fn append_unchecked(&mut self, event: Arc<Publication>) {
        self.bytes += self.weigh(&event);
        self.events.push_back(event);
    }

    /// Appends one event. On [`Overrun`] the queue is as before.
    pub(super) fn append(&mut self, event: &Arc<Publication>) -> Result<(), Overrun> {
        let bytes = self.bytes.saturating_add(self.weigh(event));
        if self.events.len() >= self.limits.events || bytes > self.limits.bytes {
            return Err(Overrun);
        }
        self.bytes = bytes;
        self.events.push_back(Arc::clone(event));
        Ok(())
    }

    /// Forgets the first `count` events.
    pub(super) fn drop_front(&mut self, count: usize) {
        let format = self.format;
        self.bytes -= self.events.drain(..count).map(|event| event.bytes(format).len()).sum::<usize>();
    }

    /// Removes those of the first `prefix` events that `is_removed` picks, and tells how many.
    pub(super) fn remove_within(
        &mut self,
        prefix: usize,
        mut is_removed: impl FnMut(&Publication) -> bool,
    ) -> usize {
        let format = self.format;
        let mut kept = Vec::new();
        let mut freed = 0;
        for event in self.events.drain(..prefix) {
            if is_removed(&event) {
                freed += event.bytes(format).len();
            } else {
                kept.push(event);
            }
        }
        let removed = prefix - kept.len();
        for event in kept.into_iter().rev() {
            self.events.push_front(event);
        }
        self.bytes -= freed;
        removed
    }

    fn weigh(&self, event: &Publication) -> usize {
        event.bytes(self.format).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::testing::{event_of_size, numbers};

    fn queue(events: usize, bytes: usize) -> BoundedQueue {
        BoundedQueue::new(WireFormat::StreamV3, QueueLimits { events, bytes })
    }

    #[test]
    fn a_queue_may_be_exactly_full() {
        let mut queue = queue(2, 20);
        assert_eq!(queue.append(&event_of_size(1, 10)), Ok(()));
        assert_eq!(queue.append(&event_of_size(2, 10)), Ok(()));
        assert_eq!(queue.append(&event_of_size(3, 0)), Err(Overrun));
        queue.drop_front(1);
        assert_eq!(queue.append(&event_of_size(4, 11)), Err(Overrun));
        assert_eq!(queue.append(&event_of_size(5, 10)), Ok(()));
        assert_eq!(numbers(queue.events()), [2, 5]);
    }

    #[test]
    fn an_event_above_the_byte_limit_is_an_overrun_of_an_empty_queue() {
        assert_eq!(queue(10, 9).append(&event_of_size(1, 10)), Err(Overrun));
    }

    #[test]
    fn removal_within_a_prefix_keeps_the_order_and_the_rest() {
        let mut queue = queue(10, 100);
        for number in 0..6 {
            queue.append(&event_of_size(number, 10)).unwrap();
        }
        let odd = |event: &Publication| event.stamp().event_id().is_some_and(|id| id.ms % 2 == 1);
        assert_eq!(queue.remove_within(4, odd), 2);
        assert_eq!(numbers(queue.events()), [0, 2, 4, 5]);
        assert_eq!(queue.bytes, 40);
    }
}
