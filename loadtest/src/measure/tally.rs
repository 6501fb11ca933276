//! What the event loop reports to: every message heard goes through [`Tally::hear`], a few nanoseconds each.

use super::latency::Latencies;
use super::ledger::Ledger;
use super::setbacks::Setbacks;
use super::timeline::Timeline;
use super::waits::Waits;
use crate::label::{LabelFinder, Member};

/// Faults and times of a run.
#[derive(Debug)]
pub struct Tally {
    /// What was said and heard.
    pub ledger: Ledger,
    /// What readers by polls had to bear.
    pub setbacks: Setbacks,
    /// How long polls waited.
    pub waits: Waits,
    /// What is counted at the moment.
    pub window: Window,
    finder: LabelFinder,
}

/// What is counted from one moment to another. Faults are not: they count whenever they happen.
#[derive(Debug)]
pub struct Window {
    /// Rates, and times from intended saying to hearing.
    pub timeline: Timeline,
    /// From intended saying to the server's answer.
    pub answers: Latencies,
}

impl Window {
    /// Begins at a time, in microseconds.
    pub fn new(at: u64) -> Self {
        Self { timeline: Timeline::new(at), answers: Latencies::default() }
    }
}

impl Tally {
    /// Nothing was said so far. Messages are known by the given member.
    pub fn new(ledger: Ledger, member: Member) -> Self {
        Self {
            ledger,
            setbacks: Setbacks::default(),
            waits: Waits::default(),
            window: Window::new(0),
            finder: LabelFinder::new(member),
        }
    }

    /// A reader was handed a payload with one message, at a time in microseconds.
    #[inline]
    pub fn hear(&mut self, reader: usize, payload: &[u8], at: u64) {
        if let Some(label) = self.finder.first(payload)
            && let Some(said) = self.ledger.hear(reader, label)
        {
            self.window.timeline.deliver(at, at.saturating_sub(said));
        }
    }

    /// A reader was handed a payload with any number of messages.
    pub fn hear_all(&mut self, reader: usize, payload: &[u8], at: u64) {
        for label in self.finder.all(payload) {
            if let Some(said) = self.ledger.hear(reader, label) {
                self.window.timeline.deliver(at, at.saturating_sub(said));
            }
        }
    }
}
