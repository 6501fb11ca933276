//! What the calls for transfers and those for responses have in common: finding, listing and deleting commands of one
//! kind. A command of the other kind is not there.

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;

use super::PortalCaller;
use super::command_out::CommandOut;
use crate::api::platform::{Named, Problems, registry_refused};
use crate::api::state::ApiState;
use crate::domain::command::{Command, CommandKind};
use crate::domain::ids::{CommandId, HubId};
use crate::registry::{CommandPatch, CommandSpec, RegistryError};

/// What a call that concerns one command is answered with.
pub(super) type Answer = Result<Json<CommandOut>, Problems>;

/// The calls of one caller for commands of one kind.
pub(super) struct Commands<'a> {
    pub(super) state: &'a ApiState,
    pub(super) caller: PortalCaller,
    pub(super) kind: CommandKind,
}

impl Commands<'_> {
    pub(super) async fn create(&self, hub: HubId, spec: CommandSpec) -> Answer {
        let most = self.state.config.limits.commands_per_hub;
        let made = self.state.registry.create_command(self.caller.actor(), hub, spec, most).await;
        shown(made)
    }

    pub(super) async fn update(&self, id: CommandId, patch: CommandPatch) -> Answer {
        shown(self.state.registry.update_command(self.caller.actor(), id, patch).await)
    }

    pub(super) async fn delete(&self, id: CommandId) -> Result<StatusCode, Problems> {
        self.state.registry.delete_command(self.caller.actor(), self.kind, id).await.map_err(refused)?;
        Ok(StatusCode::OK)
    }

    pub(super) fn find(&self, id: CommandId) -> Result<Arc<Command>, Problems> {
        let found = self.state.registry.command(self.caller.tenant, self.kind, id);
        found.ok_or(RegistryError::CommandNotFound).map_err(refused)
    }

    /// All that a hub has, in the order of creation.
    pub(super) fn list(&self, hub: HubId) -> Result<Json<Vec<CommandOut>>, Problems> {
        let registry = &self.state.registry;
        registry.hub(self.caller.tenant, hub).ok_or(RegistryError::HubNotFound).map_err(refused)?;
        let all = registry.commands_of(hub, self.kind);
        Ok(Json(all.into_iter().map(CommandOut::from).collect()))
    }
}

fn shown(outcome: Result<Arc<Command>, RegistryError>) -> Answer {
    Ok(Json(CommandOut::from(outcome.map_err(refused)?)))
}

pub(super) fn refused(error: RegistryError) -> Problems {
    registry_refused(Named::Command, error)
}
