//! Time as the event loop counts it: microseconds since it began.

use std::time::Instant;

/// Counts microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock(Instant);

impl Clock {
    /// Begins to count.
    pub(super) fn new() -> Self {
        Self(Instant::now())
    }

    /// Microseconds so far.
    #[inline]
    pub(super) fn now(self) -> u64 {
        self.0.elapsed().as_micros() as u64
    }
}
