//! What operators do with deliveries: look at them, and have them sent again. It must not know who asks, nor in which
//! words.

use std::sync::Arc;

use super::intake::Intake;
use crate::domain::clock::Millis;
use crate::domain::delivery::{DeliveryNo, DeliveryStatus, Endpoint, Progress};
use crate::domain::ids::{DeliveryId, TenantId};
use crate::store::{DeliveryCounts, DeliveryHead, DeliveryPage, DeliveryQuery, Store, StoreError, Write};

/// How many deliveries are replayed in one commit.
const REPLAYED_AT_ONCE: usize = 500;

/// Why nothing was replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The endpoint has no such delivery.
    #[error("there is no such delivery")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The deliveries of all tenants.
#[derive(Clone)]
pub struct Deliveries {
    store: Arc<dyn Store>,
    intake: Arc<Intake>,
}

impl Deliveries {
    /// Those that a store keeps; what is replayed goes out by `intake`.
    pub fn new(store: Arc<dyn Store>, intake: Arc<Intake>) -> Self {
        Self { store, intake }
    }

    /// A page of the deliveries to an endpoint, the one that was kept last first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, query: DeliveryQuery) -> Result<DeliveryPage, StoreError> {
        self.store.deliveries(query).await
    }

    /// How many deliveries to an endpoint stand how.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn counts(&self, tenant: TenantId, endpoint: Endpoint) -> Result<DeliveryCounts, StoreError> {
        self.store.delivery_counts(tenant, endpoint).await
    }

    /// Sends a delivery again that was given up or taken, in its old place: before all that waits behind it in its
    /// conversation. One that is to be sent anyway stays as it is. An endpoint that was stopped goes on. `also` is
    /// kept with it, or not at all.
    ///
    /// # Errors
    /// [`ReplayError`]; nothing was changed then.
    pub async fn replay(
        &self,
        tenant: TenantId,
        endpoint: &Endpoint,
        id: DeliveryId,
        also: Vec<Write>,
    ) -> Result<DeliveryHead, ReplayError> {
        let found = self.store.delivery(tenant, id).await?;
        let head = found.filter(|head| head.endpoint == *endpoint).ok_or(ReplayError::NotFound)?;
        let (number, progress) = (head.number, head.progress.clone());
        if progress.status == DeliveryStatus::Pending {
            self.store.commit(also).await?;
            return Ok(head);
        }
        let replayed = progress.replayed();
        self.send_again(tenant, endpoint, vec![(number, replayed.clone())], also).await?;
        Ok(DeliveryHead { progress: replayed, ..head })
    }

    /// Sends all deliveries to an endpoint again that were given up and were kept at `since` or after it, in their old
    /// places; how many there were. An endpoint that was stopped goes on. `also` is kept with the first of them, and
    /// also when there are none.
    ///
    /// It is done in steps, the newest first; when one fails, those before it are done.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn replay_dead(
        &self,
        tenant: TenantId,
        endpoint: &Endpoint,
        since: Millis,
        also: Vec<Write>,
    ) -> Result<usize, StoreError> {
        let mut query = DeliveryQuery {
            status: Some(DeliveryStatus::Dead),
            since: Some(since),
            limit: REPLAYED_AT_ONCE,
            ..DeliveryQuery::all(tenant, endpoint.clone())
        };
        let (mut count, mut also) = (0, also);
        loop {
            let dead = self.store.deliveries(query.clone()).await?.deliveries;
            // Further down only: what is given up again meanwhile is not replayed for ever.
            query.before = dead.last().map(|last| last.number);
            let is_last = dead.len() < REPLAYED_AT_ONCE;
            count += dead.len();
            let replayed = dead.into_iter().map(|head| (head.number, head.progress.replayed())).collect();
            self.send_again(tenant, endpoint, replayed, std::mem::take(&mut also)).await?;
            if is_last {
                return Ok(count);
            }
        }
    }

    async fn send_again(
        &self,
        tenant: TenantId,
        endpoint: &Endpoint,
        replayed: Vec<(DeliveryNo, Progress)>,
        also: Vec<Write>,
    ) -> Result<(), StoreError> {
        let numbers = replayed.iter().map(|(number, _)| *number);
        let (first, last) = (numbers.clone().min(), numbers.max());
        let mut writes = vec![Write::ResumeEndpoint(endpoint.clone())];
        writes.extend(replayed.into_iter().map(|(number, progress)| Write::NoteDelivery(number, progress)));
        writes.extend(also);
        self.store.commit(writes).await?;
        if let (Some(first), Some(last)) = (first, last) {
            self.intake.replayed(tenant, endpoint.clone(), (first, last));
        }
        Ok(())
    }
}
