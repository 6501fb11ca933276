//! How long a desktop waits before it makes a call again.

use std::time::Duration;

use uuid::Uuid;

/// The most that is waited after a first failure.
const FIRST: Duration = Duration::from_millis(500);
/// The most that is waited after many. An agent's session lives for 120 seconds without a poll.
const LONGEST: Duration = Duration::from_secs(30);

/// Failures in a row.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Forgets the failures so far.
    pub(crate) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// How long to wait after one more failure: as long as the server asks, if it does, else longer each time. Some
    /// of it is chance, so that desktops which failed together do not come back together.
    pub(crate) fn after(&mut self, retry_after: Option<Duration>) -> Duration {
        let bound = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        self.failures += 1;
        let half = bound / 2;
        retry_after.unwrap_or(half) + half.mul_f64(chance())
    }
}

/// A number from 0 to 1, out of the random bits of an id.
fn chance() -> f64 {
    let (bits, _) = Uuid::new_v4().as_u64_pair();
    (bits >> 32) as f64 / f64::from(u32::MAX)
}
