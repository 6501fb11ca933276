//! How long to wait after a failed accept.
//! It knows no listener.

use std::io;
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(5);
/// Long enough to leave the processor alone, short enough that nobody waits long once descriptors are free again.
const LONGEST: Duration = Duration::from_millis(500);

/// Doubles with every failure in a row.
#[derive(Debug)]
pub(super) struct Backoff(Duration);

impl Backoff {
    pub(super) fn new() -> Self {
        Self(FIRST)
    }

    /// Forgets the failures so far.
    pub(super) fn succeeded(&mut self) {
        self.0 = FIRST;
    }

    /// How long to wait after `error`: not at all when it was the fault of that one connection.
    pub(super) fn after(&mut self, error: &io::Error) -> Duration {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
            return Duration::ZERO;
        }
        let wait = self.0;
        self.0 = (wait * 2).min(LONGEST);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_longer_with_every_failure_up_to_a_bound() {
        let mut backoff = Backoff::new();
        let error = io::Error::other("too many open files");
        let waits: Vec<_> = (0..9).map(|_| backoff.after(&error).as_millis()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 500, 500]);
        backoff.succeeded();
        assert_eq!(backoff.after(&error), FIRST);
    }

    #[test]
    fn goes_on_at_once_when_a_client_was_to_blame() {
        let mut backoff = Backoff::new();
        assert_eq!(backoff.after(&io::ErrorKind::ConnectionAborted.into()), Duration::ZERO);
        assert_eq!(backoff.after(&io::Error::other("too many open files")), FIRST);
    }
}
