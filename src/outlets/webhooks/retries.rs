//! When a delivery is tried, and when it is given up (platform documentation §6.7). It must not know clocks.

use std::time::Duration;

use crate::domain::clock::Millis;

/// The waits before each attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retries {
    /// The wait before each attempt, the first included; later ones count from the failure before. There are as many
    /// attempts as waits, at least one.
    pub delays: Vec<Duration>,
    /// By how much a wait may be longer than it is set to, by chance, in percent of it: endpoints that failed
    /// together are then not called together. The first attempt is never put off.
    pub jitter_percent: u32,
    /// The longest time for which an endpoint may ask to be left alone. A wait that is longer anyway stays.
    pub longest_retry_after: Duration,
}

/// Chance: any number stands for the part of its type's range that lies below it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance(pub(super) u64);

impl Retries {
    /// When a delivery is tried first that was kept at a moment.
    pub(super) fn first(&self, kept: Millis) -> Millis {
        kept.plus(self.delays.first().copied().unwrap_or_default())
    }

    /// When a delivery is tried again after so many attempts, the last of which has failed just now; none when that
    /// was the last.
    pub(super) fn next(
        &self,
        tries: u32,
        failed: Millis,
        asked_for: Option<Duration>,
        chance: Chance,
    ) -> Option<Millis> {
        let delay = *self.delays.get(usize::try_from(tries).ok()?)?;
        let wait = delay.saturating_add(self.jitter(delay, chance));
        Some(failed.plus(wait.max(self.granted(asked_for))))
    }

    /// Until when an endpoint is left alone that has asked for it when a call failed; none when it is not.
    pub(super) fn left_alone(&self, failed: Millis, asked_for: Option<Duration>) -> Option<Millis> {
        let granted = self.granted(asked_for);
        (!granted.is_zero()).then(|| failed.plus(granted))
    }

    fn granted(&self, asked_for: Option<Duration>) -> Duration {
        asked_for.unwrap_or_default().min(self.longest_retry_after)
    }

    fn jitter(&self, delay: Duration, Chance(chance): Chance) -> Duration {
        let most = delay.as_millis().saturating_mul(self.jitter_percent.into()) / 100;
        let share = most.saturating_mul(chance.into()) >> u64::BITS;
        Duration::from_millis(u64::try_from(share).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documented() -> Retries {
        Retries {
            delays: [0, 120, 240, 360, 480, 600].map(Duration::from_secs).to_vec(),
            jitter_percent: 0,
            longest_retry_after: Duration::from_secs(300),
        }
    }

    /// Seconds from a failure to the next attempt.
    fn wait(retries: &Retries, tries: u32, asked_for: Option<u64>, chance: u64) -> Option<f64> {
        let asked_for = asked_for.map(Duration::from_secs);
        let next = retries.next(tries, Millis(1_000), asked_for, Chance(chance));
        next.map(|next| next.since(Millis(1_000)).as_secs_f64())
    }

    #[test]
    fn attempts_are_made_as_documented_and_the_sixth_is_the_last() {
        let retries = documented();
        assert_eq!(retries.first(Millis(5)), Millis(5));
        let waits: Vec<_> = (1..=6).map(|tries| wait(&retries, tries, None, u64::MAX)).collect();
        assert_eq!(waits, [Some(120.0), Some(240.0), Some(360.0), Some(480.0), Some(600.0), None]);
    }

    #[test]
    fn an_endpoint_may_ask_for_a_longer_wait_up_to_a_limit_and_for_no_shorter_one() {
        let retries = documented();
        assert_eq!(wait(&retries, 1, Some(119), 0), Some(120.0));
        assert_eq!(wait(&retries, 1, Some(300), 0), Some(300.0));
        assert_eq!(wait(&retries, 1, Some(301), 0), Some(300.0));
        assert_eq!(wait(&retries, 4, Some(900), 0), Some(480.0));
        assert_eq!(wait(&retries, 6, Some(900), 0), None);
    }

    #[test]
    fn an_endpoint_is_left_alone_for_as_long_as_it_asks_and_may_ask() {
        let left_alone = |seconds| documented().left_alone(Millis(0), Some(Duration::from_secs(seconds)));
        assert_eq!((left_alone(0), documented().left_alone(Millis(0), None)), (None, None));
        assert_eq!(left_alone(1), Some(Millis(1_000)));
        assert_eq!((left_alone(300), left_alone(301)), (Some(Millis(300_000)), Some(Millis(300_000))));
    }

    #[test]
    fn chance_makes_a_wait_longer_by_no_more_than_its_percentage() {
        let retries = Retries { jitter_percent: 50, ..documented() };
        assert_eq!(retries.first(Millis(5)), Millis(5));
        assert_eq!(wait(&retries, 1, None, 0), Some(120.0));
        assert_eq!(wait(&retries, 1, None, u64::MAX / 2 + 1), Some(150.0));
        let longest = wait(&retries, 1, None, u64::MAX).unwrap();
        assert!((179.9..=180.0).contains(&longest), "{longest}");
    }
}
