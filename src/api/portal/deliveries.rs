//! The calls for an integration's deliveries: what its webhook was sent, what became of it, and having it sent again.
//! The documents have none; they are asked in the manner of the other lists.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Map, Value};

use super::{Arguments, Id, PortalCaller, PortalJson};
use crate::api::deliveries::{DeliveryOut, ReplayedOut};
use crate::api::moment;
use crate::api::platform::codes::shared;
use crate::api::platform::{
    Family, Named, Paged, Portal, Problems, guid_named, registry_refused, unexpected,
};
use crate::api::state::ApiState;
use crate::domain::audit::{Action, AuditEntry, AuditKind};
use crate::domain::clock::Millis;
use crate::domain::delivery::{DeliveryStatus, Endpoint};
use crate::domain::ids::{DeliveryId, IntegrationId};
use crate::domain::integration::Integration;
use crate::outlets::webhooks::ReplayError;
use crate::pipeline::{Body, Fault, FaultKind};
use crate::registry::{Page, RegistryError};
use crate::store::{DeliveryQuery, Write};

/// A page of the deliveries to an integration, the newest first; of one `status`, where it is asked for.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: PortalCaller,
    integration: Id<IntegrationId>,
    arguments: Arguments,
) -> Result<Json<Paged<DeliveryOut>>, Problems> {
    let (page, status) = Problems::both(arguments.page(), status(&arguments))?;
    let integration = found(&state, &caller, integration.id)?;
    let query = DeliveryQuery {
        status,
        skip: page.number.saturating_mul(page.size),
        limit: page.size,
        ..DeliveryQuery::all(caller.tenant, Endpoint::Integration(integration.id))
    };
    let listed = state.deliveries.list(query).await.map_err(|cause| unexpected(Family::Portal, &cause))?;
    let listed = Page { items: listed.deliveries, total: listed.total };
    Ok(Json(Paged::new(page, listed, |head| DeliveryOut::new(head, integration.configuration.webhook_url()))))
}

/// Sends one delivery again, whatever became of it.
pub(super) async fn replay(
    State(state): State<ApiState>,
    caller: PortalCaller,
    integration: Id<IntegrationId>,
    Path((_, delivery)): Path<(String, String)>,
) -> Result<Json<DeliveryOut>, Problems> {
    let id: DeliveryId = guid_named::<Portal, _>("deliveryId", &delivery)?;
    let integration = found(&state, &caller, integration.id)?;
    let entry = replayed(&state, &caller, AuditKind::Delivery, id.to_string(), &integration);
    let endpoint = Endpoint::Integration(integration.id);
    let replayed = state.deliveries.replay(caller.tenant, &endpoint, id, vec![entry]).await;
    let head = replayed.map_err(|error| match error {
        ReplayError::NotFound => {
            Problems::one(shared::NOT_FOUND.in_family(Family::Portal), "There is no such delivery.")
        }
        cause @ ReplayError::Store(_) => unexpected(Family::Portal, &cause),
    })?;
    Ok(Json(DeliveryOut::new(head, integration.configuration.webhook_url())))
}

/// Sends again all deliveries that were given up and made at a moment or later.
pub(super) async fn replay_dead(
    State(state): State<ApiState>,
    caller: PortalCaller,
    integration: Id<IntegrationId>,
    body: PortalJson,
) -> Result<Json<ReplayedOut>, Problems> {
    let since = since_in(&body.object).map_err(Problems::of_faults::<Portal>)?;
    let integration = found(&state, &caller, integration.id)?;
    let id = integration.id.to_string();
    let entry = replayed(&state, &caller, AuditKind::Integration, id, &integration);
    let endpoint = Endpoint::Integration(integration.id);
    let count = state.deliveries.replay_dead(caller.tenant, &endpoint, since, vec![entry]).await;
    let replayed = count.map_err(|cause| unexpected(Family::Portal, &cause))?;
    Ok(Json(ReplayedOut { replayed }))
}

fn found(state: &ApiState, caller: &PortalCaller, id: IntegrationId) -> Result<Arc<Integration>, Problems> {
    let found = state.registry.integration(caller.tenant, id).ok_or(RegistryError::IntegrationNotFound);
    found.map_err(|error| registry_refused(Named::Integration, error))
}

fn status(arguments: &Arguments) -> Result<Option<DeliveryStatus>, Problems> {
    let Some(text) = arguments.get("status") else { return Ok(None) };
    DeliveryStatus::from_name(text).map(Some).ok_or_else(|| {
        let code = shared::VALUE_NOT_SUPPORTED.in_family(Family::Portal);
        Problems::one(code, "Query parameter 'status' names no status of a delivery.")
    })
}

/// What the audit log says of a replay. It changes no configuration, so the registry does not see it.
fn replayed(
    state: &ApiState,
    caller: &PortalCaller,
    kind: AuditKind,
    id: String,
    integration: &Integration,
) -> Write {
    Write::PutAuditEntry(AuditEntry {
        by: caller.actor(),
        at: state.clock.now(),
        action: Action::Replayed,
        kind,
        id,
        name: integration.name.clone(),
        changed: Vec::new(),
    })
}

fn since_in(body: &Map<String, Value>) -> Result<Millis, Vec<Fault>> {
    let mut read = Body::new(body);
    let text = read.required_text("since");
    let since = text.map(|text| {
        moment::read(text).unwrap_or_else(|| {
            read.fault(FaultKind::NotADate, "since");
            Millis::default()
        })
    });
    read.finish()?;
    // It is there: its absence is a fault.
    Ok(since.unwrap_or_default())
}
