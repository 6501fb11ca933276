//! What operators are told of webhooks that failed: kept as notifications, raised as an event for the tenant's
//! streaming sessions, and mailed.
//! It must not know when a delivery is given up, nor how anything is sent to a webhook.

mod event;
mod letter;
mod mail;
mod measured;
mod measures;
mod pauses;
mod postman;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::ids::NotificationId;
use crate::domain::notification::{MAX_NAMED, Notification};
use crate::outlets::webhooks::{GivenUp, TellOperators};
use crate::pipeline::Engine;
use crate::store::{NotificationPage, NotificationQuery, Store, StoreError, Write};

pub use mail::{Mail, MailError};
pub use measured::Measured;
pub use measures::Measures;
pub use postman::{Postbox, Postman, PostmanParts};

/// What operators were told.
#[derive(Clone)]
pub struct Notifications(Arc<dyn Store>);

impl Notifications {
    /// Those that a store keeps.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// A page of a tenant's notifications, the newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, query: NotificationQuery) -> Result<NotificationPage, StoreError> {
        self.0.notifications(query).await
    }
}

/// Tells operators by every way there is.
pub struct Notices {
    engine: Arc<Engine>,
    /// Where mail is handed in; none where nobody is mailed.
    post: Option<Postbox>,
    measures: Arc<Measures>,
}

impl Notices {
    /// Tells sessions through `engine`, and by mail where there is a postbox.
    pub fn new(engine: Arc<Engine>, post: Option<Postbox>, measures: Arc<Measures>) -> Self {
        Self { engine, post, measures }
    }
}

#[async_trait]
impl TellOperators for Notices {
    fn kept(&self, given_up: &GivenUp) -> Vec<Write> {
        vec![Write::PutNotification(notification(given_up))]
    }

    async fn tell(&self, given_up: GivenUp) {
        self.measures.told(given_up.reason, given_up.deliveries.len());
        let prepared = event::prepare(&self.engine, &given_up);
        if let Err(error) = self.engine.publish_events(given_up.tenant, vec![prepared], None).await {
            tracing::error!(%error, tenant = %given_up.tenant, "sessions were not told of a failed webhook");
        }
        if let Some(post) = &self.post {
            post.hand_in(given_up);
        }
    }
}

fn notification(given_up: &GivenUp) -> Notification {
    let GivenUp { tenant, endpoint, conversation, deliveries, reason, last, at } = given_up;
    Notification {
        id: NotificationId::new(),
        tenant: *tenant,
        endpoint: endpoint.clone(),
        conversation: *conversation,
        deliveries: deliveries.iter().take(MAX_NAMED).copied().collect(),
        count: deliveries.len() as u64,
        reason: *reason,
        last: last.clone(),
        at: *at,
    }
}
