//! The calls for hubs (platform documentation §10.2).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::hub_body::{HubOut, hub_in, hub_patch};
use super::{Arguments, Id, PortalCaller, PortalJson};
use crate::api::platform::{Named, Paged, Portal, Problems, portal_refused, registry_refused};
use crate::api::state::ApiState;
use crate::domain::ids::HubId;
use crate::registry::RegistryError;

pub(super) async fn create(
    State(state): State<ApiState>,
    caller: PortalCaller,
    body: PortalJson,
) -> Result<Json<HubOut>, Problems> {
    let spec = hub_in(&body.object).map_err(Problems::of_faults::<Portal>)?;
    let most = state.config.limits.hubs_per_tenant;
    let hub = state.registry.create_hub(caller.actor(), spec, most).await.map_err(refused)?;
    Ok(Json(HubOut::from(&*hub)))
}

pub(super) async fn update(
    State(state): State<ApiState>,
    caller: PortalCaller,
    hub: Id<HubId>,
    body: PortalJson,
) -> Result<Json<HubOut>, Problems> {
    let patch = hub_patch(&body.object).map_err(Problems::of_faults::<Portal>)?;
    let hub = state.registry.update_hub(caller.actor(), hub.id, patch).await.map_err(refused)?;
    Ok(Json(HubOut::from(&*hub)))
}

/// Deletes a hub with its integrations; its conversations are closed first.
pub(super) async fn delete(
    State(state): State<ApiState>,
    caller: PortalCaller,
    hub: Id<HubId>,
) -> Result<StatusCode, Problems> {
    let deleted = state.engine.delete_hub(caller.actor(), hub.id).await;
    deleted.map_err(|error| portal_refused(Named::Hub, error))?;
    Ok(StatusCode::OK)
}

pub(super) async fn get(
    State(state): State<ApiState>,
    caller: PortalCaller,
    hub: Id<HubId>,
) -> Result<Json<HubOut>, Problems> {
    let hub = state.registry.hub(caller.tenant, hub.id);
    let hub = hub.ok_or(RegistryError::HubNotFound).map_err(refused)?;
    Ok(Json(HubOut::from(&*hub)))
}

pub(super) async fn list(
    State(state): State<ApiState>,
    caller: PortalCaller,
    arguments: Arguments,
) -> Result<Json<Paged<HubOut>>, Problems> {
    let query = arguments.page()?;
    let page = state.registry.hubs(caller.tenant, query);
    Ok(Json(Paged::new(query, page, |hub| HubOut::from(&*hub))))
}

fn refused(error: RegistryError) -> Problems {
    registry_refused(Named::Hub, error)
}
