//! What operators do with deliveries: look at them, and have them sent again. It must not know who asks, nor in which
//! words.

use std::sync::Arc;

use super::intake::Intake;
use crate::domain::clock::Millis;
use crate::domain::delivery::{DeliveryNo, DeliveryStatus, Endpoint, Progress};
use crate::domain::ids::{DeliveryId, TenantId};
use crate::store::{DeliveryHead, DeliveryPage, DeliveryQuery, Store, StoreError, Write, carried_out};

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

    /// Sends a delivery again that was given up or taken, in its old place: before all that waits behind it in its
    /// conversation. One that is to be sent anyway stays as it is. An endpoint that was stopped goes on. `also` is
    /// kept with it, or not at all. It is carried out also when nobody waits for it any more.
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
        let (replaying, endpoint) = (self.clone(), endpoint.clone());
        carried_out(async move { replaying.replay_one(tenant, &endpoint, id, also).await }).await
    }

    async fn replay_one(
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
        self.put_back(endpoint, vec![(number, replayed.clone())], also).await?;
        self.intake.replayed(tenant, endpoint.clone(), (number, number));
        Ok(DeliveryHead { progress: replayed, ..head })
    }

    /// Sends all deliveries to an endpoint again that were given up and were kept at `since` or after it, in their
    /// old places; how many there were. An endpoint that was stopped goes on. `also` is kept with the first of them,
    /// and also when there are none. It is carried out also when nobody waits for it any more.
    ///
    /// # Errors
    /// When the store fails. Some of them are sent again then.
    pub async fn replay_dead(
        &self,
        tenant: TenantId,
        endpoint: &Endpoint,
        since: Millis,
        also: Vec<Write>,
    ) -> Result<usize, StoreError> {
        let query = DeliveryQuery {
            status: Some(DeliveryStatus::Dead),
            since: Some(since),
            limit: REPLAYED_AT_ONCE,
            ..DeliveryQuery::all(tenant, endpoint.clone())
        };
        let replaying = self.clone();
        carried_out(async move { replaying.replay_all(query, also).await }).await
    }

    async fn replay_all(&self, query: DeliveryQuery, also: Vec<Write>) -> Result<usize, StoreError> {
        let (tenant, endpoint) = (query.tenant, query.endpoint.clone());
        let mut put_back = PutBack::default();
        let outcome = self.put_all_back(query, also, &mut put_back).await;
        // Once all are back, so that they go in their order.
        if let Some(numbers) = put_back.numbers {
            self.intake.replayed(tenant, endpoint, numbers);
        }
        outcome.map(|()| put_back.count)
    }

    /// In steps, the newest first.
    async fn put_all_back(
        &self,
        mut query: DeliveryQuery,
        mut also: Vec<Write>,
        put_back: &mut PutBack,
    ) -> Result<(), StoreError> {
        loop {
            let dead = self.store.delivery_heads(query.clone()).await?;
            let step: Vec<_> = dead.into_iter().map(|head| (head.number, head.progress.replayed())).collect();
            let numbers: Vec<_> = step.iter().map(|(number, _)| *number).collect();
            self.put_back(&query.endpoint, step, std::mem::take(&mut also)).await?;
            put_back.note(&numbers);
            // Further down only: what is given up again meanwhile is not replayed for ever.
            query.before = numbers.last().copied();
            if numbers.len() < query.limit {
                return Ok(());
            }
        }
    }

    async fn put_back(
        &self,
        endpoint: &Endpoint,
        replayed: Vec<(DeliveryNo, Progress)>,
        also: Vec<Write>,
    ) -> Result<(), StoreError> {
        let mut writes = vec![Write::ResumeEndpoint(endpoint.clone())];
        writes.extend(replayed.into_iter().map(|(number, progress)| Write::NoteDelivery(number, progress)));
        writes.extend(also);
        self.store.commit(writes).await
    }
}

/// What is to be sent again.
#[derive(Default)]
struct PutBack {
    count: usize,
    /// The least and the greatest number of it.
    numbers: Option<(DeliveryNo, DeliveryNo)>,
}

impl PutBack {
    /// Takes note of a step, the newest first.
    fn note(&mut self, numbers: &[DeliveryNo]) {
        self.count += numbers.len();
        if let (Some(newest), Some(oldest)) = (numbers.first(), numbers.last()) {
            self.numbers = Some((*oldest, self.numbers.map_or(*newest, |(_, newest)| newest)));
        }
    }
}
