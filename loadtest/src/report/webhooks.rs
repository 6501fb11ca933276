//! What deliveries to webhooks took, beside an endpoint that never answers and without it, and what one costs.

use serde::Serialize;

use crate::measure::latency::{Latencies, Percentiles};

/// What deliveries to webhooks came to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhooks {
    /// From intended saying to arrival at the endpoints that answer, in microseconds, while they were alone.
    pub alone_micros: Option<Percentiles>,
    /// The same beside an endpoint that never answers.
    pub beside_micros: Option<Percentiles>,
    /// The 99th percentile beside it, of that without it.
    pub p99_ratio: Option<f64>,
    /// What it may be.
    pub most_ratio: f64,
    /// Whether it was.
    pub kept: bool,
    /// What a delivery costs, where that was asked for.
    pub backlog: Option<Backlog>,
}

/// Deliveries that waited and were let go.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Backlog {
    /// How many.
    pub deliveries: u32,
    /// How many the server made for each second of its processor time.
    pub deliveries_per_cpu_second: Option<f64>,
    /// How many of the same bodies a stock client posts for each second of its own, in a loop that does nothing else.
    pub bare_posts_per_cpu_second: Option<f64>,
}

impl Webhooks {
    /// The verdict, when the 99th percentile may be `most_ratio` times as long beside the endpoint that never
    /// answers.
    pub fn judge(alone: &Latencies, beside: &Latencies, most_ratio: f64, backlog: Option<Backlog>) -> Self {
        let (alone, beside) = (alone.percentiles(), beside.percentiles());
        let p99 = |found: &Option<Percentiles>| found.as_ref().map(|found| found.p99 as f64);
        let ratio = p99(&beside).zip(p99(&alone)).map(|(beside, alone)| beside / alone.max(1.0));
        Self {
            alone_micros: alone,
            beside_micros: beside,
            p99_ratio: ratio,
            most_ratio,
            kept: ratio.is_some_and(|ratio| ratio <= most_ratio),
            backlog,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(beside: &[u64]) -> Webhooks {
        let all = |times: &[u64]| {
            let mut latencies = Latencies::default();
            times.iter().for_each(|micros| latencies.note(*micros));
            latencies
        };
        Webhooks::judge(&all(&[1000; 100]), &all(beside), 1.2, None)
    }

    #[test]
    fn the_limit_may_be_reached_and_not_passed() {
        assert!(judged(&[1200; 100]).kept);
        assert!(!judged(&[1210; 100]).kept);
    }

    #[test]
    fn without_deliveries_there_is_no_verdict() {
        let none = judged(&[]);
        assert!(!none.kept && none.p99_ratio.is_none());
    }
}
