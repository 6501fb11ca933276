//! The calls for the teams of the directory.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::team_body::{team_in, team_patch};
use super::{Arguments, ChosenId, PortalCaller, PortalJson};
use crate::api::platform::{Named, Paged, Portal, Problems, portal_refused};
use crate::api::state::ApiState;
use crate::domain::ids::TeamId;
use crate::pipeline::{EngineError, TeamBody};
use crate::registry::RegistryError;

pub(super) async fn create(
    State(state): State<ApiState>,
    caller: PortalCaller,
    body: PortalJson,
) -> Result<Json<TeamBody>, Problems> {
    let spec = team_in(&body.object).map_err(Problems::of_faults::<Portal>)?;
    let most = state.config.limits.teams_per_tenant;
    let team = state.engine.create_team(caller.actor(), spec, most).await.map_err(refused)?;
    Ok(Json(TeamBody::from(&*team)))
}

/// Changes what the body names, which may be all of it.
pub(super) async fn update(
    State(state): State<ApiState>,
    caller: PortalCaller,
    team: ChosenId<TeamId>,
    body: PortalJson,
) -> Result<Json<TeamBody>, Problems> {
    let patch = team_patch(&body.object, &team.id).map_err(Problems::of_faults::<Portal>)?;
    let team = state.engine.update_team(caller.actor(), &team.id, patch).await.map_err(refused)?;
    Ok(Json(TeamBody::from(&*team)))
}

pub(super) async fn delete(
    State(state): State<ApiState>,
    caller: PortalCaller,
    team: ChosenId<TeamId>,
) -> Result<StatusCode, Problems> {
    state.engine.delete_team(caller.actor(), &team.id).await.map_err(refused)?;
    Ok(StatusCode::OK)
}

pub(super) async fn get(
    State(state): State<ApiState>,
    caller: PortalCaller,
    team: ChosenId<TeamId>,
) -> Result<Json<TeamBody>, Problems> {
    let team = state.registry.team(caller.tenant, &team.id);
    let team = team.ok_or(RegistryError::TeamNotFound).map_err(|error| refused(error.into()))?;
    Ok(Json(TeamBody::from(&*team)))
}

pub(super) async fn list(
    State(state): State<ApiState>,
    caller: PortalCaller,
    arguments: Arguments,
) -> Result<Json<Paged<TeamBody>>, Problems> {
    let query = arguments.page()?;
    let page = state.registry.teams(caller.tenant, query);
    Ok(Json(Paged::new(query, page, |team| TeamBody::from(&*team))))
}

fn refused(error: EngineError) -> Problems {
    portal_refused(Named::Team, error)
}
