//! How many connections each tenant has: websockets, event streams, and those of the SignalR hub without either.

use std::num::NonZeroUsize;
use std::sync::Arc;

use dashmap::DashMap;

use crate::domain::ids::TenantId;

/// Counts connections by tenant. Clones share the count.
#[derive(Clone, Default)]
pub struct ConnectionPlaces(Arc<DashMap<TenantId, usize>>);

/// The tenant has as many connections as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tenant has too many connections")]
pub struct TooManyConnections;

/// The place of one connection, given back when this is dropped.
#[derive(Debug)]
pub struct Place {
    tenant: TenantId,
    taken: Arc<DashMap<TenantId, usize>>,
}

impl ConnectionPlaces {
    /// Takes a place of a tenant, unless `most` are taken.
    pub fn take(&self, tenant: TenantId, most: Option<NonZeroUsize>) -> Result<Place, TooManyConnections> {
        let mut taken = self.0.entry(tenant).or_default();
        if most.is_some_and(|most| *taken >= most.get()) {
            return Err(TooManyConnections);
        }
        *taken += 1;
        Ok(Place { tenant, taken: self.0.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(mut taken) = self.taken.get_mut(&self.tenant) {
            *taken -= 1;
        }
        self.taken.remove_if(&self.tenant, |_, taken| *taken == 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_may_have_as_many_as_the_limit_and_one_more_when_one_goes() {
        let (places, tenant) = (ConnectionPlaces::default(), TenantId::new());
        let two = NonZeroUsize::new(2);
        let first = places.take(tenant, two).unwrap();
        let _second = places.take(tenant, two).unwrap();
        assert_eq!(places.take(tenant, two).unwrap_err(), TooManyConnections);
        assert!(places.take(TenantId::new(), two).is_ok());
        drop(first);
        assert!(places.take(tenant, two).is_ok());
    }

    #[test]
    fn nothing_is_kept_of_a_tenant_without_connections() {
        let places = ConnectionPlaces::default();
        drop(places.take(TenantId::new(), None));
        assert!(places.0.is_empty());
    }
}
