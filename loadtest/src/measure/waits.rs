//! How long polls waited for their answers, held against how long they should. Histograms round; these are exact.

use std::time::Duration;

use serde::Serialize;

/// How long answered polls waited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    polls: u64,
    /// In microseconds, as all that follow.
    shortest: Option<u64>,
    longest: u64,
}

/// How long a poll on which nothing comes has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitBounds {
    /// No poll may be answered earlier.
    pub least: Duration,
    /// No poll may be answered later.
    pub most: Duration,
}

/// What waiting polls came to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Waited {
    /// Sessions, each with a poll that should wait.
    pub sessions: usize,
    /// Polls that the broker counted as waiting when all had come. Fewer than sessions are those that were just
    /// answered and made again.
    pub at_once: u64,
    /// Polls that were answered.
    pub polls: u64,
    /// The shortest that one waited, in seconds.
    pub shortest_seconds: Option<f64>,
    /// The longest that one waited, in seconds.
    pub longest_seconds: f64,
    /// Polls without an answer for longer than they may wait.
    pub overdue: usize,
    /// Whether all were answered in time and none too early.
    pub kept: bool,
}

impl Waits {
    /// A poll was answered after so many microseconds.
    #[inline]
    pub fn note(&mut self, micros: u64) {
        self.polls += 1;
        self.shortest = Some(self.shortest.map_or(micros, |shortest| shortest.min(micros)));
        self.longest = self.longest.max(micros);
    }

    /// The verdict over so many sessions, of whose polls `at_once` waited when all had come, and `overdue` have waited
    /// too long and wait still.
    pub fn judge(&self, bounds: WaitBounds, sessions: usize, at_once: u64, overdue: usize) -> Waited {
        let none_early = self.shortest.is_none_or(|shortest| Duration::from_micros(shortest) >= bounds.least);
        let none_late = Duration::from_micros(self.longest) <= bounds.most && overdue == 0;
        Waited {
            sessions,
            at_once,
            polls: self.polls,
            shortest_seconds: self.shortest.map(in_seconds),
            longest_seconds: in_seconds(self.longest),
            overdue,
            kept: none_early && none_late && self.polls >= sessions as u64,
        }
    }
}

fn in_seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: WaitBounds =
        WaitBounds { least: Duration::from_secs(15), most: Duration::from_millis(16_500) };

    fn kept(waits: &[u64], sessions: usize, overdue: usize) -> bool {
        let mut noted = Waits::default();
        waits.iter().for_each(|wait| noted.note(*wait));
        noted.judge(BOUNDS, sessions, 0, overdue).kept
    }

    #[test]
    fn both_bounds_may_be_reached_and_neither_passed() {
        assert!(kept(&[15_000_000, 16_500_000], 2, 0));
        assert!(!kept(&[14_999_999, 15_000_000], 2, 0));
        assert!(!kept(&[15_000_000, 16_500_001], 2, 0));
    }

    #[test]
    fn a_poll_that_is_never_answered_is_not_kept() {
        assert!(!kept(&[15_100_000], 2, 0));
        assert!(!kept(&[15_100_000, 15_100_000], 2, 1));
    }

    #[test]
    fn the_shortest_and_the_longest_are_told_exactly() {
        let mut waits = Waits::default();
        [15_000_001, 15_432_109, 15_000_007].into_iter().for_each(|wait| waits.note(wait));
        let waited = waits.judge(BOUNDS, 3, 2, 0);
        assert_eq!((waited.shortest_seconds, waited.longest_seconds), (Some(15.000_001), 15.432_109));
        assert_eq!((waited.polls, waited.at_once), (3, 2));
    }
}
