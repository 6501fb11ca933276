//! Doubles for the broker's tests: events that are told apart by a number.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use super::{Batch, Delivery, Encode, Overrun, Publication, Stamp, Subscriber, Topic, Topics, WireFormat};
use crate::domain::clock::Millis;
use crate::domain::ids::TenantId;
use crate::domain::order::EventId;
use crate::domain::subscription::{Filter, Subscription, SubscriptionId, Watched, WatchedEvent};

/// An event of so many bytes, in whatever format.
pub(super) struct Blank(pub(super) usize);

impl Encode for Blank {
    fn encode(&self, _: WireFormat) -> Bytes {
        Bytes::from(vec![b'.'; self.0])
    }
}

/// The id of event `number`.
pub(super) fn id(number: u32) -> EventId {
    EventId { ms: i64::from(number), n: 0 }
}

/// Event `number`, of one byte.
pub(super) fn event(number: u32) -> Arc<Publication> {
    event_of_size(number, 1)
}

/// Event `number`, of `bytes` bytes.
pub(super) fn event_of_size(number: u32, bytes: usize) -> Arc<Publication> {
    Publication::new(Stamp::Event(id(number)), Box::new(Blank(bytes)))
}

/// Event `number`, for those who watch for it.
pub(super) fn watched_event(number: u32, event: WatchedEvent) -> Arc<Publication> {
    Publication::watched(Stamp::Event(id(number)), event, Box::new(Blank(1)))
}

/// Brings event `number` to those who watch for it.
pub(super) fn publish_watched(topics: &Topics, tenant: TenantId, watched: &Watched, number: u32) {
    let publication = [watched_event(number, watched.event)];
    for key in watched.keys() {
        topics.publish(&Topic::Watch(tenant, key), &publication);
    }
}

/// A subscription to what `filter` lets through.
pub(super) fn subscription(name: &str, filter: Filter) -> Arc<Subscription> {
    let id = SubscriptionId::try_from(name).expect("test names are short");
    let (created, modified) = (Millis(0), Millis(0));
    Arc::new(Subscription { id, description: String::new(), filter, created, modified })
}

/// The numbers of `events`, in order.
pub(super) fn numbers<'a>(events: impl IntoIterator<Item = &'a Arc<Publication>>) -> Vec<u32> {
    let number = |event: &Arc<Publication>| {
        let id = event.stamp().event_id().expect("test publications are events");
        u32::try_from(id.ms).expect("test numbers are small")
    };
    events.into_iter().map(number).collect()
}

/// A subscriber that holds up to `limit` events, and is overrun for good by more.
pub(super) struct Inbox {
    limit: usize,
    waiting: Mutex<Result<Vec<u32>, Overrun>>,
}

impl Inbox {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, waiting: Mutex::new(Ok(Vec::new())) })
    }

    /// Takes out what waits.
    pub(super) fn take(&self) -> Result<Vec<u32>, Overrun> {
        self.waiting.lock().as_mut().map(std::mem::take).map_err(|overrun| *overrun)
    }
}

impl Subscriber for Inbox {
    fn deliver(&self, batch: &Batch) -> Delivery {
        let mut waiting = self.waiting.lock();
        match &mut *waiting {
            Ok(events) if events.len() + batch.publications().len() <= self.limit => {
                events.extend(numbers(batch.publications()));
                Delivery::Taken
            }
            _ => {
                *waiting = Err(Overrun);
                Delivery::Refused
            }
        }
    }
}
