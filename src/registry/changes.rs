//! How the configuration is changed: in turns, each change as one piece; and how those who hold a right to listen
//! hear that it may have ended. It must not know what is changed.

use std::sync::Arc;

use tokio::sync::{OwnedMutexGuard, watch};

use super::{Registry, RegistryError, TenantEntry};
use crate::domain::audit::Actor;
use crate::store::{Write, carried_out};

/// The right to change something, held by one at a time.
///
/// Checks are made while it is held and without waiting; whoever goes away before [`keep`](Self::keep) has changed
/// nothing.
pub(super) struct Turn {
    registry: Arc<Registry>,
    /// Whose turn it is.
    by: Actor,
    held: OwnedMutexGuard<()>,
}

impl Turn {
    /// Commits `writes` and what the audit log says of them, shows what they changed, and only then gives the turn
    /// up.
    ///
    /// All of it happens in a task of its own. A request is dropped when its client hangs up, but a commit that was
    /// made is carried out: were memory changed by the request itself, it would from then on differ from the store,
    /// and a repetition of the request would be checked against what is no longer true.
    ///
    /// # Errors
    /// When the store refuses the commit; nothing is shown then.
    pub(super) async fn keep<T: Send + 'static>(
        self,
        mut writes: Vec<Write>,
        show: impl FnOnce(&Registry) -> T + Send + 'static,
    ) -> Result<T, RegistryError> {
        let Self { registry, by, held } = self;
        let entries = registry.audited(&by, &writes)?;
        writes.extend(entries.into_iter().map(Write::PutAuditEntry));
        let change = async move {
            registry.store.commit(writes).await?;
            let shown = show(&registry);
            drop(held);
            Ok(shown)
        };
        carried_out(change).await
    }
}

impl Registry {
    /// Waits for somebody's turn to change what the tenant has.
    pub(super) async fn turn(self: &Arc<Self>, by: Actor) -> Result<(Turn, Arc<TenantEntry>), RegistryError> {
        let entry = self.tenants.get(&by.tenant).map(|entry| entry.clone());
        let entry = entry.ok_or(RegistryError::TenantNotFound)?;
        let held = entry.changing.clone().lock_owned().await;
        Ok((Turn { registry: self.clone(), by, held }, entry))
    }

    /// Waits for somebody's turn to add tenants.
    pub(super) async fn turn_to_add(self: &Arc<Self>, by: Actor) -> Turn {
        let held = self.adding.clone().lock_owned().await;
        Turn { registry: self.clone(), by, held }
    }

    /// Moves whenever a right to listen may have ended; its holder then asks again whether it still has it.
    pub fn revision(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    pub(super) fn rights_changed(&self) {
        self.revision.send_modify(|count| *count += 1);
    }
}
