//! How much waits for all webhooks together, as of a moment ago, for whoever looks from outside. It must not know
//! how it is shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{MissedTickBehavior, interval};

use crate::domain::clock::Millis;
use crate::store::{PendingTotal, Store, StoreError};

/// What waits. Counting it takes the store a while when it is very much, so whoever looks sees what was counted last.
#[derive(Debug, Default)]
pub struct Backlog {
    /// A plain lock: it is held for a copy, never across an await.
    waiting: Mutex<PendingTotal>,
    /// An atomic of its own: reads under way count themselves in and out.
    unreadable: AtomicU64,
}

impl Backlog {
    /// How many deliveries wait to be sent.
    pub fn pending(&self) -> u64 {
        self.waiting.lock().count
    }

    /// For how long the one has waited that was kept first of them; no time when none waits.
    pub fn oldest_for(&self, now: Millis) -> Duration {
        self.waiting.lock().oldest.map_or(Duration::ZERO, |kept| now.since(kept))
    }

    /// How many webhooks there are of which what waits cannot be read right now.
    pub fn unreadable_webhooks(&self) -> u64 {
        self.unreadable.load(Ordering::Relaxed)
    }

    /// Counts a webhook as one of these until what is returned is dropped.
    pub(super) fn unreadable(self: &Arc<Self>) -> Unreadable {
        self.unreadable.fetch_add(1, Ordering::Relaxed);
        Unreadable(self.clone())
    }

    /// Counts what waits, now and each time that so much has passed, until the store is closed.
    pub(super) async fn count(self: Arc<Self>, store: Arc<dyn Store>, every: Duration) {
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match store.pending_total().await {
                Ok(total) => *self.waiting.lock() = total,
                Err(StoreError::Closed) => return,
                Err(error @ StoreError::Failed(_)) => {
                    tracing::warn!(%error, "what waits for webhooks was not counted");
                }
            }
        }
    }
}

/// A webhook of which what waits cannot be read.
pub(super) struct Unreadable(Arc<Backlog>);

impl Drop for Unreadable {
    fn drop(&mut self) {
        self.0.unreadable.fetch_sub(1, Ordering::Relaxed);
    }
}
