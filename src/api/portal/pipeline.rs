//! The calls for the stages of a hub, which are read and written as a whole.

use axum::Json;
use axum::extract::State;

use super::pipeline_body::{Bounds, stages_in};
use super::pipeline_out::PipelineOut;
use super::{Id, PortalCaller, PortalJson};
use crate::api::platform::{Named, Portal, Problems, registry_refused};
use crate::api::state::ApiState;
use crate::domain::ids::HubId;
use crate::registry::RegistryError;

pub(super) async fn get(
    State(state): State<ApiState>,
    caller: PortalCaller,
    hub: Id<HubId>,
) -> Result<Json<PipelineOut>, Problems> {
    state.registry.hub(caller.tenant, hub.id).ok_or(RegistryError::HubNotFound).map_err(refused)?;
    let pipeline = state.registry.pipeline(hub.id);
    Ok(Json(pipeline.map_or_else(PipelineOut::default, |pipeline| PipelineOut::from(&*pipeline))))
}

/// Puts stages in force in place of all that the hub had.
pub(super) async fn put(
    State(state): State<ApiState>,
    caller: PortalCaller,
    hub: Id<HubId>,
    body: PortalJson,
) -> Result<Json<PipelineOut>, Problems> {
    state.registry.hub(caller.tenant, hub.id).ok_or(RegistryError::HubNotFound).map_err(refused)?;
    let bounds = Bounds {
        stages: state.config.pipeline.stages_per_hub,
        phrases: state.config.pipeline.phrases_per_hub,
        timeout: state.config.plugins.timeout,
    };
    let is_team = |team: &_| state.registry.team(caller.tenant, team).is_some();
    let stages = stages_in(&body.object, bounds, &is_team).map_err(Problems::of_faults::<Portal>)?;
    let pipeline = state.registry.put_pipeline(caller.actor(), hub.id, stages).await.map_err(refused)?;
    Ok(Json(PipelineOut::from(&*pipeline)))
}

fn refused(error: RegistryError) -> Problems {
    registry_refused(Named::Hub, error)
}
