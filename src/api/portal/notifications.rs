//! The call for notifications: which webhooks of the tenant have failed for good. The documents have none; it is
//! asked in the manner of the other lists.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::{Arguments, PortalCaller};
use crate::api::deliveries::AttemptOut;
use crate::api::moment;
use crate::api::platform::{Family, Named, Paged, Problems, registry_refused, unexpected};
use crate::api::state::ApiState;
use crate::domain::delivery::Endpoint;
use crate::domain::ids::{ClientId, ConversationId, DeliveryId, IntegrationId, NotificationId};
use crate::domain::notification::Notification;
use crate::registry::{Page, RegistryError};
use crate::store::NotificationQuery;

/// A page of the tenant's notifications, the newest first; about one integration, where it is asked for.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: PortalCaller,
    arguments: Arguments,
) -> Result<Json<Paged<NotificationOut>>, Problems> {
    let (page, integration) =
        Problems::both(arguments.page(), arguments.guid::<IntegrationId>("integrationId"))?;
    let query = NotificationQuery {
        tenant: caller.tenant,
        endpoint: integration.map(Endpoint::Integration),
        skip: page.number.saturating_mul(page.size),
        limit: page.size,
    };
    let listed = state.notifications.list(query).await.map_err(|cause| unexpected(Family::Portal, &cause))?;
    // One that was deleted is still told about.
    if let Some(id) = integration.filter(|_| listed.total == 0)
        && state.registry.integration(caller.tenant, id).is_none()
    {
        return Err(registry_refused(Named::Integration, RegistryError::IntegrationNotFound));
    }
    let listed = Page { items: listed.notifications, total: listed.total };
    Ok(Json(Paged::new(page, listed, NotificationOut::from)))
}

/// Deliveries that were given up together.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NotificationOut {
    notification_id: NotificationId,
    date_time: String,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    integration_id: Option<IntegrationId>,
    /// In place of the integration, where the webhook is an application's.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<ClientId>,
    conversation_id: ConversationId,
    /// How many deliveries were given up.
    count: u64,
    /// The oldest of them.
    deliveries: Vec<DeliveryId>,
    last_attempt: AttemptOut,
}

impl From<Notification> for NotificationOut {
    fn from(notification: Notification) -> Self {
        let Notification { id, endpoint, conversation, deliveries, count, reason, last, at, .. } =
            notification;
        let (integration_id, client_id) = match endpoint {
            Endpoint::Integration(id) => (Some(id), None),
            Endpoint::App(client) => (None, Some(client)),
        };
        Self {
            notification_id: id,
            date_time: moment::platform(at),
            reason: reason.name(),
            integration_id,
            client_id,
            conversation_id: conversation,
            count,
            deliveries,
            last_attempt: last.into(),
        }
    }
}
