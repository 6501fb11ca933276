//! Load: publishers speak as the schedule says, and what they said is awaited.

use std::cmp::Reverse;
use std::time::Duration;

use mio::Token;

use super::link::Link;
use super::publisher::Answered;
use super::schedule::{Goal, Pace, Schedule};
use super::{Driver, FIRST_PUBLISHER};
use crate::error::LoadError;
use crate::measure::tally::Window;

/// Refusals in a row, for each publisher, after which a run is given up.
const MOST_REFUSALS: usize = 10;

/// Microseconds after which a connection is not used again: servers close those that wait, some after five seconds, and
/// a request that crosses such a close has no answer.
const IDLE_MICROS: u64 = 3_000_000;

/// What was counted from one moment to another.
#[derive(Debug)]
pub struct Span {
    /// Its length.
    pub took: Duration,
    /// When the last message was heard, in microseconds on the event loop's clock.
    pub end: u64,
    /// What happened.
    pub window: Window,
}

impl Driver {
    /// Makes load until the goal is reached, and waits until everything that was said has been heard.
    ///
    /// When nothing happens for as long as `patience`, the rest is taken for lost.
    ///
    /// # Errors
    /// When publishers cannot go on.
    pub fn run(&mut self, pace: Pace, goal: Goal, patience: Duration) -> Result<Span, LoadError> {
        let start = self.stir();
        self.tally.window = Window::new(start);
        let batch = self.publishers.first().map_or(1, |publisher| publisher.machine.batch());
        self.schedule = Some(Schedule::new(pace, goal, self.publishers.len(), batch, start));
        (0..self.publishers.len()).for_each(|publisher| self.urge(publisher, start, start));
        loop {
            self.speak()?;
            let quiet = self.waiting == 0 && self.due.is_empty();
            if quiet && self.tally.ledger.is_complete() {
                break;
            }
            match self.turn(patience) {
                Err(LoadError::Silence(_)) if quiet => break,
                outcome => outcome?,
            }
            self.progress.load(&self.tally, self.clock.now());
        }
        self.schedule = None;
        let end = self.stirred;
        let window = std::mem::replace(&mut self.tally.window, Window::new(end));
        Ok(Span { took: Duration::from_micros(end - start), end, window })
    }

    /// Takes the answer to what a publisher said.
    pub(super) fn answered(&mut self, index: usize, answered: Answered) {
        let now = self.stir();
        self.waiting -= 1;
        let station = &mut self.publishers[index];
        station.since = now;
        if !answered.keeps_alive {
            station.link = None;
        }
        match answered.refused {
            None => {
                self.refusals.in_a_row = 0;
                self.tally.window.answers.note(now.saturating_sub(answered.at));
                self.tally.window.timeline.publish(now, station.machine.batch());
            }
            Some(reason) => {
                self.refusals.count += 1;
                self.refusals.in_a_row += 1;
                self.refusals.first_reason.get_or_insert_with(|| reason.to_string());
                if self.refusals.in_a_row >= MOST_REFUSALS * self.publishers.len() {
                    self.trouble = Some(LoadError::Publisher(reason.to_string()));
                    return;
                }
            }
        }
        let rest = answered.rest.map_or(0, |rest| rest.as_micros() as u64);
        self.urge(index, now, now + rest);
    }

    /// Lets a free publisher speak when the schedule says so, but not before a time.
    fn urge(&mut self, index: usize, now: u64, not_before: u64) {
        let Some(at) = self.schedule.as_mut().and_then(|schedule| schedule.next(index, now)) else { return };
        if at.max(not_before) > now {
            self.due.push(Reverse((at.max(not_before), index, at)));
        } else if let Err(error) = self.say(index, at) {
            self.trouble = Some(error);
        }
    }

    /// Lets those speak whose time has come.
    fn speak(&mut self) -> Result<(), LoadError> {
        let now = self.clock.now();
        while let Some(&Reverse((when, index, at))) = self.due.peek() {
            if when > now {
                return self.wake_at(when);
            }
            self.due.pop();
            self.say(index, at)?;
        }
        Ok(())
    }

    fn say(&mut self, index: usize, at: u64) -> Result<(), LoadError> {
        let Self { publishers, out, tally, sources, poll, clock, .. } = self;
        let station = &mut publishers[index];
        out.clear();
        if clock.now().saturating_sub(station.since) > IDLE_MICROS {
            station.link = None;
        }
        if station.link.is_none() {
            let from = sources.of(index, station.at);
            let token = Token(FIRST_PUBLISHER + index);
            let link = Link::open(station.at, from, poll.registry(), token).map_err(LoadError::System)?;
            station.link = Some(link);
            station.machine.begin(out);
        }
        station.machine.say(at, &mut tally.ledger, out);
        self.waiting += 1;
        let sent = station.link.as_mut().map_or(Ok(()), |link| link.send(out));
        out.clear();
        sent.map_err(|ended| LoadError::Publisher(ended.to_string()))
    }
}
