//! The calls for transfer commands that read a transfer (platform documentation §10.4); the others are those of all
//! commands.

use super::commands::{Answer, Commands};
use super::transfer_body::{transfer_in, transfer_patch};
use super::{Id, PortalJson};
use crate::api::platform::{Portal, Problems};
use crate::domain::command::Transfer;
use crate::domain::ids::{CommandId, HubId};

pub(super) async fn create(transfers: Commands<Transfer>, hub: Id<HubId>, body: PortalJson) -> Answer {
    let spec = transfer_in(&body.object).map_err(Problems::of_faults::<Portal>)?;
    transfers.create(hub.id, spec).await
}

/// Changes what the body names, which may be all of it.
pub(super) async fn update(
    transfers: Commands<Transfer>,
    command: Id<CommandId>,
    body: PortalJson,
) -> Answer {
    let patch = transfer_patch(&body.object).map_err(Problems::of_faults::<Portal>)?;
    transfers.update(command.id, patch).await
}
