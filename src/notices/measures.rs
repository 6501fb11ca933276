//! What is counted of failed webhooks, for whoever looks from outside. Labels are kinds, never webhooks.

use crate::domain::notification::Reason;
use crate::outlets::webhooks::Unsent;
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

/// Why deliveries are given up: as operators are told, or without an address, of which they are not.
const GIVEN_UP: [&str; 3] = ["exhausted", "stopped", "no_address"];

/// Counters of notices and mail.
#[derive(Clone, Debug)]
pub struct Measures {
    given_up: Counts<{ GIVEN_UP.len() }>,
    mails: Counts<{ Outcome::NAMES.len() }>,
}

impl Measures {
    /// All at zero, on the metrics page.
    pub fn new(metrics: &Metrics) -> Self {
        let given_up = "Deliveries that are dead, by why they were given up";
        let mails = "Notices of failed webhooks by what became of their mail";
        Self {
            given_up: metrics.counts("webhook_deliveries_given_up", given_up, "reason", GIVEN_UP),
            mails: metrics.counts("webhook_mails", mails, "outcome", Outcome::NAMES),
        }
    }

    pub(super) fn told(&self, reason: Reason, deliveries: usize) {
        let place = match reason {
            Reason::Exhausted => 0,
            Reason::Stopped => 1,
        };
        self.given_up.add(place, deliveries as u64);
    }

    pub(super) fn unsent(&self, why: Unsent, deliveries: usize) {
        let place = match why {
            Unsent::Stopped => 1,
            Unsent::NoAddress => 2,
        };
        self.given_up.add(place, deliveries as u64);
    }

    pub(super) fn mailed(&self, outcome: Outcome) {
        self.mails.add(outcome as usize, 1);
    }
}
