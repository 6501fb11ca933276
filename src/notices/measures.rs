//! What is counted of failed webhooks, for whoever looks from outside. Labels are kinds, never webhooks.

use crate::domain::notification::Reason;
use crate::telemetry::{Counts, Metrics};

/// What became of a notice that was to be mailed to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The server has taken the mail.
    Sent,
    /// The server did not take it, or was not there.
    Failed,
    /// A mail about the same webhook went out a short while ago.
    Withheld,
    /// Too many were waiting.
    Dropped,
}

impl Outcome {
    const NAMES: [&str; 4] = ["sent", "failed", "withheld", "dropped"];
}

/// Counters of notices and mail.
#[derive(Clone, Debug)]
pub struct Measures {
    given_up: Counts<{ Reason::ALL.len() }>,
    mails: Counts<{ Outcome::NAMES.len() }>,
}

impl Measures {
    /// All at zero, on the metrics page.
    pub fn new(metrics: &Metrics) -> Self {
        let given_up = "Deliveries that webhooks would not take, by why they were given up";
        let mails = "Notices of failed webhooks by what became of their mail";
        Self {
            given_up: metrics.counts(
                "webhook_deliveries_given_up",
                given_up,
                "reason",
                Reason::ALL.map(Reason::name),
            ),
            mails: metrics.counts("webhook_mails", mails, "outcome", Outcome::NAMES),
        }
    }

    pub(super) fn told(&self, reason: Reason, deliveries: usize) {
        self.given_up.add(reason as usize, deliveries as u64);
    }

    pub(super) fn mailed(&self, outcome: Outcome) {
        self.mails.add(outcome as usize, 1);
    }
}
