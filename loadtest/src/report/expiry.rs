//! What the end of many sessions at once costs those who publish meanwhile.

use std::time::Duration;

use serde::Serialize;

use crate::measure::latency::{Latencies, Percentiles};

/// Answers to publishes, in the times in which sessions ended and in those in which none did.
#[derive(Debug, Default)]
pub struct Waves {
    quiet: Latencies,
    ending: Latencies,
    /// The 99th percentile of each pair of times, quiet and ending, in microseconds.
    pairs: Vec<(u64, u64)>,
    /// Sessions that ended in these times.
    ended: u64,
    /// The longest that it took to open the sessions of a wave.
    opening: Duration,
}

/// What the end of sessions came to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Expiry {
    /// Sessions that should end, all waves together.
    pub sessions: u64,
    /// Sessions that the broker ended in the times that were watched.
    pub ended: u64,
    /// The longest that it took to open the sessions of a wave, and so the time over which they are due, in seconds.
    pub opening_seconds: f64,
    /// From intended saying to the answer while no session ended, in microseconds.
    pub quiet_micros: Option<Percentiles>,
    /// The same while sessions ended.
    pub ending_micros: Option<Percentiles>,
    /// The 99th percentiles of each wave, before it and in it, in microseconds.
    pub p99_by_wave: Vec<(u64, u64)>,
    /// The 99th percentile while sessions ended, of that while none did.
    pub p99_ratio: Option<f64>,
    /// What it may be.
    pub most_ratio: f64,
    /// Whether it was, and all sessions ended when they should.
    pub kept: bool,
}

impl Waves {
    /// The sessions of a wave were opened within a time.
    pub fn opened(&mut self, took: Duration) {
        self.opening = self.opening.max(took);
    }

    /// A wave: what publishes took before it and in it, and how many sessions ended from the one's beginning to the
    /// other's end.
    pub fn note(&mut self, quiet: &Latencies, ending: &Latencies, ended: u64) {
        self.quiet.absorb(quiet);
        self.ending.absorb(ending);
        self.ended += ended;
        let p99 = |latencies: &Latencies| latencies.percentiles().map(|found| found.p99);
        self.pairs.extend(p99(quiet).zip(p99(ending)));
    }

    /// The verdict, when so many sessions should have ended, each wave within `second`, and the 99th percentile may
    /// be `most_ratio` times as long as without.
    pub fn judge(self, sessions: u64, second: Duration, most_ratio: f64) -> Expiry {
        let (quiet, ending) = (self.quiet.percentiles(), self.ending.percentiles());
        let p99 = |found: &Option<Percentiles>| found.as_ref().map(|found| found.p99 as f64);
        let ratio = p99(&ending).zip(p99(&quiet)).map(|(ending, quiet)| ending / quiet.max(1.0));
        let in_time = self.ended >= sessions && self.opening <= second;
        Expiry {
            sessions,
            ended: self.ended,
            opening_seconds: self.opening.as_secs_f64(),
            quiet_micros: quiet,
            ending_micros: ending,
            p99_by_wave: self.pairs,
            p99_ratio: ratio,
            most_ratio,
            kept: in_time && ratio.is_some_and(|ratio| ratio <= most_ratio),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn latencies(micros: u64) -> Latencies {
        let mut latencies = Latencies::default();
        (0..100).for_each(|_| latencies.note(micros));
        latencies
    }

    fn waves(ending: u64, ended: u64, opening: Duration) -> Expiry {
        let mut waves = Waves::default();
        waves.opened(opening);
        waves.note(&latencies(1000), &latencies(ending), ended);
        waves.judge(10, SECOND, 1.2)
    }

    #[test]
    fn the_limit_may_be_reached_and_not_passed() {
        assert!(waves(1200, 10, SECOND).kept);
        let passed = waves(1210, 10, SECOND);
        assert!(!passed.kept && passed.p99_ratio.is_some_and(|ratio| ratio > 1.2), "{passed:?}");
        assert_eq!(passed.p99_by_wave, [(1000, 1210)]);
    }

    #[test]
    fn sessions_that_did_not_end_prove_nothing() {
        assert!(!waves(1000, 9, SECOND).kept);
    }

    #[test]
    fn sessions_that_were_opened_too_slowly_do_not_end_at_once() {
        assert!(!waves(1000, 10, SECOND + Duration::from_millis(1)).kept);
    }

    #[test]
    fn without_publishes_there_is_no_verdict() {
        let none = Waves { ended: 10, ..Waves::default() }.judge(10, SECOND, 1.2);
        assert!(!none.kept && none.p99_ratio.is_none());
    }
}
