//! Doubles for the broker's tests: events that are told apart by a number.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use super::{Batch, Delivery, Encode, Overrun, Publication, Stamp, Subscriber, WireFormat};
use crate::domain::order::EventId;

struct Blank(usize);

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
