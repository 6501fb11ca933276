//! Many times, told by their percentiles.

use hdrhistogram::Histogram;
use serde::Serialize;

/// The longest time told apart, in microseconds; longer ones count as this one.
const LONGEST_MICROS: u64 = 60_000_000;
/// Significant digits of a time.
const DIGITS: u8 = 3;

/// Times between a microsecond and a minute.
#[derive(Clone, Debug)]
pub struct Latencies(Histogram<u64>);

impl Default for Latencies {
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, LONGEST_MICROS, DIGITS).expect("the bounds are in order"))
    }
}

impl Latencies {
    /// Notes one, in microseconds.
    #[inline]
    pub fn note(&mut self, micros: u64) {
        self.0.saturating_record(micros.max(1));
    }

    /// Takes in others.
    pub fn absorb(&mut self, other: &Self) {
        self.0.add(&other.0).expect("all have the same bounds");
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.reset();
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// Their percentiles; `None` when there are no times.
    pub fn percentiles(&self) -> Option<Percentiles> {
        let at = |quantile| self.0.value_at_quantile(quantile);
        (!self.0.is_empty()).then(|| Percentiles {
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: self.0.max(),
            mean: self.0.mean(),
        })
    }

    /// How the times are spread: for each the share of times that are not longer, in steps that halve what is left.
    pub fn distribution(&self) -> Vec<(f64, u64)> {
        self.0.iter_quantiles(4).map(|step| (step.quantile_iterated_to(), step.value_iterated_to())).collect()
    }
}

/// Percentiles, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Percentiles {
    /// Half of the times are not longer.
    pub p50: u64,
    /// 90 of 100 are not longer.
    pub p90: u64,
    /// 99 of 100 are not longer.
    pub p99: u64,
    /// 999 of 1,000 are not longer.
    pub p999: u64,
    /// None is longer.
    pub max: u64,
    /// Their sum by their count.
    pub mean: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_parts_are_those_of_the_whole() {
        let (mut whole, mut part) = (Latencies::default(), Latencies::default());
        (0..98).for_each(|_| part.note(1_000));
        whole.absorb(&part);
        whole.note(50_000);
        whole.note(3_600_000_000);
        let found = whole.percentiles().unwrap();
        assert_eq!(whole.count(), 100);
        assert!((1_000..=1_001).contains(&found.p50), "{found:?}");
        assert!((50_000..50_100).contains(&found.p99), "{found:?}");
        assert!((60_000_000..60_100_000).contains(&found.max), "{found:?}");
    }

    #[test]
    fn no_times_have_no_percentiles() {
        assert_eq!(Latencies::default().percentiles(), None);
    }
}
