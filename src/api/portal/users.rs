//! The calls for the users of the directory.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::user_body::{user_in, user_patch};
use super::{Arguments, ChosenId, PortalCaller, PortalJson};
use crate::api::platform::{Named, Paged, Portal, Problems, portal_refused};
use crate::api::state::ApiState;
use crate::domain::ids::UserId;
use crate::pipeline::{EngineError, UserBody};
use crate::registry::RegistryError;

pub(super) async fn create(
    State(state): State<ApiState>,
    caller: PortalCaller,
    body: PortalJson,
) -> Result<Json<UserBody>, Problems> {
    let spec = user_in(&body.object).map_err(Problems::of_faults::<Portal>)?;
    let most = state.config.limits.users_per_tenant;
    let user = state.engine.create_user(caller.actor(), spec, most).await.map_err(refused)?;
    Ok(Json(UserBody::from(&*user)))
}

/// Changes what the body names, which may be all of it.
pub(super) async fn update(
    State(state): State<ApiState>,
    caller: PortalCaller,
    user: ChosenId<UserId>,
    body: PortalJson,
) -> Result<Json<UserBody>, Problems> {
    let patch = user_patch(&body.object, &user.id).map_err(Problems::of_faults::<Portal>)?;
    let user = state.engine.update_user(caller.actor(), &user.id, patch).await.map_err(refused)?;
    Ok(Json(UserBody::from(&*user)))
}

/// Deletes a user, who is then in no team.
pub(super) async fn delete(
    State(state): State<ApiState>,
    caller: PortalCaller,
    user: ChosenId<UserId>,
) -> Result<StatusCode, Problems> {
    state.engine.delete_user(caller.actor(), &user.id).await.map_err(refused)?;
    Ok(StatusCode::OK)
}

pub(super) async fn get(
    State(state): State<ApiState>,
    caller: PortalCaller,
    user: ChosenId<UserId>,
) -> Result<Json<UserBody>, Problems> {
    let user = state.registry.user(caller.tenant, &user.id);
    let user = user.ok_or(RegistryError::UserNotFound).map_err(|error| refused(error.into()))?;
    Ok(Json(UserBody::from(&*user)))
}

pub(super) async fn list(
    State(state): State<ApiState>,
    caller: PortalCaller,
    arguments: Arguments,
) -> Result<Json<Paged<UserBody>>, Problems> {
    let query = arguments.page()?;
    let page = state.registry.users(caller.tenant, query);
    Ok(Json(Paged::new(query, page, |user| UserBody::from(&*user))))
}

fn refused(error: EngineError) -> Problems {
    portal_refused(Named::User, error)
}
