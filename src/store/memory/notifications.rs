//! Notifications, in the order in which they came.
//! Does not know who is told of them.

use async_trait::async_trait;

use super::MemoryStore;
use super::contents::Contents;
use super::errors::Refusal;
use crate::domain::clock::Millis;
use crate::domain::notification::Notification;
use crate::store::{NotificationPage, NotificationQuery, NotificationStore, StoreError};

#[async_trait]
impl NotificationStore for MemoryStore {
    async fn notifications(&self, query: NotificationQuery) -> Result<NotificationPage, StoreError> {
        self.with(|contents| contents.notification_page(&query))
    }
}

impl Contents {
    pub(super) fn put_notification(&mut self, notification: Notification) -> Result<(), Refusal> {
        self.owner(notification.tenant, None)?;
        let last = self.notifications.range(..).next_back().map_or(0, |(number, _)| *number);
        self.notifications.put(last + 1, notification);
        Ok(())
    }

    pub(super) fn notification_page(&self, query: &NotificationQuery) -> NotificationPage {
        let all = self.notifications.rows().rev();
        let asked_for: Vec<_> = all.filter(|notification| is_asked_for(query, notification)).collect();
        let page = asked_for.iter().skip(query.skip).take(query.limit);
        NotificationPage {
            notifications: page.map(|notification| (*notification).clone()).collect(),
            total: asked_for.len(),
        }
    }

    /// Removes at most `limit` notifications that were made before `before`.
    pub(super) fn prune_notifications(&mut self, before: Millis, limit: usize) -> usize {
        let old = self.notifications.range(..).filter(|(_, one)| one.at < before).take(limit);
        let old: Vec<_> = old.map(|(number, _)| *number).collect();
        self.notifications.discard(&old);
        old.len()
    }
}

fn is_asked_for(query: &NotificationQuery, notification: &Notification) -> bool {
    notification.tenant == query.tenant
        && query.endpoint.as_ref().is_none_or(|endpoint| *endpoint == notification.endpoint)
}
