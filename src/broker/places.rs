//! How many sessions each organization has, so that it can be kept within its limit.
//! It must not know what a session is: it counts.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

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

/// A place that is kept for a session which is about to be made. Dropped before the session has appeared it is free
/// again, wherever that happens: who asked for the session may have gone away. Afterwards it is the session's.
#[must_use = "the place is free again when this is dropped"]
pub struct Place {
    places: Arc<Places>,
    tenant: TenantId,
    id: SessionId,
}

impl Place {
    /// Takes a place when fewer than `most` are taken; `None` is no limit.
    pub(super) fn take(
        places: &Arc<Places>,
        tenant: TenantId,
        id: SessionId,
        most: Option<NonZeroUsize>,
    ) -> Result<Self, TooManySessions> {
        places.take_within(tenant, id, most)?;
        Ok(Self { places: Arc::clone(places), tenant, id })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.cancel(self.tenant, self.id);
    }
}

#[derive(Default)]
struct Taken {
    /// All of them, those in advance included.
    count: usize,
    /// The sessions that are about to be made.
    in_advance: HashSet<SessionId>,
}

impl Places {
    fn take_within(
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
    fn cancel(&self, tenant: TenantId, id: SessionId) {
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
        let (places, tenant) = (Arc::default(), TenantId::new());
        let take = |tenant| Place::take(&places, tenant, SessionId::new(), NonZeroUsize::new(2));
        let (first, _second) = (take(tenant).unwrap(), take(tenant).unwrap());
        assert_eq!(take(tenant).err(), Some(TooManySessions));
        assert!(take(TenantId::new()).is_ok());
        drop(first);
        let _third = take(tenant).unwrap();
        assert_eq!(take(tenant).err(), Some(TooManySessions));
    }

    #[test]
    fn a_session_takes_the_place_that_was_kept_for_it() {
        let (places, tenant, id) = (Arc::<Places>::default(), TenantId::new(), SessionId::new());
        let most = NonZeroUsize::new(1);
        let place = Place::take(&places, tenant, id, most).unwrap();
        places.take(tenant, id);
        drop(place);
        assert_eq!(Place::take(&places, tenant, SessionId::new(), most).err(), Some(TooManySessions));
        places.free(tenant);
        assert!(places.0.is_empty());
    }
}
