//! A hand-over: the events of one poll, on their way to the client.
//! It must not know how they get there; whoever writes the response says when it is done.

use std::sync::Arc;

use super::Publication;
use super::live_session::Presence;
use super::session::Fate;

/// Why a poll came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There are events.
    Events,
    /// Nothing came while it waited.
    TimedOut,
    /// A later poll of the same session took its place.
    TakenOver,
    /// The broker is shutting down, so nobody waits any more.
    Draining,
}

/// What a poll gives. The session counts as active, and lends nothing else, until this is completed or
/// dropped.
///
/// Dropped without [`Handover::complete`], its events stay at the front of the queue for the next poll.
#[must_use = "dropping a hand-over returns its events to the session"]
pub struct Handover {
    events: Vec<Arc<Publication>>,
    outcome: Outcome,
    /// Settles the loan when it is dropped.
    presence: Presence,
}

impl Handover {
    pub(super) fn new(presence: Presence, events: Vec<Arc<Publication>>, outcome: Outcome) -> Self {
        Self { events, outcome, presence }
    }

    /// The events that were not handed over yet, oldest first.
    pub fn events(&self) -> &[Arc<Publication>] {
        &self.events
    }

    /// Why the poll came back; without [`Outcome::Events`] there are none.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The first `count` of the events, or all where there are fewer, were handed over, and are no longer among
    /// [`events`](Self::events): for a stream, which hands over one by one. Without acknowledgement they leave the
    /// session now.
    pub fn complete_first(&mut self, count: usize) {
        let count = count.min(self.events.len());
        self.events.drain(..count);
        self.presence.settle_first(count);
    }

    /// The response was handed over: without acknowledgement its events leave the session now.
    pub fn complete(mut self) {
        self.presence.settle_as(Fate::HandedOver);
    }
}
