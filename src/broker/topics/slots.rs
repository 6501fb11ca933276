//! The followers of one shard of a topic: a slab, so that coming and going cost the same however many there are.
//! It must not know locks or shards; its owner adds them.

use std::sync::Arc;

use super::round::Round;
use crate::broker::{Delivery, Subscriber};

/// A moment in the life of a topic: publishing and joining take the next one, so their order can be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(u64);

impl Moment {
    /// Moves on, and answers the moment that came.
    pub(super) fn advance(&mut self) -> Self {
        self.0 += 1;
        *self
    }
}

/// Names a slot and the one who sat there since `joined`: a slot is used again after a refusal has freed it, and the
/// attachment that had it before must not remove the next one.
#[derive(Clone, Copy, Debug)]
pub(super) struct SlotKey {
    index: u32,
    joined: Moment,
}

enum Slot {
    Taken { joined: Moment, subscriber: Arc<dyn Subscriber> },
    Free { next: Option<u32> },
}

/// The followers, in no order.
#[derive(Default)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    first_free: Option<u32>,
}

/// What a round led to.
#[derive(Default)]
pub(super) struct Outcome {
    /// Publications taken, once per subscriber.
    pub(super) taken: usize,
    /// The subscribers let go, for the caller to drop without the lock.
    pub(super) refused: Vec<Arc<dyn Subscriber>>,
}

impl Slots {
    /// Seats a subscriber. Nothing that was published up to `joined` reaches it.
    pub(super) fn insert(&mut self, joined: Moment, subscriber: Arc<dyn Subscriber>) -> SlotKey {
        let slot = Slot::Taken { joined, subscriber };
        let index = match self.first_free {
            Some(index) => {
                if let Slot::Free { next } = std::mem::replace(&mut self.slots[index as usize], slot) {
                    self.first_free = next;
                }
                index
            }
            None => {
                if self.slots.capacity() == 0 {
                    // Most topics have one follower, and a vector would begin with room for four.
                    self.slots.reserve_exact(1);
                }
                self.slots.push(slot);
                u32::try_from(self.slots.len() - 1).expect("a shard has far fewer slots")
            }
        };
        SlotKey { index, joined }
    }

    /// Frees the slot if the holder of `key` still has it.
    pub(super) fn remove(&mut self, key: SlotKey) -> Option<Arc<dyn Subscriber>> {
        match self.slots.get(key.index as usize) {
            Some(Slot::Taken { joined, .. }) if *joined == key.joined => self.free(key.index),
            _ => None,
        }
    }

    /// Brings a round to everybody who had joined before it. Those who refuse are let go.
    pub(super) fn deliver(&mut self, round: &Round) -> Outcome {
        let mut outcome = Outcome::default();
        for index in 0..self.slots.len() {
            let Slot::Taken { joined, subscriber } = &self.slots[index] else { continue };
            match round.deliver(*joined, &**subscriber, &mut outcome.taken) {
                Delivery::Taken => {}
                // The index is one of a slot, which fits.
                Delivery::Refused => outcome.refused.extend(self.free(index as u32)),
            }
        }
        outcome
    }

    fn free(&mut self, index: u32) -> Option<Arc<dyn Subscriber>> {
        let free = Slot::Free { next: self.first_free };
        match std::mem::replace(&mut self.slots[index as usize], free) {
            Slot::Taken { subscriber, .. } => {
                self.first_free = Some(index);
                Some(subscriber)
            }
            Slot::Free { next } => {
                self.slots[index as usize] = Slot::Free { next };
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::testing::Inbox;

    #[test]
    fn places_are_used_again() {
        let (mut slots, mut now) = (Slots::default(), Moment::default());
        let kept = slots.insert(now.advance(), Inbox::new(1));
        for _ in 0..100 {
            let pair = [0, 1].map(|_| slots.insert(now.advance(), Inbox::new(1)));
            assert!(pair.into_iter().all(|key| slots.remove(key).is_some()));
            assert!(pair.into_iter().all(|key| slots.remove(key).is_none()));
        }
        assert_eq!(slots.slots.len(), 3);
        assert!(slots.remove(kept).is_some());
    }
}
