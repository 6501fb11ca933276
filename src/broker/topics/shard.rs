//! A shard: some followers of a topic, and what waits for all of them.
//! It must not know the other shards, nor who runs it.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use super::round::Round;
use super::slots::{Moment, Outcome, SlotKey, Slots};
use crate::broker::{Batch, Subscriber};

/// Followers of one shard. A write to a socket takes some four microseconds, so a shard is served in about a
/// millisecond: long enough that handing it to a worker does not matter, short enough that others get their turn.
pub(super) const SHARD: usize = 256;

/// Events of one round; what is beyond waits for the next, so that a burst on one topic does not hold up others.
const ROUND_EVENTS: usize = 256;

/// Some followers of a topic.
#[derive(Default)]
pub(super) struct Shard {
    /// Guards what waits; held for moments only, also while a round is under way.
    waiting: Mutex<Waiting>,
    /// Guards who follows, and is held for the length of a round: that is what keeps nobody who detaches from hearing
    /// a thing after that. A plain mutex, since nothing under it waits.
    slots: Mutex<Slots>,
}

#[derive(Default)]
struct Waiting {
    batches: VecDeque<(Moment, Arc<Batch>)>,
    /// Whether somebody is bound to serve the shard until nothing waits. It keeps two rounds from overtaking
    /// each other.
    served: bool,
}

/// What the offer of a batch obliges to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duty {
    /// Whoever offered has to serve the shard now.
    Serve,
    /// Somebody does already.
    Nothing,
}

impl Shard {
    /// Lets a batch wait for its turn.
    pub(super) fn offer(&self, published: Moment, batch: &Arc<Batch>) -> Duty {
        let mut waiting = self.waiting.lock();
        waiting.batches.push_back((published, Arc::clone(batch)));
        if std::mem::replace(&mut waiting.served, true) { Duty::Nothing } else { Duty::Serve }
    }

    /// Serves one round of what waits; `None` when nothing does, which ends the duty.
    pub(super) fn serve(&self) -> Option<Outcome> {
        let round = self.next_round()?;
        let outcome = self.slots.lock().deliver(&round);
        Some(outcome)
    }

    pub(super) fn insert(&self, joined: Moment, subscriber: Arc<dyn Subscriber>) -> SlotKey {
        self.slots.lock().insert(joined, subscriber)
    }

    pub(super) fn remove(&self, key: SlotKey) -> Option<Arc<dyn Subscriber>> {
        self.slots.lock().remove(key)
    }

    fn next_round(&self) -> Option<Round> {
        let mut waiting = self.waiting.lock();
        let mut events = 0;
        let fitting = waiting.batches.iter().take_while(|(_, batch)| {
            events += batch.publications().len();
            events <= ROUND_EVENTS
        });
        let count = fitting.count().max(1).min(waiting.batches.len());
        let batches: Vec<_> = waiting.batches.drain(..count).collect();
        if batches.is_empty() {
            waiting.served = false;
            // An idle topic keeps no memory for what waited once.
            waiting.batches = VecDeque::new();
            return None;
        }
        Some(Round::new(batches))
    }
}
