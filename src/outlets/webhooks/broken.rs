//! Errands that break down: the store tells what became of their deliveries, and the line goes on after a rest. It
//! must not know what errands do.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use tokio::time::sleep;

use super::errand::{Done, Errands};
use super::schedule::LineKey;
use super::settings::{AGAIN_AFTER, BROKEN_REST};
use crate::domain::delivery::{DeliveryNo, DeliveryStatus, Progress};
use crate::domain::ids::{DeliveryId, TenantId};
use crate::store::StoreError;

impl Errands {
    /// Does an errand with these deliveries to its end, whatever that is. A line whose errand breaks down would wait
    /// for ever else, and its call would be counted among those under way.
    ///
    /// # Errors
    /// When the store is closed.
    pub(super) async fn guarded(
        &self,
        line: LineKey,
        deliveries: Vec<(DeliveryNo, DeliveryId)>,
        errand: impl Future<Output = Result<Done, StoreError>>,
    ) -> Result<Done, StoreError> {
        // The panic hook has told of it.
        match AssertUnwindSafe(errand).catch_unwind().await {
            Ok(done) => done,
            Err(_) => self.look_up(line, deliveries).await,
        }
    }

    /// What the store has of deliveries. Those that still wait rest for a while: what broke down once may again.
    async fn look_up(
        &self,
        line: LineKey,
        deliveries: Vec<(DeliveryNo, DeliveryId)>,
    ) -> Result<Done, StoreError> {
        let rested = self.clock.now().plus(BROKEN_REST);
        let mut outcome = Vec::new();
        for (number, id) in deliveries {
            let mut progress = self.progress_of(line.tenant, id).await?;
            if progress.status == DeliveryStatus::Pending {
                progress.next_attempt = Some(progress.next_attempt.map_or(rested, |next| next.max(rested)));
            }
            outcome.push((number, progress));
        }
        Ok(Done { line, outcome, stopped: None, left_alone: None, given_up: None })
    }

    /// How far the store says a delivery has come, however long it fails. One that is gone does not wait any more.
    async fn progress_of(&self, tenant: TenantId, id: DeliveryId) -> Result<Progress, StoreError> {
        loop {
            match self.store.delivery(tenant, id).await {
                Ok(Some(head)) => return Ok(head.progress),
                Ok(None) => return Ok(Progress { status: DeliveryStatus::Dead, ..Progress::default() }),
                Err(StoreError::Failed(_)) => sleep(AGAIN_AFTER).await,
                Err(closed) => return Err(closed),
            }
        }
    }
}
