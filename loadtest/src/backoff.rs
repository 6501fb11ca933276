//! How long a client waits before it calls again when a server was too busy (429) or failed (5xx): as long as the
//! server asks, else longer with every refusal in a row, and never at the same moment as all others.
//! It knows no clock and no connection.

use std::time::Duration;

/// The most that is waited after a first refusal when the server does not say how long.
const FIRST: Duration = Duration::from_millis(250);
/// The most that is waited after many: a load generator that rests for longer measures nothing.
const LONGEST: Duration = Duration::from_secs(5);

/// Refusals in a row, and what the next wait is drawn from.
#[derive(Clone, Debug)]
pub struct Backoff {
    refusals: u32,
    /// The state of a generator (SplitMix64): waits have to differ between clients, and need not be unforeseeable.
    state: u64,
}

impl Backoff {
    /// Nothing was refused so far. Clients of different seeds wait for different times.
    pub fn new(seed: u64) -> Self {
        Self { refusals: 0, state: seed }
    }

    /// Forgets the refusals so far.
    pub fn succeeded(&mut self) {
        self.refusals = 0;
    }

    /// How long to wait after one more refusal, in whose answer the server may have asked for a time: at least that
    /// long, or else between half of a bound and the whole of it, which doubles.
    pub fn after(&mut self, retry_after: Option<Duration>) -> Duration {
        let bound = FIRST.saturating_mul(1 << self.refusals.min(16)).min(LONGEST);
        self.refusals = self.refusals.saturating_add(1);
        let half = bound / 2;
        retry_after.unwrap_or(half) + half.mul_f64(self.draw())
    }

    /// A number from 0 up to 1.
    fn draw(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Whether an answer of this status is worth another try later.
pub fn asks_to_wait(status: u16) -> bool {
    status == 429 || (500..600).contains(&status)
}

/// The time that a `Retry-After` header asks for. Dates, which it may hold as well, are taken for nothing said.
pub fn retry_after(value: &[u8]) -> Option<Duration> {
    let seconds = std::str::from_utf8(value).ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_lengthen_up_to_a_bound_and_start_anew_after_a_success() {
        let mut backoff = Backoff::new(7);
        for bound in [250, 500, 1000, 2000, 4000, 5000, 5000] {
            let wait = backoff.after(None).as_millis();
            assert!((bound / 2..=bound).contains(&wait), "{wait} of {bound}");
        }
        backoff.succeeded();
        assert!(backoff.after(None) <= FIRST);
    }

    #[test]
    fn a_server_is_never_called_before_the_time_it_asks_for() {
        let mut backoff = Backoff::new(7);
        for _ in 0..50 {
            let wait = backoff.after(Some(Duration::from_secs(3)));
            assert!(
                wait >= Duration::from_secs(3) && wait <= Duration::from_secs(3) + LONGEST / 2,
                "{wait:?}"
            );
        }
    }

    #[test]
    fn clients_that_were_refused_together_do_not_come_back_together() {
        let waits: std::collections::HashSet<_> =
            (0..100).map(|seed| Backoff::new(seed).after(None)).collect();
        assert!(waits.len() > 90, "{}", waits.len());
    }

    #[test]
    fn throttling_and_failures_of_the_server_are_waited_out() {
        let waited: Vec<u16> = (200..600).filter(|status| asks_to_wait(*status)).collect();
        assert_eq!(waited, [429].into_iter().chain(500..600).collect::<Vec<_>>());
    }

    #[test]
    fn the_header_is_read_in_seconds() {
        assert_eq!(retry_after(b" 2 "), Some(Duration::from_secs(2)));
        assert_eq!(retry_after(b"0"), Some(Duration::ZERO));
        assert_eq!(retry_after(b"Fri, 31 Dec 1999 23:59:59 GMT"), None);
        assert_eq!(retry_after(b"-1"), None);
    }
}
