//! A round: what waited for a shard when its turn came, as one batch for everybody who was there before it.
//! It must not know how subscribers are kept.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::slots::Moment;
use crate::broker::{Batch, Delivery, Subscriber};

/// What waited, and the moments at which it was published.
pub(super) struct Round {
    /// In the order in which they were published; never none. Kept to the end of the round, so that what they hold is
    /// let go of when everybody has been given them.
    batches: Vec<(Moment, Arc<Batch>)>,
    /// All of them as one.
    whole: Arc<Batch>,
}

impl Round {
    /// A round of `batches`, of which there is at least one.
    pub(super) fn new(batches: Vec<(Moment, Arc<Batch>)>) -> Self {
        let whole = match batches.as_slice() {
            [(_, only)] => Arc::clone(only),
            many => Batch::join(many.iter().map(|(_, batch)| batch)),
        };
        Self { batches, whole }
    }

    /// Gives a subscriber that joined at `joined` what was published after that, and adds what it took to `taken`.
    #[inline]
    pub(super) fn deliver(&self, joined: Moment, to: &dyn Subscriber, taken: &mut usize) -> Delivery {
        let is_due = |(published, _): &(Moment, Arc<Batch>)| *published > joined;
        if self.batches.first().is_some_and(is_due) {
            return give(&self.whole, to, taken);
        }
        for (_, batch) in self.batches.iter().filter(|batch| is_due(batch)) {
            if give(batch, to, taken) == Delivery::Refused {
                return Delivery::Refused;
            }
        }
        Delivery::Taken
    }
}

/// A subscriber that panics is let go like one that refuses: the topic goes on for the others.
#[inline]
fn give(batch: &Batch, to: &dyn Subscriber, taken: &mut usize) -> Delivery {
    let delivery = catch_unwind(AssertUnwindSafe(|| to.deliver(batch))).unwrap_or(Delivery::Refused);
    if delivery == Delivery::Taken {
        *taken += batch.publications().len();
    }
    delivery
}
