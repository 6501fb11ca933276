//! A reader that stays with a streaming session: it is given each event once, and counts it as handed over when all of it
//! was written. When the reader goes, what was not is again at the front of the session's queue.
//! It must not know how events are written.

use std::sync::Arc;
use std::time::Duration;

use super::close::Close;
use crate::broker::{Ending, Handover, Outcome, Publication, WireFormat};
use crate::domain::order::EventId;

/// Events that are taken from the session at once. They are lent and cost nothing, but a later reader gets those that
/// were not written only when this one has gone.
const TAKEN_AT_ONCE: usize = 64;

/// An attachment to a session, which cannot expire meanwhile.
pub struct Attached {
    handover: Handover,
    format: WireFormat,
    /// The last event that the reader has.
    after: Option<EventId>,
    /// So many events of the hand-over have been given, and so many of those were written.
    given: usize,
    written: usize,
}

/// What came of waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// There are events.
    Events,
    /// There are none yet.
    None,
}

/// Why there is nothing more for a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Detached {
    /// A later poll or stream has taken its place.
    #[error("a later reader has taken over")]
    TakenOver,
    /// The session fell behind its limits.
    #[error("the session fell behind")]
    Overrun,
    /// The session ended.
    #[error("the session ended")]
    Ended,
    /// The broker is shutting down.
    #[error("the broker is shutting down")]
    Draining,
}

impl Attached {
    /// An attachment that begins with a poll, which does not have to have brought anything. What was delivered up to
    /// `after` is passed over.
    pub fn new(handover: Handover, format: WireFormat, after: Option<EventId>) -> Self {
        Self { handover, format, after, given: 0, written: 0 }
    }

    /// The format of what the session holds.
    pub(super) fn format(&self) -> WireFormat {
        self.format
    }

    /// The next event, if it is there already; none once another reader has taken over.
    pub(super) fn next(&mut self) -> Option<Arc<Publication>> {
        let next = self.handover.events().get(self.given)?;
        if self.handover.is_taken_over() {
            return None;
        }
        let next = Arc::clone(next);
        self.given += 1;
        self.after = next.stamp().event_id();
        Some(next)
    }

    /// One more of the events that were given, in their order, has been written whole.
    pub(super) fn written(&mut self) {
        self.written += 1;
    }

    /// Waits until there are events again, but no longer than `wait`. For when all that was given has been written: what
    /// was not is given again. Cancel safe.
    ///
    /// # Errors
    /// When there will be no more.
    pub(super) async fn renew(&mut self, wait: Duration) -> Result<News, Detached> {
        self.settle();
        if self.handover.follow(TAKEN_AT_ONCE, self.after, wait).await.is_err() {
            return Err(match self.handover.ending() {
                Some(Ending::Overrun) => Detached::Overrun,
                Some(Ending::Inactive) | None => Detached::Ended,
            });
        }
        match self.handover.outcome() {
            Outcome::Events => Ok(News::Events),
            Outcome::TimedOut => Ok(News::None),
            Outcome::TakenOver => Err(Detached::TakenOver),
            Outcome::Draining => Err(Detached::Draining),
        }
    }

    fn settle(&mut self) {
        self.handover.complete_first(self.written);
        (self.given, self.written) = (0, 0);
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.settle();
    }
}

impl From<Detached> for Close {
    fn from(detached: Detached) -> Self {
        match detached {
            Detached::TakenOver => Self::TakenOver,
            Detached::Overrun => Self::FellBehind,
            Detached::Ended => Self::SessionEnded,
            Detached::Draining => Self::Restarting,
        }
    }
}
