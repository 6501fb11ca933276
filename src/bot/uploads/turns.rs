//! Whose upload is read next: each tenant's in turn, so that one with many of them holds up nobody for longer than
//! one takes. It must not know what an upload is.

use std::collections::{HashMap, VecDeque};

use crate::domain::ids::TenantId;

/// What waits, by tenant. A tenant of whom nothing waits has no entry.
pub(super) struct Turns<T> {
    waiting: HashMap<TenantId, VecDeque<T>>,
    /// Each tenant of whom something waits, once; whose turn is next comes first.
    order: VecDeque<TenantId>,
}

impl<T> Turns<T> {
    pub(super) fn new() -> Self {
        Self { waiting: HashMap::new(), order: VecDeque::new() }
    }

    /// Puts something behind all else of its tenant.
    pub(super) fn put(&mut self, tenant: TenantId, what: T) {
        let waiting = self.waiting.entry(tenant).or_default();
        if waiting.is_empty() {
            self.order.push_back(tenant);
        }
        waiting.push_back(what);
    }

    /// Takes the first of the tenant whose turn it is; its next turn comes after those of the others.
    pub(super) fn next(&mut self) -> Option<T> {
        let tenant = self.order.pop_front()?;
        let waiting = self.waiting.get_mut(&tenant)?;
        let first = waiting.pop_front();
        if waiting.is_empty() {
            self.waiting.remove(&tenant);
        } else {
            self.order.push_back(tenant);
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenants_have_their_turns_and_what_is_of_one_stays_in_order() {
        let (busy, other, late) = (TenantId::new(), TenantId::new(), TenantId::new());
        let mut turns = Turns::new();
        for what in ["busy 1", "busy 2", "busy 3"] {
            turns.put(busy, what);
        }
        turns.put(other, "other 1");
        let mut read = vec![turns.next().unwrap(), turns.next().unwrap()];
        turns.put(late, "late 1");
        turns.put(busy, "busy 4");
        read.extend(std::iter::from_fn(|| turns.next()));
        assert_eq!(read, ["busy 1", "other 1", "busy 2", "late 1", "busy 3", "busy 4"]);
        assert!(turns.waiting.is_empty(), "of whom nothing waits nothing is remembered");
    }
}
