//! Pages of the store that are being read, few at the same time. It must not know what is wanted of whom.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::settings::{AGAIN_AFTER, READS};
use crate::domain::delivery::Endpoint;
use crate::store::{DeliveryRecord, PendingQuery, Store, StoreError};

type Read = Result<(Endpoint, Vec<DeliveryRecord>), StoreError>;

/// The reads under way; they end with this.
pub(super) struct Reads {
    store: Arc<dyn Store>,
    /// Given back between two tries: what cannot be read keeps nobody else waiting.
    places: Arc<Semaphore>,
    under_way: JoinSet<Read>,
}

impl Reads {
    /// None yet.
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, places: Arc::new(Semaphore::new(READS)), under_way: JoinSet::new() }
    }

    /// Begins to read a page.
    pub(super) fn begin(&mut self, wanted: PendingQuery) {
        self.under_way.spawn(read(self.store.clone(), self.places.clone(), wanted));
    }

    /// The next page that was read; none when none is being read. Nothing is lost when this is given up.
    ///
    /// # Errors
    /// When the store is closed.
    pub(super) async fn next(&mut self) -> Option<Read> {
        // Only the end of the process cancels a read.
        Some(self.under_way.join_next().await?.unwrap_or(Err(StoreError::Closed)))
    }
}

/// Reads a page, however long the store fails.
async fn read(store: Arc<dyn Store>, places: Arc<Semaphore>, wanted: PendingQuery) -> Read {
    let mut is_told = false;
    loop {
        let place = places.acquire().await.map_err(|_| StoreError::Closed)?;
        let read = AssertUnwindSafe(store.pending_deliveries(wanted.clone()));
        let read = read.catch_unwind().await;
        drop(place);
        match read {
            Ok(Ok(page)) => return Ok((wanted.endpoint, page)),
            Ok(Err(closed @ StoreError::Closed)) => return Err(closed),
            Ok(Err(error @ StoreError::Failed(_))) if !is_told => {
                let PendingQuery { tenant, endpoint, after, .. } = &wanted;
                tracing::error!(%tenant, %endpoint, ?after, %error, "what waits for a webhook cannot be read");
                is_told = true;
            }
            // It was told, by the panic hook if it broke down.
            Ok(Err(StoreError::Failed(_))) | Err(_) => {}
        }
        sleep(AGAIN_AFTER).await;
    }
}
