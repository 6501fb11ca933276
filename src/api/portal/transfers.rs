//! The calls for transfer commands (platform documentation §10.4).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::command_out::CommandOut;
use super::commands::{Answer, Commands};
use super::transfer_body::{transfer_in, transfer_patch};
use super::{Id, PortalCaller, PortalJson};
use crate::api::platform::{Portal, Problems};
use crate::api::state::ApiState;
use crate::domain::command::CommandKind;
use crate::domain::ids::{CommandId, HubId};

pub(super) async fn create(
    State(state): State<ApiState>,
    caller: PortalCaller,
    hub: Id<HubId>,
    body: PortalJson,
) -> Answer {
    let spec = transfer_in(&body.object).map_err(Problems::of_faults::<Portal>)?;
    transfers(&state, caller).create(hub.id, spec).await
}

/// Changes what the body names, which may be all of it.
pub(super) async fn update(
    State(state): State<ApiState>,
    caller: PortalCaller,
    command: Id<CommandId>,
    body: PortalJson,
) -> Answer {
    let patch = transfer_patch(&body.object).map_err(Problems::of_faults::<Portal>)?;
    transfers(&state, caller).update(command.id, patch).await
}

pub(super) async fn delete(
    State(state): State<ApiState>,
    caller: PortalCaller,
    command: Id<CommandId>,
) -> Result<StatusCode, Problems> {
    transfers(&state, caller).delete(command.id).await
}

pub(super) async fn get(
    State(state): State<ApiState>,
    caller: PortalCaller,
    command: Id<CommandId>,
) -> Answer {
    Ok(Json(transfers(&state, caller).find(command.id)?.into()))
}

/// All transfers of a hub, as a plain list.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: PortalCaller,
    hub: Id<HubId>,
) -> Result<Json<Vec<CommandOut>>, Problems> {
    transfers(&state, caller).list(hub.id)
}

fn transfers(state: &ApiState, caller: PortalCaller) -> Commands<'_> {
    Commands { state, caller, kind: CommandKind::Transfer }
}
