//! What readers by polls had to bear beside events: answers that made them wait, and sessions that were over.

use serde::Serialize;

/// Setbacks of all readers together, and the reason of the first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Setbacks {
    /// Requests that were answered 429, after which their reader backed off.
    pub throttled: u64,
    /// Requests that were answered 5xx, likewise.
    pub failed: u64,
    /// Sessions that were over, in whose place another was opened.
    pub renewed: u64,
    /// What the first of all was answered.
    pub first_reason: Option<String>,
}

impl Setbacks {
    /// Whether there were none.
    pub fn is_none(&self) -> bool {
        (self.throttled, self.failed, self.renewed) == (0, 0, 0)
    }

    /// A request was answered 429 or 5xx.
    pub fn wait(&mut self, status: u16, reason: impl FnOnce() -> String) {
        let count = if status == 429 { &mut self.throttled } else { &mut self.failed };
        *count += 1;
        self.first_reason.get_or_insert_with(reason);
    }

    /// A session was over.
    pub fn renew(&mut self, reason: impl FnOnce() -> String) {
        self.renewed += 1;
        self.first_reason.get_or_insert_with(reason);
    }
}
