//! A stretch of what waits in the store alone. It must not know whose it is, nor who reads it.

use std::collections::HashSet;

use crate::domain::delivery::DeliveryNo;
use crate::domain::ids::ConversationId;
use crate::store::Page;

/// What is only in the store: all that waits after `from`, up to `until` at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Behind {
    pub(super) from: DeliveryNo,
    pub(super) until: DeliveryNo,
}

impl Behind {
    /// One delivery.
    pub(super) fn of(number: DeliveryNo) -> Self {
        Self::between(number, number)
    }

    /// All from one delivery to another, both of them included.
    pub(super) fn between(first: DeliveryNo, last: DeliveryNo) -> Self {
        Self { from: DeliveryNo(first.0.saturating_sub(1)), until: last }
    }

    pub(super) fn with(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), until: self.until.max(other.until) }
    }

    pub(super) fn includes(self, number: DeliveryNo) -> bool {
        self.from < number && number <= self.until
    }

    /// What is left of it when it was read up to a number.
    pub(super) fn after(self, reached: DeliveryNo) -> Option<Self> {
        let left = Self { from: self.from.max(reached), ..self };
        (left.from < left.until).then_some(left)
    }
}

/// A page of such a stretch that is being read.
pub(super) struct Reading {
    /// The line whose rest is read; none when it is what the endpoint has in the store.
    pub(super) line: Option<ConversationId>,
    pub(super) stretch: Behind,
    /// How much may come of it.
    pub(super) page: Page,
    /// What came to its end meanwhile: the page may still have it.
    pub(super) settled: HashSet<DeliveryNo>,
    /// Whether something before the page has come to wait meanwhile, that the page may not have.
    pub(super) is_stale: bool,
    /// Whether all that was in memory was let go meanwhile: what is before the page would have to come first.
    pub(super) is_void: bool,
}

impl Reading {
    pub(super) fn new(line: Option<ConversationId>, stretch: Behind, page: Page) -> Self {
        Self { line, stretch, page, settled: HashSet::new(), is_stale: false, is_void: false }
    }
}
