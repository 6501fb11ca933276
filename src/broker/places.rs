//! How many sessions each organization has, so that it can be kept within its limit.
//! It must not know what a session is: it counts.

use std::collections::HashSet;
use std::num::NonZeroUsize;

use dashmap::DashMap;

use crate::domain::ids::{SessionId, TenantId};

/// The organization has as many sessions as it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the organization has as many sessions as it may have")]
pub struct TooManySessions;

/// The places that sessions take. Of those that were taken in advance the ids are known, so that such a place is
/// not taken again when its session appears; the others are only counted, which costs a session nothing.
#[derive(Default)]
pub(super) struct Places(DashMap<TenantId, Taken>);

#[derive(Default)]
struct Taken {
    /// All of them, those in advance included.
    count: usize,
    /// The sessions that are about to be made.
    in_advance: HashSet<SessionId>,
}

impl Places {
    /// Takes a place when fewer than `most` are taken; `None` is no limit.
    pub(super) fn take_within(
        &self,
        tenant: TenantId,
        id: SessionId,
        most: Option<NonZeroUsize>,
    ) -> Result<(), TooManySessions> {
        let mut taken = self.0.entry(tenant).or_default();
        if most.is_some_and(|most| taken.count >= most.get()) {
            return Err(TooManySessions);
        }
        if taken.in_advance.insert(id) {
            taken.count += 1;
        }
        Ok(())
    }

    /// Takes a place whatever the limit, for a session that is there: its own, if one was taken in advance.
    pub(super) fn take(&self, tenant: TenantId, id: SessionId) {
        let mut taken = self.0.entry(tenant).or_default();
        if !taken.in_advance.remove(&id) {
            taken.count += 1;
        }
    }

    /// Gives back a place that was taken in advance, unless its session has appeared.
    pub(super) fn cancel(&self, tenant: TenantId, id: SessionId) {
        self.give_back(tenant, |taken| taken.in_advance.remove(&id));
    }

    /// Gives back the place of a session.
    pub(super) fn free(&self, tenant: TenantId) {
        self.give_back(tenant, |_| true);
    }

    fn give_back(&self, tenant: TenantId, is_taken: impl FnOnce(&mut Taken) -> bool) {
        if let Some(mut taken) = self.0.get_mut(&tenant)
            && is_taken(&mut taken)
        {
            taken.count -= 1;
        }
        self.0.remove_if(&tenant, |_, taken| taken.count == 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_past_the_limit_is_refused_until_a_place_is_free() {
        let (places, tenant) = (Places::default(), TenantId::new());
        let most = NonZeroUsize::new(2);
        let (first, second, third) = (SessionId::new(), SessionId::new(), SessionId::new());
        assert_eq!(places.take_within(tenant, first, most), Ok(()));
        assert_eq!(places.take_within(tenant, second, most), Ok(()));
        assert_eq!(places.take_within(tenant, third, most), Err(TooManySessions));
        assert_eq!(places.take_within(TenantId::new(), third, most), Ok(()));
        places.cancel(tenant, first);
        assert_eq!(places.take_within(tenant, third, most), Ok(()));
    }

    #[test]
    fn a_session_takes_the_place_that_was_kept_for_it() {
        let (places, tenant, id) = (Places::default(), TenantId::new(), SessionId::new());
        places.take_within(tenant, id, NonZeroUsize::new(1)).unwrap();
        places.take(tenant, id);
        places.cancel(tenant, id);
        assert_eq!(places.take_within(tenant, SessionId::new(), NonZeroUsize::new(1)), Err(TooManySessions));
        places.free(tenant);
        assert!(places.0.is_empty());
    }
}
