//! The configuration of an integration on the Direct channel.

use serde_json::Value;

use super::webhook::{key_change, webhook_url};
use super::{Asked, ConfigurationIn, KnowsUser};
use crate::api::portal::fields::choice;
use crate::domain::ids::UserId;
use crate::domain::integration::IntegrationType;
use crate::pipeline::{Body, FaultKind, checked_message};
use crate::registry::{ConfigurationSpec, DirectSpec};

/// Messages that open a conversation: each new customer is sent all of them.
pub(in crate::api::portal) const MAX_START: usize = 50;

/// `present` is whom the integration serves now, when there is one.
pub(super) fn direct(
    read: &mut Body<'_>,
    present: Option<IntegrationType>,
    knows: KnowsUser<'_>,
) -> Option<ConfigurationIn> {
    let kind = kind(read, present);
    let spec = DirectSpec {
        webhook_url: webhook_url(read),
        echo: read.optional("echo", FaultKind::WrongType, Value::as_bool).unwrap_or(false),
        start: start(read),
        user: user(read, kind, knows),
        sandbox: sandbox(read, kind),
    };
    let keys = key_change(read);
    kind.map(|kind| {
        let asked = Asked::Configuration(ConfigurationSpec::Direct(spec));
        ConfigurationIn { kind, asked, keys }
    })
}

/// Whom the integration serves: somebody who can be on the Direct channel.
fn kind(read: &mut Body<'_>, present: Option<IntegrationType>) -> Option<IntegrationType> {
    const NAME: &str = "integrationType";
    if read.get(NAME).is_none() {
        if present.is_none() {
            read.fault(FaultKind::Missing, NAME);
        }
        return present;
    }
    let on_direct = |kind: &IntegrationType| {
        matches!(kind, IntegrationType::Customer | IntegrationType::Agent | IntegrationType::Bot)
    };
    choice(
        read,
        NAME,
        |name| IntegrationType::from_name(name).filter(on_direct),
        |code| IntegrationType::from_code(code).filter(on_direct),
    )
}

/// Messages that open a conversation, each checked by the rules for what is said in one.
pub(super) fn start(read: &mut Body<'_>) -> Vec<Value> {
    const NAME: &str = "start";
    let messages = read.optional(NAME, FaultKind::WrongType, Value::as_array);
    let Some(messages) = messages else { return Vec::new() };
    if messages.len() > MAX_START {
        read.fault(FaultKind::TooLong, NAME);
        return Vec::new();
    }
    let mut start = Vec::with_capacity(messages.len());
    for (place, message) in messages.iter().enumerate() {
        let Some(message) = message.as_object() else {
            read.fault(FaultKind::WrongType, &format!("{NAME}[{place}]"));
            continue;
        };
        match checked_message(message, &format!("configuration.{NAME}[{place}]")) {
            Ok(message) => start.push(Value::Object(message)),
            Err(faults) => read.absorb(faults),
        }
    }
    start
}

/// The directory user that an agent's integration works for; nobody else works for one.
fn user(read: &mut Body<'_>, kind: Option<IntegrationType>, knows: KnowsUser<'_>) -> Option<UserId> {
    let user = UserId::from(read.text("userId")?);
    let is_for_an_agent = kind.is_none_or(|kind| kind == IntegrationType::Agent);
    if !is_for_an_agent || !knows(&user) {
        read.fault(FaultKind::Unsupported, "userId");
        return None;
    }
    Some(user)
}

/// Whether the integration is for trying things out; only a channel of customers can be.
fn sandbox(read: &mut Body<'_>, kind: Option<IntegrationType>) -> bool {
    const NAME: &str = "sandbox";
    let is_sandbox = read.optional(NAME, FaultKind::WrongType, Value::as_bool).unwrap_or(false);
    let may_be = kind.is_none_or(|kind| kind == IntegrationType::Customer);
    if is_sandbox && !may_be {
        read.fault(FaultKind::Unsupported, NAME);
    }
    is_sandbox
}
