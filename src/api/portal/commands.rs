//! What the calls for transfers and those for responses have in common: finding, listing and deleting commands of one
//! kind. A command of the other kind is not there.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::command_out::CommandOut;
use super::{Id, PortalCaller};
use crate::api::platform::{Named, Problems, registry_refused};
use crate::api::state::ApiState;
use crate::domain::command::{Command, CommandKind, Response, Transfer};
use crate::domain::ids::{CommandId, HubId};
use crate::registry::{CommandPatch, CommandSpec, RegistryError};

/// What a call that concerns one command is answered with.
pub(super) type Answer = Result<Json<CommandOut>, Problems>;

/// An effect that commands of one kind have.
pub(super) trait OfKind: 'static {
    const KIND: CommandKind;
}

impl OfKind for Transfer {
    const KIND: CommandKind = CommandKind::Transfer;
}

impl OfKind for Response {
    const KIND: CommandKind = CommandKind::Response;
}

/// The calls of one caller for commands with the effect `E`.
pub(super) struct Commands<E> {
    state: ApiState,
    caller: PortalCaller,
    kind: PhantomData<fn() -> E>,
}

impl<E: OfKind> FromRequestParts<ApiState> for Commands<E> {
    type Rejection = Problems;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problems> {
        let caller = PortalCaller::from_request_parts(parts, state).await?;
        Ok(Self { state: state.clone(), caller, kind: PhantomData })
    }
}

impl<E: OfKind> Commands<E> {
    pub(super) async fn create(&self, hub: HubId, spec: CommandSpec) -> Answer {
        let most = self.state.config.limits.commands_per_hub;
        let made = self.state.registry.create_command(self.caller.actor(), hub, spec, most).await;
        shown(made)
    }

    pub(super) async fn update(&self, id: CommandId, patch: CommandPatch) -> Answer {
        shown(self.state.registry.update_command(self.caller.actor(), id, patch).await)
    }

    pub(super) fn find(&self, id: CommandId) -> Result<Arc<Command>, Problems> {
        let found = self.state.registry.command(self.caller.tenant, E::KIND, id);
        found.ok_or(RegistryError::CommandNotFound).map_err(refused)
    }
}

pub(super) async fn get<E: OfKind>(commands: Commands<E>, command: Id<CommandId>) -> Answer {
    shown(Ok(commands.find(command.id)?))
}

pub(super) async fn delete<E: OfKind>(
    commands: Commands<E>,
    command: Id<CommandId>,
) -> Result<StatusCode, Problems> {
    let Commands { state, caller, .. } = commands;
    state.registry.delete_command(caller.actor(), E::KIND, command.id).await.map_err(refused)?;
    Ok(StatusCode::OK)
}

/// All that a hub has, in the order of creation, as a plain list.
pub(super) async fn list<E: OfKind>(
    commands: Commands<E>,
    hub: Id<HubId>,
) -> Result<Json<Vec<CommandOut>>, Problems> {
    let registry = &commands.state.registry;
    registry.hub(commands.caller.tenant, hub.id).ok_or(RegistryError::HubNotFound).map_err(refused)?;
    let all = registry.commands_of(hub.id, E::KIND);
    Ok(Json(all.into_iter().map(CommandOut::from).collect()))
}

fn shown(outcome: Result<Arc<Command>, RegistryError>) -> Answer {
    Ok(Json(CommandOut::from(outcome.map_err(refused)?)))
}

pub(super) fn refused(error: RegistryError) -> Problems {
    registry_refused(Named::Command, error)
}
