//! Deliveries as the faces show them to those who operate a webhook. It must not know who asks, nor what surrounds
//! an answer.

use serde::Serialize;

use super::moment;
use crate::domain::delivery::Attempt;
use crate::domain::ids::{ConversationId, DeliveryId};
use crate::store::DeliveryHead;

/// A delivery.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeliveryOut {
    delivery_id: DeliveryId,
    conversation_id: ConversationId,
    /// Where it goes now, if it goes anywhere.
    url: Option<String>,
    status: &'static str,
    created_at: String,
    /// When it is tried next, where it waits for that.
    next_attempt_at: Option<String>,
    attempts: Vec<AttemptOut>,
}

impl DeliveryOut {
    /// A delivery to a webhook that is at this address now.
    pub(super) fn new(head: DeliveryHead, url: Option<&str>) -> Self {
        let DeliveryHead { id, conversation, created, progress, .. } = head;
        Self {
            delivery_id: id,
            conversation_id: conversation,
            url: url.map(str::to_owned),
            status: progress.status.name(),
            created_at: moment::platform(created),
            next_attempt_at: progress.next_attempt.map(moment::platform),
            attempts: progress.attempts.into_iter().map(AttemptOut::from).collect(),
        }
    }
}

/// A call of the webhook.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AttemptOut {
    at: String,
    /// None when it did not answer.
    status_code: Option<u16>,
    /// None when it took the delivery.
    error: Option<String>,
    duration_ms: u64,
}

impl From<Attempt> for AttemptOut {
    fn from(attempt: Attempt) -> Self {
        let Attempt { at, status_code, error, duration_ms } = attempt;
        Self { at: moment::platform(at), status_code, error, duration_ms }
    }
}

/// How many are sent again.
#[derive(Debug, Serialize)]
pub(super) struct ReplayedOut {
    pub(super) replayed: usize,
}
