//! Notifications as they are asked for, and the part of the [`Store`](super::Store) that reads them back. They are
//! written by commits like everything else.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::delivery::Endpoint;
use crate::domain::ids::TenantId;
use crate::domain::notification::Notification;

/// Which notifications are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationQuery {
    /// Whose they are.
    pub tenant: TenantId,
    /// Only those about this endpoint.
    pub endpoint: Option<Endpoint>,
    /// So many of them are passed over.
    pub skip: usize,
    /// At most so many of them.
    pub limit: usize,
}

/// Some notifications, and how many there are in all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NotificationPage {
    /// The notifications, the one that was kept last first.
    pub notifications: Vec<Notification>,
    /// How many notifications were asked for, on all pages.
    pub total: usize,
}

/// Reads notifications back.
#[async_trait]
pub trait NotificationStore: Send + Sync {
    /// A page of a tenant's notifications, the one that was kept last first.
    async fn notifications(&self, query: NotificationQuery) -> Result<NotificationPage, StoreError>;
}
