//! The channels that customers come by (messaging reference, Channels List).

use axum::extract::State;
use serde_json::{Value, json};

use super::arguments::Arguments;
use super::caller::Caller;
use super::envelope::{Answer, Reply};
use super::error::Refusal;
use super::ids::Channel;
use crate::api::state::ApiState;

/// Asks for sandbox channels as well.
pub(super) const SANDBOX: &str = "sandbox";

/// The same as the reference's table spells it; both are good.
pub(super) const SANDBOX_AS_SPELLED: &str = "sabdnox";

/// Lists the tenant's channels, those of every hub, and the sandbox ones when they are asked for.
pub(super) async fn list(State(state): State<ApiState>, caller: Caller, arguments: Arguments) -> Reply {
    let (mut with_sandbox, mut faults) = (false, Vec::new());
    for name in [SANDBOX, SANDBOX_AS_SPELLED] {
        match arguments.boolean(name) {
            Ok(wanted) => with_sandbox |= wanted.unwrap_or(false),
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Err(Refusal::Invalid(faults));
    }
    let all = Channel::all(&state.registry, caller.tenant);
    let shown = all.iter().filter(|channel| with_sandbox || !channel.integration.is_sandbox());
    Ok(Answer::Compact(shown.map(render).collect()))
}

/// A channel as the reference has it (MsgChannel).
fn render(channel: &Channel) -> Value {
    json!({
        "channelId": channel.id(),
        "contactType": channel.naming.contact_type,
        "lane": channel.lane(),
        "name": channel.integration.name,
    })
}
