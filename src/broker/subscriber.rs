//! The promise between the registry of topics and whoever hears them.
//! It must not know sockets or sessions, the two kinds there are.

use super::Batch;

/// Somebody who hears topics.
///
/// What the registry promises for each attachment:
///
/// - a topic's publications arrive in the order in which they were published on it;
/// - a publication arrives at most once for each topic it was published on, and nothing between two that
///   arrived is missing;
/// - after a [`Delivery::Refused`], that topic delivers nothing more.
///
/// What an implementation promises in return:
///
/// - it never blocks: it writes what can be written at once, it queues, or it refuses;
/// - it takes a batch whole or refuses it;
/// - it does not call [`super::Topics`] from `deliver`, nor drop an [`super::Attachment`] there, because the
///   topic is locked meanwhile;
/// - it stands `deliver` from several threads at once when it follows several topics.
pub trait Subscriber: Send + Sync {
    /// Takes over `batch`, which is not empty.
    fn deliver(&self, batch: &Batch) -> Delivery;
}

/// How a subscriber answered a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Delivery {
    /// The batch is the subscriber's now.
    Taken,
    /// The subscriber wants no more, neither of this batch nor later: it is to be detached.
    Refused,
}
