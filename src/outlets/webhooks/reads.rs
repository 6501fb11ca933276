//! Pages of the store that are being read, few at the same time. It must not know what is wanted of whom.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::backlog::Backlog;
use super::settings::WebhookSettings;
use super::trouble::Trouble;
use crate::domain::delivery::Endpoint;
use crate::store::{DeliveryRecord, PendingQuery, Store, StoreError};

type Read = Result<(Endpoint, Vec<DeliveryRecord>), StoreError>;

/// The reads under way; they end with this.
pub(super) struct Reads {
    reading: Reading,
    under_way: JoinSet<Read>,
}

/// What pages are read with.
#[derive(Clone)]
struct Reading {
    store: Arc<dyn Store>,
    /// Given back between two tries: what cannot be read keeps nobody else waiting.
    places: Arc<Semaphore>,
    backlog: Arc<Backlog>,
    longest_rest: Duration,
}

impl Reads {
    /// None yet. What cannot be read is told to `backlog`.
    pub(super) fn new(store: Arc<dyn Store>, backlog: Arc<Backlog>, settings: &WebhookSettings) -> Self {
        let places = Arc::new(Semaphore::new(settings.reads_at_once.get()));
        let longest_rest = settings.longest_read_rest;
        Self { reading: Reading { store, places, backlog, longest_rest }, under_way: JoinSet::new() }
    }

    /// Begins to read a page.
    pub(super) fn begin(&mut self, wanted: PendingQuery) {
        self.under_way.spawn(self.reading.clone().read(wanted));
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

impl Reading {
    /// Reads a page, however long the store fails.
    async fn read(self, wanted: PendingQuery) -> Read {
        let PendingQuery { tenant, endpoint, after, .. } = &wanted;
        let mut trouble = Trouble::new(self.longest_rest);
        let mut counted = None;
        loop {
            let place = self.places.acquire().await.map_err(|_| StoreError::Closed)?;
            let read = AssertUnwindSafe(self.store.pending_deliveries(wanted.clone()));
            let read = read.catch_unwind().await;
            drop(place);
            let why = match read {
                Ok(Ok(page)) => {
                    if trouble.is_there() {
                        tracing::info!(%tenant, %endpoint, "what waits for a webhook can be read again");
                    }
                    return Ok((wanted.endpoint, page));
                }
                Ok(Err(closed @ StoreError::Closed)) => return Err(closed),
                Ok(Err(StoreError::Failed(why))) => why,
                Err(_) => "reading it broke down".to_owned(),
            };
            if trouble.is_news(&why) {
                tracing::error!(%tenant, %endpoint, ?after, %why, "what waits for a webhook cannot be read");
            }
            counted.get_or_insert_with(|| self.backlog.unreadable());
            sleep(trouble.rest()).await;
        }
    }
}
