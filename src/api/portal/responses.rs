//! The calls for response commands that read a response (platform documentation §10.5); the others are those of all
//! commands.

use super::commands::{Answer, Commands, refused};
use super::response_body::{response_in, response_patch};
use super::{Id, PortalJson};
use crate::api::platform::{Portal, Problems};
use crate::domain::command::{Effect, Response};
use crate::domain::ids::{CommandId, HubId};
use crate::registry::RegistryError;

pub(super) async fn create(responses: Commands<Response>, hub: Id<HubId>, body: PortalJson) -> Answer {
    let spec = response_in(&body.object).map_err(Problems::of_faults::<Portal>)?;
    responses.create(hub.id, spec).await
}

/// Changes what the body names, which may be all of it.
pub(super) async fn update(
    responses: Commands<Response>,
    command: Id<CommandId>,
    body: PortalJson,
) -> Answer {
    let present = responses.find(command.id)?;
    // Never another kind: only responses are looked for.
    let Effect::Response(response) = &present.effect else {
        return Err(refused(RegistryError::CommandNotFound));
    };
    let patch = response_patch(&body.object, response.responses.kind());
    let patch = patch.map_err(Problems::of_faults::<Portal>)?;
    responses.update(command.id, patch).await
}
