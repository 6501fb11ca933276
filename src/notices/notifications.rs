//! What operators were told, read back.

use std::sync::Arc;

use crate::store::{NotificationPage, NotificationQuery, Store, StoreError};

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
