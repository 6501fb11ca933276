//! What other processes write to the store, taken up here. It must not know what they write.

use std::sync::Arc;

use crate::registry::{Registry, RegistryError};
use crate::store::Store;

/// Keeps the registry true to what other processes write.
pub(super) struct Elsewhere {
    store: Arc<dyn Store>,
    registry: Arc<Registry>,
    /// Whether something is still to be taken up: the store tells of a change once, whatever becomes of it here.
    is_behind: bool,
}

impl Elsewhere {
    pub(super) fn new(store: Arc<dyn Store>, registry: Arc<Registry>) -> Self {
        Self { store, registry, is_behind: false }
    }

    /// Takes up what was written since the last look that succeeded.
    pub(super) async fn look(&mut self) -> Result<(), RegistryError> {
        self.is_behind |= self.store.changed_elsewhere().await?;
        if self.is_behind {
            self.registry.reload().await?;
            self.is_behind = false;
        }
        Ok(())
    }

    /// Whether the last look found something and could not take it up.
    pub(super) fn is_behind(&self) -> bool {
        self.is_behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Sealer;
    use crate::pipeline::testing::Bench;

    #[tokio::test]
    async fn what_could_not_be_taken_up_is_taken_up_by_the_next_look() {
        let bench = Bench::new().await;
        let sealer = Arc::new(Sealer::new(&[7; 32]));
        let other = Registry::load(bench.store.clone(), sealer, Arc::new(bench.clock.clone())).await.unwrap();
        let tenant = Arc::new(other).create_tenant("another").await.unwrap().tenant.id;
        let mut elsewhere = Elsewhere::new(bench.store.clone(), bench.registry.clone());
        elsewhere.look().await.unwrap();
        assert!(bench.registry.tenant(tenant).is_none(), "nothing has told of it");

        bench.store.change_elsewhere();
        bench.store.break_down();
        elsewhere.look().await.unwrap_err();
        assert!(elsewhere.is_behind());
        bench.store.repair();
        elsewhere.look().await.unwrap();
        assert!(bench.registry.tenant(tenant).is_some() && !elsewhere.is_behind());
    }
}
