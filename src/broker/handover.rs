//! A hand-over: the events of one poll, or the next of a stream, on their way to the client.
//! It must not know how they get there; whoever writes the response says when it is done.

use std::sync::Arc;
use std::time::Duration;

use super::live_session::Presence;
use super::session::Fate;
use super::{Ending, Publication, SessionGone};
use crate::domain::order::EventId;

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

    /// Gives back what was not handed over, and waits for what comes next, as a reader does that stays: it goes on with
    /// the turn that it has, so that a poll that came meanwhile is not taken over but takes over. It never leaves the
    /// session in between, whose inactivity clock stands still. The parameters are those of a
    /// [`PollRequest`](super::PollRequest).
    ///
    /// Cancel safe: a wait given up has taken nothing.
    ///
    /// # Errors
    /// When the session has ended; [`ending`](Self::ending) tells by what.
    pub async fn follow(
        &mut self,
        max: usize,
        after: Option<EventId>,
        wait: Duration,
    ) -> Result<(), SessionGone> {
        self.events.clear();
        self.presence.give_back();
        (self.events, self.outcome) = self.presence.wait(max, after, wait).await?;
        Ok(())
    }

    /// Whether a later poll waits for its turn. What is still to be handed over is better left to it.
    pub fn is_taken_over(&self) -> bool {
        self.presence.is_taken_over()
    }

    /// What the session ended by; `None` while it lives, and when it ended because it was asked to.
    pub fn ending(&self) -> Option<Ending> {
        self.presence.ending()
    }

    /// The response was handed over: without acknowledgement its events leave the session now.
    pub fn complete(mut self) {
        self.presence.settle_as(Fate::HandedOver);
    }
}

#[cfg(test)]
mod tests;
