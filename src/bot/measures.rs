//! What the bots count, for whoever looks from outside.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::telemetry::{Metrics, Timer};

/// Upper bounds in seconds of the time that looking a text up takes: from a handful of questions to a million.
const LOOKING_UP: [f64; 10] =
    [0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.001, 0.0025, 0.005, 0.01, 0.1];

/// Counters and times of all bots.
#[derive(Debug)]
pub struct Measures {
    answered: AtomicU64,
    handed_over: AtomicU64,
    fell_behind: AtomicU64,
    looking_up: Timer,
}

impl Measures {
    /// All at zero, timed on the metrics page.
    pub fn new(metrics: &Metrics) -> Self {
        let help = "Time in which a bot looks up what was said to it";
        Self {
            answered: AtomicU64::new(0),
            handed_over: AtomicU64::new(0),
            fell_behind: AtomicU64::new(0),
            looking_up: metrics.timer("faq_match", help, &LOOKING_UP),
        }
    }

    /// Questions that were answered.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Conversations that were handed over.
    pub fn handed_over(&self) -> u64 {
        self.handed_over.load(Ordering::Relaxed)
    }

    /// Bots that did not keep up with what was said to them.
    pub fn fell_behind(&self) -> u64 {
        self.fell_behind.load(Ordering::Relaxed)
    }

    pub(super) fn note_answered(&self) {
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn note_handed_over(&self) {
        self.handed_over.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn note_fell_behind(&self) {
        self.fell_behind.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn note_looked_up(&self, elapsed: Duration) {
        self.looking_up.note(elapsed);
    }
}
