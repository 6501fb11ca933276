//! Turns to tell of a tenant's customers. Nothing is held for tenants of whose customers nobody tells just now.

use std::sync::Arc;

use dashmap::DashMap;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::domain::ids::TenantId;

/// Whose turn it is, by tenant.
#[derive(Clone, Default)]
pub(super) struct Turns(Arc<DashMap<TenantId, Arc<Mutex<()>>>>);

/// A turn, until it is dropped.
pub(super) struct Turn {
    turns: Turns,
    tenant: TenantId,
    /// None only while this is dropped.
    held: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits for a turn of a tenant.
    pub(super) async fn take(&self, tenant: TenantId) -> Turn {
        let turn = self.0.entry(tenant).or_default().clone();
        // Whoever goes away while it waits leaves the entry to the one it waits for.
        let held = Some(turn.lock_owned().await);
        Turn { turns: self.clone(), tenant, held }
    }
}

#[cfg(test)]
impl Turns {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.held = None;
        // Whoever waits has a part of it, and got that while the entry was held.
        self.turns.0.remove_if(&self.tenant, |_, turn| Arc::strong_count(turn) == 1);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_tenant_has_one_turn_at_a_time_and_an_entry_only_while_it_has_one() {
        let turns = Turns::default();
        let (one, other) = (TenantId::new(), TenantId::new());
        let first = turns.take(one).await;
        drop(turns.take(other).await);
        assert_eq!(turns.0.len(), 1);
        let mut second = Box::pin(turns.take(one));
        assert!(second.as_mut().now_or_never().is_none(), "it waits for the first");
        drop(first);
        let second = second.await;
        assert!(turns.take(one).now_or_never().is_none(), "it waits for the second, and goes away");
        drop(second);
        assert!(turns.is_empty());
    }
}
