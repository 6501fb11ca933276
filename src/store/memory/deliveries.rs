//! Deliveries to webhooks, in the order of their numbers.
//! Does not know when or how anything is sent.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::ops::Bound;

use super::contents::Contents;
use super::errors::Refusal;
use crate::domain::clock::Millis;
use crate::domain::delivery::{DeliveryNo, DeliveryStatus, Endpoint, Progress};
use crate::domain::ids::{ConversationId, DeliveryId, TenantId};
use crate::store::{
    DeliveryHead, DeliveryPage, DeliveryQuery, DeliveryRecord, LeftAlone, PendingQuery, PendingTotal,
    StoppedEndpoint, ToldFate, ToldQuery,
};

/// What is to be sent to whom.
pub(super) type PendingKey = (Endpoint, DeliveryNo);

/// Which activity of a conversation an endpoint was told itself.
pub(super) type ToldKey = (Endpoint, ConversationId, i64, DeliveryNo);

impl Contents {
    pub(super) fn put_delivery(&mut self, record: DeliveryRecord) -> Result<(), Refusal> {
        self.owner(record.delivery.tenant, None)?;
        if self.deliveries.contains(&record.number) {
            return Err(Refusal::DeliveryTaken(record.number));
        }
        self.list_pending(&record);
        if let Some(key) = told_key(&record) {
            self.told_deliveries.put(key, ());
        }
        self.deliveries.put(record.number, record);
        Ok(())
    }

    /// One that is gone has come as far as it can.
    pub(super) fn note_delivery(&mut self, number: DeliveryNo, progress: Progress) {
        let Some(present) = self.deliveries.get(&number) else { return };
        let record = DeliveryRecord { progress, ..present.clone() };
        self.list_pending(&record);
        self.deliveries.put(number, record);
    }

    fn list_pending(&mut self, record: &DeliveryRecord) {
        let key = (record.delivery.endpoint.clone(), record.number);
        match record.progress.status {
            DeliveryStatus::Pending => self.pending_deliveries.put(key, ()),
            DeliveryStatus::Delivered | DeliveryStatus::Dead => self.pending_deliveries.remove(&key),
        }
    }

    pub(super) fn newest_delivery(&self) -> DeliveryNo {
        self.deliveries.range(..).next_back().map(|(number, _)| *number).unwrap_or_default()
    }

    pub(super) fn pending_endpoints(&self) -> Vec<(TenantId, Endpoint)> {
        let pending = self.pending_deliveries.range(..).filter_map(|((endpoint, number), ())| {
            self.deliveries.get(number).map(|record| (record.delivery.tenant, endpoint.clone()))
        });
        pending.collect::<BTreeSet<_>>().into_iter().collect()
    }

    pub(super) fn pending_total(&self) -> PendingTotal {
        let numbers = self.pending_deliveries.range(..).map(|((_, number), ())| number);
        let pending = numbers.filter_map(|number| self.deliveries.get(number));
        pending.fold(PendingTotal::default(), |total, record| PendingTotal {
            count: total.count + 1,
            oldest: Some(total.oldest.map_or(record.created, |oldest| oldest.min(record.created))),
        })
    }

    pub(super) fn pending(&self, query: &PendingQuery) -> Vec<DeliveryRecord> {
        let PendingQuery { tenant, endpoint, conversation, after, page } = query;
        let first = Bound::Excluded((endpoint.clone(), *after));
        let last = Bound::Included((endpoint.clone(), DeliveryNo(u64::MAX)));
        let rest = self.pending_deliveries.range((first, last));
        let rest = rest.filter_map(|((_, number), ())| self.deliveries.get(number));
        let asked_for = rest.filter(|DeliveryRecord { delivery, .. }| {
            delivery.tenant == *tenant && conversation.is_none_or(|one| one == delivery.conversation)
        });
        let Ok(filled) = page.fill(asked_for.map(Ok::<_, Infallible>), |record| record.delivery.bytes());
        filled.into_iter().cloned().collect()
    }

    pub(super) fn delivery_page(&self, query: &DeliveryQuery) -> DeliveryPage {
        let asked_for: Vec<_> =
            self.deliveries.rows().rev().filter(|record| is_asked_for(query, record)).collect();
        let page = asked_for.iter().skip(query.skip).take(query.limit);
        let deliveries = page.map(|record| DeliveryHead::from((*record).clone())).collect();
        DeliveryPage { deliveries, total: asked_for.len() }
    }

    pub(super) fn delivery(&self, tenant: TenantId, id: DeliveryId) -> Option<DeliveryHead> {
        let mut own = self.deliveries.rows().filter(|record| record.delivery.tenant == tenant);
        own.find(|record| record.delivery.id == id).cloned().map(DeliveryHead::from)
    }

    pub(super) fn told(&self, query: &ToldQuery) -> Vec<ToldFate> {
        let ToldQuery { tenant, endpoint, conversation, first, last } = query;
        if first > last {
            return Vec::new();
        }
        let key = |event_id, number| (endpoint.clone(), *conversation, event_id, DeliveryNo(number));
        let keys = self.told_deliveries.range(key(*first, 0)..=key(*last, u64::MAX));
        let told = keys.filter_map(|((_, _, event_id, number), ())| {
            let record = self.deliveries.get(number).filter(|record| record.delivery.tenant == *tenant)?;
            Some(ToldFate::new(*event_id, &record.progress))
        });
        told.collect()
    }

    pub(super) fn leave_endpoint_alone(&mut self, left: LeftAlone) -> Result<(), Refusal> {
        self.owner(left.tenant, None)?;
        if self.endpoints_left_alone.get(&left.endpoint).is_none_or(|noted| noted.until < left.until) {
            self.endpoints_left_alone.put(left.endpoint.clone(), left);
        }
        Ok(())
    }

    pub(super) fn left_alone(&self) -> Vec<LeftAlone> {
        self.endpoints_left_alone.rows().cloned().collect()
    }

    pub(super) fn stop_endpoint(&mut self, stopped: StoppedEndpoint) -> Result<(), Refusal> {
        self.owner(stopped.tenant, None)?;
        self.stopped_endpoints.put(stopped.endpoint.clone(), stopped);
        Ok(())
    }

    pub(super) fn stopped(&self) -> Vec<StoppedEndpoint> {
        self.stopped_endpoints.rows().cloned().collect()
    }

    /// Removes at most `limit` deliveries that are settled and were kept before `before`.
    pub(super) fn prune_deliveries(&mut self, before: Millis, limit: usize) -> usize {
        let is_old = |record: &DeliveryRecord| {
            record.progress.status != DeliveryStatus::Pending && record.created < before
        };
        let old = self.deliveries.range(..).filter(|(_, record)| is_old(record)).take(limit);
        let old = old.map(|(number, record)| (*number, told_key(record)));
        let (old, told): (Vec<_>, Vec<_>) = old.unzip();
        self.deliveries.discard(&old);
        self.told_deliveries.discard(&told.into_iter().flatten().collect::<Vec<_>>());
        old.len()
    }

    /// Removes at most `limit` deliveries to endpoints that are gone, whatever became of them.
    pub(super) fn prune_gone_deliveries(&mut self, limit: usize) -> usize {
        let gone = self.deliveries.range(..).filter(|(_, record)| !self.is_there(&record.delivery.endpoint));
        let gone: Vec<_> = gone.take(limit).map(|(number, record)| (*number, record.clone())).collect();
        let numbers: Vec<_> = gone.iter().map(|(number, _)| *number).collect();
        let keys = gone.iter().map(|(number, record)| (record.delivery.endpoint.clone(), *number));
        let keys: Vec<PendingKey> = keys.collect();
        let told: Vec<_> = gone.iter().filter_map(|(_, record)| told_key(record)).collect();
        self.deliveries.discard(&numbers);
        self.pending_deliveries.discard(&keys);
        self.told_deliveries.discard(&told);
        let stopped = self.stopped_endpoints.range(..).map(|(endpoint, _)| endpoint);
        let stopped: Vec<_> = stopped.filter(|endpoint| !self.is_there(endpoint)).cloned().collect();
        self.stopped_endpoints.discard(&stopped);
        let left = self.endpoints_left_alone.range(..).map(|(endpoint, _)| endpoint);
        let left: Vec<_> = left.filter(|endpoint| !self.is_there(endpoint)).cloned().collect();
        self.endpoints_left_alone.discard(&left);
        numbers.len()
    }

    fn is_there(&self, endpoint: &Endpoint) -> bool {
        match endpoint {
            Endpoint::Integration(id) => self.integrations.contains(id),
            Endpoint::App(client) => self.clients.contains(client),
        }
    }
}

fn told_key(record: &DeliveryRecord) -> Option<ToldKey> {
    let delivery = &record.delivery;
    Some((delivery.endpoint.clone(), delivery.conversation, delivery.event_id?, record.number))
}

fn is_asked_for(query: &DeliveryQuery, record: &DeliveryRecord) -> bool {
    record.delivery.tenant == query.tenant
        && record.delivery.endpoint == query.endpoint
        && query.status.is_none_or(|status| status == record.progress.status)
        && query.since.is_none_or(|since| record.created >= since)
        && query.before.is_none_or(|before| record.number < before)
}
