//! Doubles for the broker's tests: events that are told apart by a number.

use std::sync::Arc;

use bytes::Bytes;

use super::{Encode, Publication, Stamp, WireFormat};
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
