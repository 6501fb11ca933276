//! When publishers speak. Times are microseconds, given from outside.

use std::time::Duration;

/// How load is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// Every publisher speaks as soon as it was answered.
    Closed,
    /// So many messages a second in all, evenly spread, whether the server keeps up or not. A publisher that was not
    /// answered in time speaks late, and its messages are as old as the delay.
    Open {
        /// Messages a second.
        per_second: f64,
    },
}

/// How much load is made: until the first of both is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Goal {
    /// Messages, rounded up to whole requests.
    pub messages: Option<u64>,
    /// Time.
    pub duration: Option<Duration>,
}

/// When each publisher speaks.
#[derive(Debug)]
pub(super) struct Schedule {
    pace: Pace,
    start: u64,
    end: u64,
    /// Requests in all.
    requests: u64,
    /// Messages in a request.
    batch: u64,
    publishers: u64,
    said: u64,
    /// Requests of each publisher so far.
    turns: Vec<u64>,
}

impl Schedule {
    /// A schedule that begins now.
    pub(super) fn new(pace: Pace, goal: Goal, publishers: usize, batch: u64, now: u64) -> Self {
        let batch = batch.max(1);
        Self {
            pace,
            start: now,
            end: goal.duration.map_or(u64::MAX, |duration| now + duration.as_micros() as u64),
            requests: goal.messages.map_or(u64::MAX, |messages| messages.div_ceil(batch)),
            batch,
            publishers: publishers as u64,
            said: 0,
            turns: vec![0; publishers],
        }
    }

    /// When the publisher, which is free, has to speak next; `None` when it has said everything.
    pub(super) fn next(&mut self, publisher: usize, now: u64) -> Option<u64> {
        let due = match self.pace {
            Pace::Closed => (self.said < self.requests && now < self.end).then_some(now),
            Pace::Open { per_second } => {
                let request = publisher as u64 + self.turns[publisher] * self.publishers;
                let after = (request * self.batch) as f64 * 1e6 / per_second;
                let due = self.start + after as u64;
                (request < self.requests && due < self.end).then_some(due)
            }
        }?;
        self.turns[publisher] += 1;
        self.said += 1;
        Some(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Option<Duration> {
        Some(Duration::from_secs(seconds))
    }

    #[test]
    fn an_open_schedule_is_spread_evenly_over_publishers_and_does_not_wait() {
        let goal = Goal { messages: Some(5), duration: None };
        let mut schedule = Schedule::new(Pace::Open { per_second: 10.0 }, goal, 2, 1, 1_000);
        let mut due = |publisher| schedule.next(publisher, 900_000_000);
        assert_eq!((due(0), due(1)), (Some(1_000), Some(101_000)));
        assert_eq!((due(0), due(0)), (Some(201_000), Some(401_000)));
        assert_eq!((due(0), due(1), due(1)), (None, Some(301_000), None));
    }

    #[test]
    fn an_open_schedule_ends_with_its_time() {
        let goal = Goal { messages: None, duration: seconds(1) };
        let mut schedule = Schedule::new(Pace::Open { per_second: 4.0 }, goal, 1, 2, 0);
        let due: Vec<_> = std::iter::from_fn(|| schedule.next(0, 0)).collect();
        assert_eq!(due, [0, 500_000]);
    }

    #[test]
    fn a_closed_schedule_speaks_at_once_until_all_is_said() {
        let goal = Goal { messages: Some(3), duration: seconds(1) };
        let mut schedule = Schedule::new(Pace::Closed, goal, 2, 1, 0);
        assert_eq!(
            [schedule.next(0, 5), schedule.next(0, 7), schedule.next(1, 7)],
            [Some(5), Some(7), Some(7)]
        );
        assert_eq!(schedule.next(1, 8), None);
        let mut schedule = Schedule::new(Pace::Closed, goal, 2, 1, 0);
        assert_eq!(schedule.next(0, 1_000_000), None);
    }
}
