//! Telling operators by every way there is: what is kept, what is raised, what is handed in to be mailed.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;

use super::event;
use super::measures::Measures;
use super::pauses::Pauses;
use super::postman::Postbox;
use crate::domain::clock::Clock;
use crate::domain::ids::NotificationId;
use crate::domain::notification::Notification;
use crate::outlets::webhooks::{GivenUp, TellOperators, Unsent};
use crate::pipeline::Engine;
use crate::store::Write;

/// What operators are told with.
pub struct NoticesParts {
    /// Reaches sessions.
    pub engine: Arc<Engine>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// How long sessions hear nothing more about a webhook that they have heard about: one that fails in thousands of
    /// conversations at once would fill their queues.
    pub event_pause: Duration,
    /// How many deliveries a notification names, the oldest.
    pub named: usize,
    /// Where mail is handed in; none where nobody is mailed.
    pub post: Option<Postbox>,
    /// Counts.
    pub measures: Arc<Measures>,
}

/// Tells operators by every way there is.
pub struct Notices {
    parts: NoticesParts,
    /// What sessions have heard. A plain lock: it is held for a look and an insertion, never across an await.
    heard: Mutex<Pauses>,
}

impl Notices {
    /// Nobody was told anything yet.
    pub fn new(parts: NoticesParts) -> Self {
        let heard = Mutex::new(Pauses::new(parts.event_pause));
        Self { parts, heard }
    }

    /// Raises the event, unless sessions have heard about the webhook a short while ago.
    async fn raise(&self, given_up: &GivenUp) {
        let NoticesParts { engine, clock, .. } = &self.parts;
        let webhook = (given_up.tenant, given_up.endpoint.clone());
        let Some(withheld) = self.heard.lock().take(webhook, clock.now()) else { return };
        let prepared = event::prepare(engine, given_up, withheld + 1);
        if let Err(error) = engine.publish_events(given_up.tenant, vec![prepared], None).await {
            tracing::error!(%error, tenant = %given_up.tenant, "sessions were not told of a failed webhook");
        }
    }
}

#[async_trait]
impl TellOperators for Notices {
    fn kept(&self, given_up: &GivenUp) -> Vec<Write> {
        vec![Write::PutNotification(notification(given_up, self.parts.named))]
    }

    async fn tell(&self, given_up: GivenUp) {
        self.parts.measures.told(given_up.reason, given_up.deliveries.len());
        self.raise(&given_up).await;
        if let Some(post) = &self.parts.post {
            post.hand_in(given_up);
        }
    }

    fn count_unsent(&self, why: Unsent, deliveries: usize) {
        self.parts.measures.unsent(why, deliveries);
    }
}

/// What is kept of a notice, which names so many deliveries.
pub(super) fn notification(given_up: &GivenUp, named: usize) -> Notification {
    let GivenUp { tenant, endpoint, conversation, deliveries, reason, last, at } = given_up;
    Notification {
        id: NotificationId::new(),
        tenant: *tenant,
        endpoint: endpoint.clone(),
        conversation: *conversation,
        deliveries: deliveries.iter().take(named).copied().collect(),
        count: deliveries.len() as u64,
        reason: *reason,
        last: last.clone(),
        at: *at,
    }
}
