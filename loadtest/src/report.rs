//! What a run found out, as a small table.

use std::fmt;
use std::time::Duration;

use crate::latency::Latencies;
use crate::sequence::Faults;

/// Whether the broker kept its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All was heard once and in order.
    Faultless,
    /// Something was not.
    Faulty,
}

/// What a run found out.
#[derive(Debug)]
pub struct Report {
    /// The scenario in a few words, such as "100 websockets on one conversation".
    pub title: String,
    /// How many messages were said.
    pub said: usize,
    /// How many were heard, by all readers together.
    pub heard: usize,
    /// From the first that was said to the last that was heard.
    pub took: Duration,
    /// What went wrong, at all readers together.
    pub faults: Faults,
    /// From saying to hearing.
    pub latencies: Latencies,
    /// Readers that ended before they had heard everything, with the reason of the first.
    pub broken: Option<Broken>,
}

/// Readers that ended early.
#[derive(Debug)]
pub struct Broken {
    /// How many.
    pub readers: usize,
    /// What the first of them met.
    pub first_reason: String,
}

impl Report {
    /// Whether the broker kept its word.
    pub fn verdict(&self) -> Verdict {
        if self.faults.is_none() && self.broken.is_none() { Verdict::Faultless } else { Verdict::Faulty }
    }

    fn rate(&self, count: usize) -> f64 {
        count as f64 / self.took.as_secs_f64().max(f64::EPSILON)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Faults { lost, doubled, reordered } = self.faults;
        writeln!(f, "{}", self.title)?;
        writeln!(f, "  said       {:>10}  {:>10.0}/s", self.said, self.rate(self.said))?;
        writeln!(f, "  heard      {:>10}  {:>10.0}/s", self.heard, self.rate(self.heard))?;
        writeln!(f, "  lost       {lost:>10}")?;
        writeln!(f, "  doubled    {doubled:>10}")?;
        writeln!(f, "  reordered  {reordered:>10}")?;
        writeln!(f, "  took       {:>10.2?}", self.took)?;
        write!(f, "  latency    {}", self.latencies)?;
        if let Some(broken) = &self.broken {
            write!(f, "\n  broken     {:>10}  {}", broken.readers, broken.first_reason)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(faults: Faults, broken: Option<Broken>) -> Report {
        Report {
            title: "a run".to_owned(),
            said: 10,
            heard: 20,
            took: Duration::from_secs(2),
            faults,
            latencies: Latencies::default(),
            broken,
        }
    }

    #[test]
    fn rates_are_told_beside_counts() {
        let text = report(Faults::default(), None).to_string();
        assert!(text.contains("  said               10           5/s"), "{text}");
        assert!(text.contains("  heard              20          10/s"), "{text}");
    }

    #[test]
    fn one_fault_or_one_broken_reader_is_enough_to_fail() {
        let broken = Broken { readers: 1, first_reason: "1013 reader fell behind".to_owned() };
        assert_eq!(report(Faults::default(), None).verdict(), Verdict::Faultless);
        assert_eq!(report(Faults { doubled: 1, ..Faults::default() }, None).verdict(), Verdict::Faulty);
        assert_eq!(report(Faults::default(), Some(broken)).verdict(), Verdict::Faulty);
    }
}
