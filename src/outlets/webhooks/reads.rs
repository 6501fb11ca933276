//! Pages of the store that are being read, few at the same time, and endpoints that rest because they cannot be. It
//! must not know what is wanted of whom.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

use super::backlog::{Backlog, Unreadable};
use super::settings::WebhookSettings;
use super::trouble::Trouble;
use crate::domain::delivery::Endpoint;
use crate::store::{DeliveryRecord, PendingQuery, Store, StoreError};

/// What became of a page that was wanted.
#[derive(Debug)]
pub(super) enum ReadNews {
    /// It was read.
    Page(Endpoint, Vec<DeliveryRecord>),
    /// It cannot be read now: nothing of the endpoint is to be wanted until it has rested.
    Rests(Endpoint),
    /// The endpoint has rested.
    Rested(Endpoint),
}

/// The reads under way; they end with this.
pub(super) struct Reads {
    store: Arc<dyn Store>,
    backlog: Arc<Backlog>,
    at_once: usize,
    longest_rest: Duration,
    under_way: JoinSet<Read>,
    /// They take no place: what cannot be read keeps nobody else waiting.
    rests: JoinSet<Endpoint>,
    /// Endpoints that could not be read when that was tried last.
    troubles: HashMap<Endpoint, (Trouble, Unreadable)>,
}

/// How a read has ended.
struct Read {
    wanted: PendingQuery,
    /// None when it broke down.
    came: Option<Result<Vec<DeliveryRecord>, StoreError>>,
}

impl Reads {
    /// None yet. What cannot be read is told to `backlog`.
    pub(super) fn new(store: Arc<dyn Store>, backlog: Arc<Backlog>, settings: &WebhookSettings) -> Self {
        Self {
            store,
            backlog,
            at_once: settings.reads_at_once.get(),
            longest_rest: settings.longest_read_rest,
            under_way: JoinSet::new(),
            rests: JoinSet::new(),
            troubles: HashMap::new(),
        }
    }

    /// Whether another page may be read now.
    pub(super) fn has_place(&self) -> bool {
        self.under_way.len() < self.at_once
    }

    /// Begins to read a page.
    pub(super) fn begin(&mut self, wanted: PendingQuery) {
        let store = self.store.clone();
        self.under_way.spawn(async move {
            let read = AssertUnwindSafe(store.pending_deliveries(wanted.clone()));
            let came = read.catch_unwind().await.ok();
            Read { wanted, came }
        });
    }

    /// What becomes known next; none when nothing is being read and nobody rests. Nothing is lost when this is given
    /// up.
    ///
    /// # Errors
    /// When the store is closed.
    pub(super) async fn next(&mut self) -> Option<Result<ReadNews, StoreError>> {
        // Only the end of the process cancels a read, or a rest.
        let closed = |_: JoinError| StoreError::Closed;
        tokio::select! {
            Some(read) = self.under_way.join_next() => {
                Some(read.map_err(closed).and_then(|read| self.note(read)))
            }
            Some(rested) = self.rests.join_next() => Some(rested.map(ReadNews::Rested).map_err(closed)),
            else => None,
        }
    }

    /// An endpoint of which nothing is wanted any more.
    pub(super) fn forget(&mut self, endpoint: &Endpoint) {
        self.troubles.remove(endpoint);
    }

    fn note(&mut self, Read { wanted, came }: Read) -> Result<ReadNews, StoreError> {
        let PendingQuery { tenant, endpoint, after, .. } = wanted;
        let why = match came {
            Some(Ok(page)) => {
                if self.troubles.remove(&endpoint).is_some() {
                    tracing::info!(%tenant, %endpoint, "what waits for a webhook can be read again");
                }
                return Ok(ReadNews::Page(endpoint, page));
            }
            Some(Err(closed @ StoreError::Closed)) => return Err(closed),
            Some(Err(StoreError::Failed(why))) => why,
            None => "reading it broke down".to_owned(),
        };
        let (trouble, _) = self
            .troubles
            .entry(endpoint.clone())
            .or_insert_with(|| (Trouble::new(self.longest_rest), self.backlog.unreadable()));
        if trouble.is_news(&why) {
            tracing::error!(%tenant, %endpoint, ?after, %why, "what waits for a webhook cannot be read");
        }
        let (rest, resting) = (trouble.rest(), endpoint.clone());
        self.rests.spawn(async move {
            sleep(rest).await;
            resting
        });
        Ok(ReadNews::Rests(endpoint))
    }
}
