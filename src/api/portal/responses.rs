//! The calls for response commands (platform documentation §10.5).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::command_out::CommandOut;
use super::commands::{Answer, Commands, refused};
use super::response_body::{response_in, response_patch};
use super::{Id, PortalCaller, PortalJson};
use crate::api::platform::{Portal, Problems};
use crate::api::state::ApiState;
use crate::domain::command::{CommandKind, Effect};
use crate::domain::ids::{CommandId, HubId};
use crate::registry::RegistryError;

pub(super) async fn create(
    State(state): State<ApiState>,
    caller: PortalCaller,
    hub: Id<HubId>,
    body: PortalJson,
) -> Answer {
    let spec = response_in(&body.object).map_err(Problems::of_faults::<Portal>)?;
    responses(&state, caller).create(hub.id, spec).await
}

/// Changes what the body names, which may be all of it.
pub(super) async fn update(
    State(state): State<ApiState>,
    caller: PortalCaller,
    command: Id<CommandId>,
    body: PortalJson,
) -> Answer {
    let responses = responses(&state, caller);
    let present = responses.find(command.id)?;
    // Never another kind: only responses are looked for.
    let Effect::Response(response) = &present.effect else {
        return Err(refused(RegistryError::CommandNotFound));
    };
    let patch = response_patch(&body.object, response.responses.kind());
    let patch = patch.map_err(Problems::of_faults::<Portal>)?;
    responses.update(command.id, patch).await
}

pub(super) async fn delete(
    State(state): State<ApiState>,
    caller: PortalCaller,
    command: Id<CommandId>,
) -> Result<StatusCode, Problems> {
    responses(&state, caller).delete(command.id).await
}

pub(super) async fn get(
    State(state): State<ApiState>,
    caller: PortalCaller,
    command: Id<CommandId>,
) -> Answer {
    Ok(Json(responses(&state, caller).find(command.id)?.into()))
}

/// All responses of a hub, as a plain list.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: PortalCaller,
    hub: Id<HubId>,
) -> Result<Json<Vec<CommandOut>>, Problems> {
    responses(&state, caller).list(hub.id)
}

fn responses(state: &ApiState, caller: PortalCaller) -> Commands<'_> {
    Commands { state, caller, kind: CommandKind::Response }
}
