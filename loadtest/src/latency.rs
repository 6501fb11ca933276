//! Times from saying to hearing: when each message was said, and how long it took until it was heard.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::sequence::Label;

/// The longest time told apart, in microseconds; longer ones count as this one.
const LONGEST_MICROS: u64 = 60_000_000;
/// Significant digits of a time: enough to compare runs, few enough that thousands of readers fit into memory.
const DIGITS: u8 = 2;

/// When each message of a run was said. Written by publishers, read by readers, without a lock.
pub struct Said {
    start: Instant,
    per_publisher: usize,
    /// Microseconds from the start.
    at: Vec<AtomicU64>,
}

impl Said {
    /// Nothing was said yet.
    pub fn new(publishers: usize, per_publisher: usize) -> Self {
        let at = (0..publishers * per_publisher).map(|_| AtomicU64::new(0)).collect();
        Self { start: Instant::now(), per_publisher, at }
    }

    /// The message is said now.
    pub fn note(&self, label: Label) {
        if let Some(at) = self.at.get(self.index(label)) {
            at.store(micros(self.start.elapsed()), Ordering::Release);
        }
    }

    /// How long ago the message was said.
    pub fn since(&self, label: Label) -> Duration {
        let at = self.at.get(self.index(label)).map_or(0, |at| at.load(Ordering::Acquire));
        self.start.elapsed().saturating_sub(Duration::from_micros(at))
    }

    fn index(&self, label: Label) -> usize {
        label.publisher.saturating_mul(self.per_publisher).saturating_add(label.number)
    }
}

/// Many times, told by their percentiles.
#[derive(Clone, Debug)]
pub struct Latencies(Histogram<u32>);

impl Default for Latencies {
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, LONGEST_MICROS, DIGITS).expect("the bounds are in order"))
    }
}

impl Latencies {
    /// Notes one.
    pub fn note(&mut self, latency: Duration) {
        self.0.saturating_record(micros(latency).max(1));
    }

    /// Takes in another reader's.
    pub fn absorb(&mut self, other: &Self) {
        self.0.add(&other.0).expect("all have the same bounds");
    }

    fn at(&self, quantile: f64) -> Duration {
        Duration::from_micros(self.0.value_at_quantile(quantile))
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p50 {:.1?}, p99 {:.1?}, max {:.1?}", self.at(0.5), self.at(0.99), self.at(1.0))
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_many_readers_are_told_together() {
        let (mut one, mut other) = (Latencies::default(), Latencies::default());
        for _ in 0..98 {
            one.note(Duration::from_millis(1));
        }
        other.note(Duration::from_millis(50));
        other.note(Duration::from_hours(1));
        one.absorb(&other);
        assert!(one.at(0.5) < Duration::from_micros(1_020), "{one}");
        assert!((50..52).contains(&one.at(0.99).as_millis()), "{one}");
        assert!((60..61).contains(&one.at(1.0).as_secs()), "{one}");
    }
}
