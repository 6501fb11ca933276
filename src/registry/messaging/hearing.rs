//! The apps that hear at present, and the end of a registration. It must not know what they hear.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::domain::audit::Actor;
use crate::domain::ids::{ClientId, TenantId};
use crate::domain::messaging::App;
use crate::registry::{Registry, RegistryError};
use crate::store::Write;

impl Registry {
    /// The apps of a tenant that hear what happens: those whose client is not shut out.
    pub fn hearing_apps(&self, tenant: TenantId) -> Vec<Arc<App>> {
        let mut apps = self.apps(tenant);
        apps.retain(|app| self.lets_in(tenant, &app.client));
        apps
    }

    /// Withdraws where a messaging client hears, and gives it.
    ///
    /// # Errors
    /// [`RegistryError::MessagingNotFound`] when it hears nowhere.
    pub async fn withdraw_app(
        self: &Arc<Self>,
        by: Actor,
        client: &ClientId,
    ) -> Result<Arc<App>, RegistryError> {
        let tenant = by.tenant;
        let (turn, entry) = self.turn(by).await?;
        let app = self.app(tenant, client).ok_or(RegistryError::MessagingNotFound)?;
        turn.keep(vec![Write::DeleteMessaging(app.id)], move |registry| {
            if entry.messaging.write().apps.remove(&app.id).is_some() {
                registry.app_count.fetch_sub(1, Ordering::Relaxed);
            }
            registry.webhooks_changed();
            app
        })
        .await
    }
}
