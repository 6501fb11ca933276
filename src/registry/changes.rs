//! Telling those who hold a right to listen that it may have ended.

use tokio::sync::watch;

use super::Registry;

impl Registry {
    /// Moves whenever a right to listen may have ended; its holder then asks again whether it still has it.
    pub fn revision(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    pub(super) fn rights_changed(&self) {
        self.revision.send_modify(|count| *count += 1);
    }
}
