//! What readers of all scenarios have in common: what each brings home, and how these become one report.

use std::time::Instant;

use crate::error::LoadError;
use crate::latency::Latencies;
use crate::report::{Broken, Report};
use crate::sequence::{Faults, Hearing};

/// What one reader brings home.
pub(super) struct Heard<P> {
    /// Which messages, in which order.
    pub(super) hearing: Hearing<P>,
    /// How long each took.
    pub(super) latencies: Latencies,
    /// Why it ended before it had heard everything.
    pub(super) broken: Option<LoadError>,
}

impl<P: Ord> Heard<P> {
    /// A reader that has heard nothing yet, of `messages` from each publisher.
    pub(super) fn nothing(publishers: usize, messages: usize) -> Self {
        Self { hearing: Hearing::new(publishers, messages), latencies: Latencies::default(), broken: None }
    }
}

/// Adds up what all readers heard, of `said` messages, in the time since `begun`.
pub(super) fn report<P: Ord>(title: String, said: usize, begun: Instant, readers: Vec<Heard<P>>) -> Report {
    let mut report = Report {
        title,
        said,
        heard: 0,
        took: begun.elapsed(),
        faults: Faults::default(),
        latencies: Latencies::default(),
        broken: None,
    };
    for reader in readers {
        report.heard += reader.hearing.count();
        report.faults += reader.hearing.finish();
        report.latencies.absorb(&reader.latencies);
        if let Some(reason) = reader.broken {
            let broken =
                report.broken.get_or_insert_with(|| Broken { readers: 0, first_reason: reason.to_string() });
            broken.readers += 1;
        }
    }
    report
}
