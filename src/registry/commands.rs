//! Commands: each of one hub, unique by name among those of its kind (platform documentation §10.4 and §10.5).
//! It must not know what is done with them in a conversation.

mod document;

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::changes::Turn;
use super::roster::Listed;
use super::{Registry, RegistryError};
use crate::domain::audit::Actor;
use crate::domain::command::{Command, CommandKind, Effect, Response, ResponseParty, Responses, Transfer};
use crate::domain::ids::{CommandId, HubId, TenantId};
use crate::store::Write;

pub(super) use document::{close_command, open_command};

/// A command to be created.
#[derive(Clone, Debug)]
pub struct CommandSpec {
    /// Unique among the hub's commands of its kind.
    pub name: String,
    /// What it is for, or nothing.
    pub description: String,
    /// What it does.
    pub effect: Effect,
}

/// What of a command is to be changed.
#[derive(Clone, Debug)]
pub struct CommandPatch {
    /// A new name.
    pub name: Option<String>,
    /// A new description; an empty one takes the old one away.
    pub description: Option<String>,
    /// What it does otherwise.
    pub effect: EffectPatch,
}

/// What of an effect is to be changed. It fits commands of its own kind only.
#[derive(Clone, Debug)]
pub enum EffectPatch {
    /// For transfers.
    Transfer(TransferPatch),
    /// For responses.
    Response(ResponsePatch),
}

/// What of a transfer is to be changed.
#[derive(Clone, Debug, Default)]
pub struct TransferPatch {
    /// A new address.
    pub url: Option<String>,
    /// A new text for the link.
    pub link_description: Option<String>,
    /// A new delay, in milliseconds.
    pub mount_delay: Option<i32>,
}

/// What of a response is to be changed.
#[derive(Clone, Debug, Default)]
pub struct ResponsePatch {
    /// A new category; an empty one takes the old one away.
    pub category: Option<String>,
    /// A new party.
    pub party: Option<ResponseParty>,
    /// New responses, of whichever type, in place of all old ones.
    pub responses: Option<Responses>,
}

impl Listed for Command {
    type Id = CommandId;

    fn id(&self) -> CommandId {
        self.id
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Registry {
    /// A command of a tenant, if it is of that kind.
    pub fn command(&self, tenant: TenantId, kind: CommandKind, id: CommandId) -> Option<Arc<Command>> {
        let found = self.commands.get(&id)?;
        let is_it = found.tenant == tenant && found.effect.kind() == kind;
        is_it.then(|| found.clone())
    }

    /// The commands of one kind that a hub has, in the order of creation.
    pub fn commands_of(&self, hub: HubId, kind: CommandKind) -> Vec<Arc<Command>> {
        let all = self.commands_by_hub.get(&(hub, kind));
        all.map(|all| all.iter().cloned().collect()).unwrap_or_default()
    }

    /// A command of a hub by its kind and name, in any case of letters.
    pub fn command_named(&self, hub: HubId, kind: CommandKind, name: &str) -> Option<Arc<Command>> {
        let id = self.commands_by_hub.get(&(hub, kind))?.named(name)?;
        self.commands.get(&id).map(|found| found.clone())
    }

    /// Creates a command of a hub, which has `most` commands of all kinds together at most.
    pub async fn create_command(
        self: &Arc<Self>,
        by: Actor,
        hub: HubId,
        spec: CommandSpec,
        most: Option<NonZeroUsize>,
    ) -> Result<Arc<Command>, RegistryError> {
        let tenant = by.tenant;
        let (turn, _) = self.turn(by).await?;
        self.hub(tenant, hub).ok_or(RegistryError::HubNotFound)?;
        self.command_name_is_free(hub, spec.effect.kind(), &spec.name, None)?;
        if most.is_some_and(|most| self.number_of_commands(hub) >= most.get()) {
            return Err(RegistryError::TooManyCommands);
        }
        let now = self.clock.now();
        let command = Command {
            id: CommandId::new(),
            tenant,
            hub,
            name: spec.name,
            description: spec.description,
            effect: spec.effect,
            created: now,
            modified: now,
        };
        keep_command(turn, command).await
    }

    /// Changes a command of the kind that the patch is for. A patch that changes nothing leaves it as it is, with the
    /// moment of its last change.
    pub async fn update_command(
        self: &Arc<Self>,
        by: Actor,
        id: CommandId,
        patch: CommandPatch,
    ) -> Result<Arc<Command>, RegistryError> {
        let tenant = by.tenant;
        let (turn, _) = self.turn(by).await?;
        let present =
            self.commands.get(&id).filter(|found| found.tenant == tenant).map(|found| found.clone());
        let present = present.ok_or(RegistryError::CommandNotFound)?;
        let mut command = Command::clone(&present);
        command.effect = patched(command.effect, patch.effect).ok_or(RegistryError::CommandNotFound)?;
        if let Some(name) = patch.name {
            self.command_name_is_free(command.hub, command.effect.kind(), &name, Some(id))?;
            command.name = name;
        }
        command.description = patch.description.unwrap_or(command.description);
        if command == *present {
            return Ok(present);
        }
        command.modified = self.clock.now();
        keep_command(turn, command).await
    }

    /// Deletes a command, if it is of that kind.
    pub async fn delete_command(
        self: &Arc<Self>,
        by: Actor,
        kind: CommandKind,
        id: CommandId,
    ) -> Result<(), RegistryError> {
        let tenant = by.tenant;
        let (turn, _) = self.turn(by).await?;
        let found = self.command(tenant, kind, id).ok_or(RegistryError::CommandNotFound)?;
        turn.keep(vec![Write::DeleteCommand(id)], move |registry| {
            registry.commands.remove(&id);
            if let Some(mut all) = registry.commands_by_hub.get_mut(&(found.hub, kind)) {
                all.remove(id);
            }
        })
        .await
    }

    /// All commands of a hub, of every kind.
    pub(super) fn command_ids_of(&self, hub: HubId) -> Vec<CommandId> {
        let of_kind = |kind| self.commands_by_hub.get(&(hub, kind));
        CommandKind::ALL
            .into_iter()
            .filter_map(of_kind)
            .flat_map(|all| all.ids().collect::<Vec<_>>())
            .collect()
    }

    /// Shows no more commands of a hub that is gone.
    pub(super) fn hide_commands_of(&self, hub: HubId) {
        for kind in CommandKind::ALL {
            let Some((_, all)) = self.commands_by_hub.remove(&(hub, kind)) else { continue };
            all.ids().for_each(|id| drop(self.commands.remove(&id)));
        }
    }

    pub(super) fn show_command(&self, command: Arc<Command>) {
        let shelf = (command.hub, command.effect.kind());
        self.commands_by_hub.entry(shelf).or_default().put(command.clone());
        self.commands.insert(command.id, command);
    }

    fn number_of_commands(&self, hub: HubId) -> usize {
        let of_kind = |kind| self.commands_by_hub.get(&(hub, kind)).map_or(0, |all| all.len());
        CommandKind::ALL.into_iter().map(of_kind).sum()
    }

    fn command_name_is_free(
        &self,
        hub: HubId,
        kind: CommandKind,
        name: &str,
        except: Option<CommandId>,
    ) -> Result<(), RegistryError> {
        match self.commands_by_hub.get(&(hub, kind)).and_then(|all| all.named(name)) {
            Some(id) if Some(id) != except => Err(RegistryError::NameTaken),
            _ => Ok(()),
        }
    }
}

/// The effect as the patch leaves it; none when the patch is for another kind.
fn patched(effect: Effect, patch: EffectPatch) -> Option<Effect> {
    match (effect, patch) {
        (Effect::Transfer(old), EffectPatch::Transfer(new)) => Some(Effect::Transfer(Transfer {
            url: new.url.unwrap_or(old.url),
            link_description: new.link_description.unwrap_or(old.link_description),
            mount_delay: new.mount_delay.unwrap_or(old.mount_delay),
        })),
        (Effect::Response(old), EffectPatch::Response(new)) => Some(Effect::Response(Response {
            category: new.category.unwrap_or(old.category),
            party: new.party.unwrap_or(old.party),
            responses: new.responses.unwrap_or(old.responses),
        })),
        (Effect::Transfer(_), EffectPatch::Response(_)) | (Effect::Response(_), EffectPatch::Transfer(_)) => {
            None
        }
    }
}

async fn keep_command(turn: Turn, command: Command) -> Result<Arc<Command>, RegistryError> {
    let command = Arc::new(command);
    let record = close_command(&command)?;
    turn.keep(vec![Write::PutCommand(record)], move |registry| {
        registry.show_command(command.clone());
        command
    })
    .await
}
