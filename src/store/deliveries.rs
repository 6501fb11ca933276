//! Deliveries as they are kept, and the part of the [`Store`](super::Store) that reads them back. They are written by
//! commits like everything else, those of an activity in the activity's own.

use async_trait::async_trait;

use super::{Page, StoreError};
use crate::domain::clock::Millis;
use crate::domain::delivery::{Delivery, DeliveryNo, DeliveryStatus, Endpoint, Progress};
use crate::domain::ids::{ConversationId, DeliveryId, TenantId};

/// A delivery as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryRecord {
    /// Its place among all deliveries of the store.
    pub number: DeliveryNo,
    /// What is delivered, and to whom.
    pub delivery: Delivery,
    /// When it was kept.
    pub created: Millis,
    /// How far it has come.
    pub progress: Progress,
}

/// A delivery without what is delivered.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryHead {
    /// Its place among all deliveries of the store.
    pub number: DeliveryNo,
    /// Identifies it.
    pub id: DeliveryId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Who is delivered to.
    pub endpoint: Endpoint,
    /// The conversation.
    pub conversation: ConversationId,
    /// When it was kept.
    pub created: Millis,
    /// How far it has come.
    pub progress: Progress,
}

impl From<DeliveryRecord> for DeliveryHead {
    fn from(record: DeliveryRecord) -> Self {
        let Delivery { id, tenant, endpoint, conversation, .. } = record.delivery;
        let DeliveryRecord { number, created, progress, .. } = record;
        Self { number, id, tenant, endpoint, conversation, created, progress }
    }
}

/// Which of the deliveries that are to be sent are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingQuery {
    /// Whose they are.
    pub tenant: TenantId,
    /// Who they go to.
    pub endpoint: Endpoint,
    /// Only those of this conversation.
    pub conversation: Option<ConversationId>,
    /// Only those after this number.
    pub after: DeliveryNo,
    /// At most so much of them.
    pub page: Page,
}

/// Of what an endpoint was told itself it is asked what became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldQuery {
    /// Whose it is.
    pub tenant: TenantId,
    /// Who was told.
    pub endpoint: Endpoint,
    /// In which conversation.
    pub conversation: ConversationId,
    /// The first activity that is asked about, by its `eventId`.
    pub first: i64,
    /// The last of them.
    pub last: i64,
}

/// What became of something that an endpoint was told itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldFate {
    /// The `eventId` of the activity.
    pub event_id: i64,
    /// How its delivery stands; what was taken once stays taken, also when it is replayed.
    pub status: DeliveryStatus,
}

impl ToldFate {
    /// What a delivery's progress says of the activity.
    pub(super) fn new(event_id: i64, progress: &Progress) -> Self {
        let status = if progress.was_taken() { DeliveryStatus::Delivered } else { progress.status };
        Self { event_id, status }
    }
}

/// Which deliveries are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryQuery {
    /// Whose they are.
    pub tenant: TenantId,
    /// Who they go to.
    pub endpoint: Endpoint,
    /// Only those that stand so.
    pub status: Option<DeliveryStatus>,
    /// Only what was kept at this moment or after it.
    pub since: Option<Millis>,
    /// Only what was kept before the delivery of this number.
    pub before: Option<DeliveryNo>,
    /// So many of them are passed over.
    pub skip: usize,
    /// At most so many of them.
    pub limit: usize,
}

impl DeliveryQuery {
    /// All that ever went to an endpoint and is still known.
    pub fn all(tenant: TenantId, endpoint: Endpoint) -> Self {
        Self { tenant, endpoint, status: None, since: None, before: None, skip: 0, limit: usize::MAX }
    }
}

/// Some deliveries, and how many there are in all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeliveryPage {
    /// The deliveries, the one that was kept last first.
    pub deliveries: Vec<DeliveryHead>,
    /// How many deliveries were asked for, on all pages.
    pub total: usize,
}

/// All that is to be sent, whoever it goes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PendingTotal {
    /// How many deliveries it is.
    pub count: u64,
    /// When the first of them was kept; none when there is none.
    pub oldest: Option<Millis>,
}

/// An endpoint that has said that nothing is to be sent to it any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoppedEndpoint {
    /// Whose it is.
    pub tenant: TenantId,
    /// The endpoint.
    pub endpoint: Endpoint,
    /// When what it is set to was last changed before it said so: since it was changed again, it has not said so.
    pub configured: Millis,
}

/// An endpoint that has asked to be left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftAlone {
    /// Whose it is.
    pub tenant: TenantId,
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Nothing is sent to it before this moment.
    pub until: Millis,
}

/// Reads deliveries back.
#[async_trait]
pub trait DeliveryStore: Send + Sync {
    /// The highest number of a delivery that is kept; 0 when there is none.
    async fn newest_delivery(&self) -> Result<DeliveryNo, StoreError>;

    /// The endpoints to which something is to be sent, each with its tenant, in no order.
    async fn pending_endpoints(&self) -> Result<Vec<(TenantId, Endpoint)>, StoreError>;

    /// How much is to be sent, and since when.
    async fn pending_total(&self) -> Result<PendingTotal, StoreError>;

    /// A page of what is to be sent to an endpoint, in the order of the numbers.
    async fn pending_deliveries(&self, query: PendingQuery) -> Result<Vec<DeliveryRecord>, StoreError>;

    /// A page of the deliveries to an endpoint, the one that was kept last first.
    async fn deliveries(&self, query: DeliveryQuery) -> Result<DeliveryPage, StoreError>;

    /// The same without how many there are in all: whoever reads all pages would have each count all of them.
    async fn delivery_heads(&self, query: DeliveryQuery) -> Result<Vec<DeliveryHead>, StoreError>;

    /// One delivery of a tenant.
    async fn delivery(&self, tenant: TenantId, id: DeliveryId) -> Result<Option<DeliveryHead>, StoreError>;

    /// What became of what an endpoint was told itself, in the order of the activities, as far as it is still known.
    async fn told(&self, query: ToldQuery) -> Result<Vec<ToldFate>, StoreError>;

    /// The endpoints that have asked to be left alone, also those whose moment has passed.
    async fn endpoints_left_alone(&self) -> Result<Vec<LeftAlone>, StoreError>;

    /// The endpoints that are stopped.
    async fn stopped_endpoints(&self) -> Result<Vec<StoppedEndpoint>, StoreError>;
}
