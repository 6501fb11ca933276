//! When a plug-in that fails is left alone. Time is handed in.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::domain::clock::Millis;

/// Counts failures in a row. After some it lets nobody ask for a while, and then one after each such while, until
/// there is an answer.
#[derive(Debug)]
pub(super) struct Breaker {
    limit: NonZeroU32,
    pause: Duration,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Anybody may ask.
    Closed {
        /// In a row.
        failures: u32,
    },
    /// Nobody may ask before this moment. Whoever asks then moves it on, so that others do not ask beside it.
    Open { until: Millis },
}

impl Breaker {
    /// Opens after `limit` failures in a row, for as long as `pause`.
    pub(super) fn new(limit: NonZeroU32, pause: Duration) -> Self {
        Self { limit, pause, state: State::Closed { failures: 0 } }
    }

    /// Whether the plug-in may be asked now. Whoever may is expected to, and to tell what came of it; where nobody
    /// tells, somebody else may ask a pause later.
    pub(super) fn lets_ask(&mut self, now: Millis) -> bool {
        match &mut self.state {
            State::Closed { .. } => true,
            State::Open { until } if *until <= now => {
                *until = now.plus(self.pause);
                true
            }
            State::Open { .. } => false,
        }
    }

    /// The plug-in answered.
    pub(super) fn succeeded(&mut self) {
        self.state = State::Closed { failures: 0 };
    }

    /// The plug-in did not answer; whether it is left alone from now on.
    pub(super) fn failed(&mut self, now: Millis) -> bool {
        let until = now.plus(self.pause);
        match &mut self.state {
            State::Closed { failures } => {
                *failures += 1;
                let opens = *failures >= self.limit.get();
                if opens {
                    self.state = State::Open { until };
                }
                opens
            }
            State::Open { until: present } => {
                *present = until;
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_millis(100);

    fn breaker(limit: u32) -> Breaker {
        Breaker::new(NonZeroU32::new(limit).unwrap(), PAUSE)
    }

    #[test]
    fn as_many_failures_in_a_row_as_the_limit_open_it_and_no_fewer() {
        let mut breaker = breaker(3);
        assert!(!breaker.failed(Millis(0)) && !breaker.failed(Millis(0)));
        breaker.succeeded();
        assert!(!breaker.failed(Millis(0)) && !breaker.failed(Millis(0)) && breaker.lets_ask(Millis(0)));
        assert!(breaker.failed(Millis(0)));
        assert!(!breaker.lets_ask(Millis(99)));
    }

    #[test]
    fn after_a_pause_one_may_ask_and_its_answer_closes_it() {
        let mut breaker = breaker(1);
        breaker.failed(Millis(0));
        assert!(breaker.lets_ask(Millis(100)));
        assert!(!breaker.lets_ask(Millis(100)), "one asks already");
        breaker.succeeded();
        assert!(breaker.lets_ask(Millis(100)) && breaker.lets_ask(Millis(100)));
    }

    #[test]
    fn another_failure_keeps_it_open_for_another_pause() {
        let mut breaker = breaker(1);
        breaker.failed(Millis(0));
        assert!(breaker.lets_ask(Millis(100)));
        assert!(!breaker.failed(Millis(150)), "it was open");
        assert!(!breaker.lets_ask(Millis(249)) && breaker.lets_ask(Millis(250)));
    }

    #[test]
    fn who_never_tells_what_came_of_it_keeps_others_away_for_one_pause() {
        let mut breaker = breaker(1);
        breaker.failed(Millis(0));
        assert!(
            breaker.lets_ask(Millis(100)) && !breaker.lets_ask(Millis(199)) && breaker.lets_ask(Millis(200))
        );
    }
}
