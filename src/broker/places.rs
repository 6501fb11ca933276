//! How many sessions each organization has, so that it can be kept within its limit.
//! It must not know what a session is: it counts ids.

use std::collections::HashSet;
use std::num::NonZeroUsize;

use dashmap::DashMap;

use crate::domain::ids::{SessionId, TenantId};

/// The organization has as many sessions as it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the organization has as many sessions as it may have")]
pub struct TooManySessions;

/// The places that sessions take: sets of ids and not counts, so that a place that was taken in advance is not
/// taken again when its session appears.
#[derive(Default)]
pub(super) struct Places(DashMap<TenantId, HashSet<SessionId>>);

impl Places {
    /// Takes a place when fewer than `most` are taken; `None` is no limit.
    pub(super) fn take_within(
        &self,
        tenant: TenantId,
        id: SessionId,
        most: Option<NonZeroUsize>,
    ) -> Result<(), TooManySessions> {
        let mut taken = self.0.entry(tenant).or_default();
        if most.is_some_and(|most| taken.len() >= most.get()) {
            return Err(TooManySessions);
        }
        taken.insert(id);
        Ok(())
    }

    /// Takes a place whatever the limit, for a session that is there already.
    pub(super) fn take(&self, tenant: TenantId, id: SessionId) {
        self.0.entry(tenant).or_default().insert(id);
    }

    /// Gives a place back.
    pub(super) fn free(&self, tenant: TenantId, id: SessionId) {
        if let Some(mut taken) = self.0.get_mut(&tenant) {
            taken.remove(&id);
        }
        self.0.remove_if(&tenant, |_, taken| taken.is_empty());
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
        places.free(tenant, first);
        assert_eq!(places.take_within(tenant, third, most), Ok(()));
    }

    #[test]
    fn a_session_takes_the_place_that_was_kept_for_it() {
        let (places, tenant, id) = (Places::default(), TenantId::new(), SessionId::new());
        places.take_within(tenant, id, NonZeroUsize::new(1)).unwrap();
        places.take(tenant, id);
        places.free(tenant, id);
        assert!(places.0.is_empty());
    }
}
