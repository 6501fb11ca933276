//! A transfer command as clients write it (platform documentation §10.4.1 and §10.4.2).

use serde_json::{Map, Value};

use super::fields::{Purpose, free_text, number, text, web_address};
use super::hub_body::{MAX_DESCRIPTION, MAX_NAME};
use crate::domain::command::{Effect, Transfer};
use crate::pipeline::{Body, Fault};
use crate::registry::{CommandPatch, CommandSpec, EffectPatch, TransferPatch};

/// Characters of the text of a link, which stands in a line of a chat.
pub(super) const MAX_LINK_DESCRIPTION: usize = 256;

/// Reads a transfer to be created; `name`, `url` and `linkDescription` are required.
pub(super) fn transfer_in(body: &Map<String, Value>) -> Result<CommandSpec, Vec<Fault>> {
    let Read { name, description, transfer } = read(body, Purpose::Create)?;
    Ok(CommandSpec {
        // What is required is there: its absence is a fault in `read`.
        name: name.unwrap_or_default(),
        description: description.unwrap_or_default(),
        effect: Effect::Transfer(Transfer {
            url: transfer.url.unwrap_or_default(),
            link_description: transfer.link_description.unwrap_or_default(),
            mount_delay: transfer.mount_delay.unwrap_or_default(),
        }),
    })
}

/// Reads what of a transfer is to be changed.
pub(super) fn transfer_patch(body: &Map<String, Value>) -> Result<CommandPatch, Vec<Fault>> {
    let Read { name, description, transfer } = read(body, Purpose::Update)?;
    Ok(CommandPatch { name, description, effect: EffectPatch::Transfer(transfer) })
}

struct Read {
    name: Option<String>,
    description: Option<String>,
    transfer: TransferPatch,
}

fn read(body: &Map<String, Value>, purpose: Purpose) -> Result<Read, Vec<Fault>> {
    let mut read = Body::new(body);
    let found = Read {
        name: text(&mut read, purpose, "name", MAX_NAME),
        description: free_text(&mut read, "description", MAX_DESCRIPTION),
        transfer: TransferPatch {
            url: web_address(&mut read, purpose, "url"),
            link_description: text(&mut read, purpose, "linkDescription", MAX_LINK_DESCRIPTION),
            mount_delay: number(&mut read, "mountDelay", |millis| i32::try_from(millis).ok()),
        },
    };
    read.finish()?;
    Ok(found)
}

#[cfg(test)]
mod tests;
