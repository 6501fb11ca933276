//! The outbox: what a socket has yet to write.
//! It must not know the socket; the outlet that owns one asks for the next batch when it is ready to write.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::queue::BoundedQueue;
use super::{Delivery, Overrun, Publication, QueueLimits, Stats, Subscriber, WireFormat};

/// The most that [`Outbox::next`] hands out at once: enough for a burst to leave in a few writes, and little
/// enough that a reader with a long queue does not keep its worker thread from the others.
const BATCH: QueueLimits = QueueLimits { events: 256, bytes: 256 * 1024 };

/// A bounded queue between topics and one socket. It has one reader.
///
/// A reader that falls behind is told so with [`Overrun`], for good; nothing is left out in between.
pub struct Outbox {
    format: WireFormat,
    /// Guards the queue between publishers and the reader. Encoding happens before it is taken, so it is only
    /// held to move pointers.
    state: Mutex<State>,
    /// Wakes the reader. `notify_one` keeps a permit when nobody waits, so no delivery goes unnoticed between
    /// the reader's look at the queue and its wait.
    ready: Notify,
    stats: Arc<Stats>,
}

/// The queue while the reader keeps up; `Err` for good once it did not.
type State = Result<BoundedQueue, Overrun>;

impl Outbox {
    /// An empty outbox for a reader of `format`, whose bytes the limits count.
    pub fn new(format: WireFormat, limits: QueueLimits, stats: Arc<Stats>) -> Arc<Self> {
        let state = Mutex::new(Ok(BoundedQueue::new(format, limits)));
        Arc::new(Self { format, state, ready: Notify::new(), stats })
    }

    /// Waits until something is there, and appends the oldest of it to `into`, in order.
    ///
    /// Cancel safe: a future dropped while it waits has taken nothing. After an overrun it fails at once, and
    /// what was queued is gone.
    pub async fn next(&self, into: &mut Vec<Arc<Publication>>) -> Result<(), Overrun> {
        while self.take(into)? == 0 {
            self.ready.notified().await;
        }
        Ok(())
    }

    /// Waits until the reader has fallen behind for good. For the reader itself, while it is busy writing what it took;
    /// cancel safe, and takes nothing.
    pub async fn overrun(&self) {
        while self.state.lock().is_ok() {
            // A permit used up here is not missed: `next` looks at the queue before it waits.
            self.ready.notified().await;
        }
    }

    /// The wire format that the limits are counted in and the reader is to write.
    pub fn format(&self) -> WireFormat {
        self.format
    }

    fn take(&self, into: &mut Vec<Arc<Publication>>) -> Result<usize, Overrun> {
        let taken = match &mut *self.state.lock() {
            Ok(queue) => queue.take_front(BATCH, into),
            Err(overrun) => return Err(*overrun),
        };
        self.stats.outbox_events.fall(taken);
        Ok(taken)
    }
}

impl Subscriber for Outbox {
    fn deliver(&self, batch: &[Arc<Publication>]) -> Delivery {
        for publication in batch {
            publication.bytes(self.format);
        }
        let mut state = self.state.lock();
        let Ok(queue) = &mut *state else { return Delivery::Refused };
        let before = queue.len();
        if batch.iter().try_for_each(|publication| queue.append(publication)).is_ok() {
            drop(state);
            self.stats.outbox_events.rise(batch.len());
            self.ready.notify_one();
            return Delivery::Taken;
        }
        let released = std::mem::replace(&mut *state, Err(Overrun));
        drop(state);
        self.stats.outbox_events.fall(before);
        self.stats.outboxes_overrun.add(1);
        self.ready.notify_one();
        drop(released);
        Delivery::Refused
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        if let Ok(queue) = self.state.get_mut() {
            self.stats.outbox_events.fall(queue.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::broker::testing::{event, event_of_size, numbers};

    fn outbox(events: usize, bytes: usize) -> Arc<Outbox> {
        Outbox::new(WireFormat::Direct, QueueLimits { events, bytes }, Arc::default())
    }

    #[tokio::test]
    async fn the_reader_gets_what_was_delivered_in_order() {
        let outbox = outbox(10, 100);
        assert_eq!(outbox.deliver(&[event(1), event(2)]), Delivery::Taken);
        assert_eq!(outbox.deliver(&[event(3)]), Delivery::Taken);
        let mut into = Vec::new();
        assert_eq!(outbox.next(&mut into).await, Ok(()));
        assert_eq!(numbers(&into), [1, 2, 3]);
    }

    #[tokio::test]
    async fn a_waiting_reader_is_woken_by_a_delivery() {
        let outbox = outbox(10, 100);
        let reader = tokio::spawn({
            let outbox = outbox.clone();
            async move {
                let mut into = Vec::new();
                outbox.next(&mut into).await.map(|()| numbers(&into))
            }
        });
        tokio::task::yield_now().await;
        assert_eq!(outbox.deliver(&[event(1)]), Delivery::Taken);
        assert_eq!(reader.await.unwrap(), Ok(vec![1]));
    }

    #[tokio::test]
    async fn a_busy_reader_learns_of_its_overrun_and_of_nothing_else() {
        let outbox = outbox(2, 100);
        assert_eq!(outbox.deliver(&[event(1)]), Delivery::Taken);
        assert_eq!(outbox.overrun().now_or_never(), None);
        let mut into = Vec::new();
        assert_eq!(outbox.next(&mut into).now_or_never(), Some(Ok(())));
        assert_eq!(outbox.deliver(&[event(2), event(3), event(4)]), Delivery::Refused);
        assert_eq!(outbox.overrun().now_or_never(), Some(()));
    }

    #[tokio::test]
    async fn a_reader_dropped_while_waiting_loses_nothing() {
        let outbox = outbox(10, 100);
        let mut into = Vec::new();
        {
            let mut waiting = Box::pin(outbox.next(&mut into));
            assert_eq!((&mut waiting).now_or_never(), None);
            assert_eq!(outbox.deliver(&[event(1)]), Delivery::Taken);
        }
        assert_eq!(outbox.next(&mut into).now_or_never(), Some(Ok(())));
        assert_eq!(numbers(&into), [1]);
    }

    #[tokio::test]
    async fn too_many_events_are_an_overrun_for_good() {
        let outbox = outbox(2, 100);
        assert_eq!(outbox.deliver(&[event(1), event(2)]), Delivery::Taken);
        assert_eq!(outbox.deliver(&[event(3)]), Delivery::Refused);
        let mut into = Vec::new();
        assert_eq!(outbox.next(&mut into).await, Err(Overrun));
        assert_eq!(outbox.deliver(&[event(4)]), Delivery::Refused);
        assert_eq!(outbox.next(&mut into).await, Err(Overrun));
        assert!(into.is_empty());
        assert_eq!(outbox.stats.outboxes_overrun.get(), 1);
        assert_eq!(outbox.stats.outbox_events.get(), 0);
    }

    #[tokio::test]
    async fn one_publication_above_the_byte_limit_is_an_overrun() {
        let outbox = outbox(10, 9);
        assert_eq!(outbox.deliver(&[event_of_size(1, 10)]), Delivery::Refused);
        assert_eq!(outbox.next(&mut Vec::new()).await, Err(Overrun));
    }

    #[tokio::test]
    async fn an_overrun_wakes_the_waiting_reader() {
        let outbox = outbox(0, 0);
        let mut into = Vec::new();
        let mut waiting = Box::pin(outbox.next(&mut into));
        assert_eq!((&mut waiting).now_or_never(), None);
        assert_eq!(outbox.deliver(&[event(1)]), Delivery::Refused);
        assert_eq!(waiting.now_or_never(), Some(Err(Overrun)));
    }

    #[tokio::test]
    async fn an_overrun_releases_what_was_queued() {
        let outbox = outbox(1, 100);
        let first = event(1);
        assert_eq!(outbox.deliver(std::slice::from_ref(&first)), Delivery::Taken);
        assert_eq!(outbox.deliver(&[event(2)]), Delivery::Refused);
        assert_eq!(Arc::strong_count(&first), 1);
    }

    #[tokio::test]
    async fn the_gauge_follows_the_queue_to_the_drop() {
        let stats = Arc::<Stats>::default();
        let limits = QueueLimits { events: 10, bytes: 100 };
        let outbox = Outbox::new(WireFormat::Direct, limits, stats.clone());
        assert_eq!(outbox.deliver(&[event(1), event(2)]), Delivery::Taken);
        assert_eq!(stats.outbox_events.get(), 2);
        drop(outbox);
        assert_eq!(stats.outbox_events.get(), 0);
    }
}
