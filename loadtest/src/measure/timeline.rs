//! How rates and times went while load was made: one bucket after another.

use std::time::Duration;

use serde::Serialize;

use super::latency::{Latencies, Percentiles};

/// How long a bucket is, in microseconds, for a run that may be short.
const SHORT: u64 = 100_000;
/// How long a bucket is when the run turns out to be long.
const LONG: u64 = 1_000_000;
/// Short buckets, before they become long: a minute's.
const SHORT_BUCKETS: usize = 600;

/// What happened in a span of time.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bucket {
    /// When it began, in seconds from the beginning of what is counted.
    pub at_seconds: f64,
    /// How long it was.
    pub seconds: f64,
    /// Messages heard for the first time, all readers together.
    pub deliveries: u64,
    /// Messages that the server has taken.
    pub publishes: u64,
    /// From intended saying to hearing, in microseconds.
    pub latency_micros: Option<Percentiles>,
}

/// Buckets, and the one that is being filled.
#[derive(Debug)]
pub struct Timeline {
    start: u64,
    buckets: Vec<Bucket>,
    all: Latencies,
    /// When the open bucket began and ends, in microseconds.
    begin: u64,
    end: u64,
    open: Latencies,
    publishes: u64,
    published: u64,
}

impl Timeline {
    /// Begins, at a time in microseconds.
    pub fn new(start: u64) -> Self {
        Self {
            start,
            buckets: Vec::new(),
            all: Latencies::default(),
            begin: start,
            end: start + SHORT,
            open: Latencies::default(),
            publishes: 0,
            published: 0,
        }
    }

    /// A message was heard at a time, so long after it was to be said.
    #[inline]
    pub fn deliver(&mut self, at: u64, micros: u64) {
        if at >= self.end {
            self.turn_to(at);
        }
        self.open.note(micros);
    }

    /// So many messages were taken at a time.
    pub fn publish(&mut self, at: u64, count: u64) {
        if at >= self.end {
            self.turn_to(at);
        }
        self.publishes += count;
    }

    /// Messages heard by now.
    pub fn deliveries(&self) -> u64 {
        self.all.count() + self.open.count()
    }

    /// Messages taken by now.
    pub fn published(&self) -> u64 {
        self.published + self.publishes
    }

    /// Ends, at a time.
    pub fn finish(mut self, at: u64) -> (Vec<Bucket>, Latencies) {
        if at > self.begin {
            self.end = self.end.min(at);
            self.close();
        }
        (self.buckets, self.all)
    }

    fn turn_to(&mut self, at: u64) {
        while at >= self.end {
            self.close();
        }
    }

    fn close(&mut self) {
        let seconds = |micros| Duration::from_micros(micros).as_secs_f64();
        self.buckets.push(Bucket {
            at_seconds: seconds(self.begin - self.start),
            seconds: seconds(self.end - self.begin),
            deliveries: self.open.count(),
            publishes: self.publishes,
            latency_micros: self.open.percentiles(),
        });
        if self.open.count() > 0 {
            self.all.absorb(&self.open);
            self.open.clear();
        }
        self.published += std::mem::take(&mut self.publishes);
        self.begin = self.end;
        self.end += if self.buckets.len() < SHORT_BUCKETS { SHORT } else { LONG };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_is_put_where_it_happened() {
        let mut timeline = Timeline::new(1_000_000);
        timeline.publish(1_000_010, 3);
        timeline.deliver(1_000_020, 10);
        timeline.deliver(1_250_000, 30);
        assert_eq!((timeline.deliveries(), timeline.published()), (2, 3));
        let (buckets, all) = timeline.finish(1_260_000);
        let deliveries: Vec<_> = buckets.iter().map(|bucket| bucket.deliveries).collect();
        assert_eq!(deliveries, [1, 0, 1]);
        assert_eq!((buckets[0].publishes, buckets[2].publishes), (3, 0));
        assert!((buckets[2].at_seconds - 0.2).abs() < 1e-9 && (buckets[2].seconds - 0.06).abs() < 1e-9);
        assert_eq!(buckets[2].latency_micros.map(|found| found.max), Some(30));
        assert_eq!(all.count(), 2);
    }

    #[test]
    fn a_long_run_gets_long_buckets() {
        let mut timeline = Timeline::new(0);
        timeline.deliver(70_000_000, 1);
        let (buckets, _) = timeline.finish(70_500_000);
        assert_eq!(buckets.len(), SHORT_BUCKETS + 11);
    }
}
