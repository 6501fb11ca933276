//! In which order customers are asked about: each tenant has places of its own, so that one whose businesses are slow
//! to answer holds up nobody else. It must not know how anybody is asked.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroUsize;

use crate::domain::ids::TenantId;
use crate::pipeline::Newcomer;

/// How many customers of one tenant businesses are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuestionLimits {
    /// Those who are asked about at the same time.
    pub at_once: NonZeroUsize,
    /// Those who wait for that besides.
    pub waiting: NonZeroUsize,
}

/// What becomes of somebody who comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is asked about now.
    Now,
    /// It waits until another is done with.
    Later,
    /// Nobody is asked about it: too many wait.
    Never,
}

/// Who is asked about and who waits, by tenant; a tenant of whom there is nobody has no entry.
pub(super) struct Turns {
    limits: QuestionLimits,
    tenants: HashMap<TenantId, OfTenant>,
}

#[derive(Default)]
struct OfTenant {
    asking: usize,
    waiting: VecDeque<Newcomer>,
}

impl Turns {
    pub(super) fn new(limits: QuestionLimits) -> Self {
        Self { limits, tenants: HashMap::new() }
    }

    /// Somebody comes.
    pub(super) fn come(&mut self, newcomer: Newcomer) -> Turn {
        let of_tenant = self.tenants.entry(newcomer.tenant).or_default();
        if of_tenant.asking < self.limits.at_once.get() {
            of_tenant.asking += 1;
            Turn::Now
        } else if of_tenant.waiting.len() < self.limits.waiting.get() {
            of_tenant.waiting.push_back(newcomer);
            Turn::Later
        } else {
            Turn::Never
        }
    }

    /// One of a tenant's questions is done with; whoever takes its place is asked about now.
    pub(super) fn done(&mut self, tenant: TenantId) -> Option<Newcomer> {
        let of_tenant = self.tenants.get_mut(&tenant)?;
        let next = of_tenant.waiting.pop_front();
        if next.is_none() {
            of_tenant.asking -= 1;
            if of_tenant.asking == 0 {
                self.tenants.remove(&tenant);
            }
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::ConversationId;

    fn of(tenant: TenantId) -> Newcomer {
        Newcomer { tenant, conversation: ConversationId::new() }
    }

    fn two_at_once_and_one_waiting() -> Turns {
        let (at_once, waiting) = (NonZeroUsize::new(2).unwrap(), NonZeroUsize::MIN);
        Turns::new(QuestionLimits { at_once, waiting })
    }

    #[test]
    fn as_many_are_asked_about_and_wait_as_may_and_no_more() {
        let (mut turns, tenant) = (two_at_once_and_one_waiting(), TenantId::new());
        let taken: Vec<_> = (0..4).map(|_| turns.come(of(tenant))).collect();
        assert_eq!(taken, [Turn::Now, Turn::Now, Turn::Later, Turn::Never]);
    }

    #[test]
    fn one_tenant_takes_no_place_of_another() {
        let (mut turns, busy, other) = (two_at_once_and_one_waiting(), TenantId::new(), TenantId::new());
        for _ in 0..4 {
            turns.come(of(busy));
        }
        assert_eq!(turns.come(of(other)), Turn::Now);
    }

    #[test]
    fn who_waits_has_its_turn_when_another_is_done_with() {
        let (mut turns, tenant) = (two_at_once_and_one_waiting(), TenantId::new());
        let come = [of(tenant), of(tenant), of(tenant)];
        for newcomer in come {
            turns.come(newcomer);
        }
        assert_eq!(turns.done(tenant), Some(come[2]));
        assert_eq!(turns.come(of(tenant)), Turn::Later, "its place is taken");
        assert!(turns.done(tenant).is_some());
        assert_eq!((turns.done(tenant), turns.done(tenant)), (None, None));
        assert!(turns.tenants.is_empty(), "of whom there is nobody nothing is remembered");
    }
}
