//! An integration as clients write it (platform documentation §10.3.1 and §10.3.2).
//! Whether a user is in the directory is asked, not known.

use axum::http::Uri;
use serde_json::{Map, Value};

use super::fields::{Purpose, choice, number, text};
use super::hub_body::MAX_NAME;
use crate::api::platform::codes::shared;
use crate::api::platform::{Family, Portal, Problems};
use crate::domain::ids::UserId;
use crate::domain::integration::{ChannelType, Integration, IntegrationStatus, IntegrationType};
use crate::pipeline::{Body, Fault, FaultKind};
use crate::registry::{ConfigurationSpec, DirectSpec, IntegrationPatch, IntegrationSpec, KeyChange};

/// Bytes of a webhook's address; more does not go through every proxy.
const MAX_URL: usize = 2048;

/// Whether the tenant's directory has a user.
pub(super) type KnowsUser<'a> = &'a dyn Fn(&UserId) -> bool;

/// Reads an integration to be created.
///
/// # Errors
/// All faults of the body at once. Integrations can be created on the Direct channel only: for every other channel
/// the answer is `PRT000103` (501), and nothing else of the body is judged.
pub(super) fn integration_in(
    body: &Map<String, Value>,
    knows: KnowsUser<'_>,
) -> Result<IntegrationSpec, Problems> {
    let mut read = Body::new(body);
    let channel = choice(&mut read, "channelId", ChannelType::from_name, ChannelType::from_code);
    if read.get("channelId").is_none() {
        read.fault(FaultKind::Missing, "channelId");
    }
    if let Some(other) = channel.filter(|channel| *channel != ChannelType::Direct) {
        let code = shared::NOT_IMPLEMENTED.in_family(Family::Portal);
        let text = format!("Integrations on the channel '{}' cannot be created yet.", other.name());
        return Err(Problems::one(code, text));
    }
    let name = text(&mut read, Purpose::Create, "name", MAX_NAME);
    let status = number(&mut read, "statusId", IntegrationStatus::from_code);
    let direct = read
        .required("configuration", FaultKind::WrongType, Value::as_object)
        .and_then(|object| direct(&mut read, object, None, knows));
    read.finish().map_err(Problems::of_faults::<Portal>)?;
    // Without a fault both are there.
    let (Some(name), Some(direct)) = (name, direct) else {
        return Err(Problems::of_faults::<Portal>(Vec::new()));
    };
    Ok(IntegrationSpec {
        name,
        kind: direct.kind,
        status: status.unwrap_or_default(),
        configuration: ConfigurationSpec::Direct(direct.spec),
    })
}

/// Reads what of an integration is to be changed. A configuration counts on the Direct channel only; elsewhere it is
/// ignored, as the documents say of channels whose configuration is agreed upon with a provider.
pub(super) fn integration_patch(
    body: &Map<String, Value>,
    present: &Integration,
    knows: KnowsUser<'_>,
) -> Result<IntegrationPatch, Vec<Fault>> {
    let mut read = Body::new(body);
    let name = text(&mut read, Purpose::Update, "name", MAX_NAME);
    let status = number(&mut read, "statusId", IntegrationStatus::from_code);
    let direct = if present.channel() == ChannelType::Direct {
        read.object("configuration").and_then(|object| direct(&mut read, object, Some(present.kind), knows))
    } else {
        None
    };
    read.finish()?;
    Ok(IntegrationPatch {
        name,
        status,
        kind: direct.as_ref().map(|direct| direct.kind),
        direct: direct.map(|direct| (direct.spec, direct.keys)),
    })
}

/// The configuration of an integration on the Direct channel.
struct DirectIn {
    kind: IntegrationType,
    spec: DirectSpec,
    keys: KeyChange,
}

/// Reads a configuration; `present` is whom the integration serves now, when there is one. `None` when there was a
/// fault, which is then noted in `outer`.
fn direct(
    outer: &mut Body<'_>,
    object: &Map<String, Value>,
    present: Option<IntegrationType>,
    knows: KnowsUser<'_>,
) -> Option<DirectIn> {
    let mut read = Body::nested(object, "configuration");
    let kind = kind(&mut read, present);
    let spec = DirectSpec {
        webhook_url: webhook_url(&mut read),
        echo: read.optional("echo", FaultKind::WrongType, Value::as_bool).unwrap_or(false),
        start: start(&mut read),
        user: user(&mut read, kind, knows),
    };
    let keys = match read.optional("regenerateKeys", FaultKind::WrongType, Value::as_bool) {
        Some(true) => KeyChange::Regenerate,
        Some(false) | None => KeyChange::Keep,
    };
    match read.finish() {
        Ok(()) => kind.map(|kind| DirectIn { kind, spec, keys }),
        Err(faults) => {
            outer.absorb(faults);
            None
        }
    }
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

/// An absolute web address. Whether we may go there is decided when connecting.
fn webhook_url(read: &mut Body<'_>) -> Option<String> {
    const NAME: &str = "webhookUrl";
    let url = read.optional(NAME, FaultKind::WrongType, |value| value.as_str().filter(|url| is_web(url)))?;
    if url.len() > MAX_URL {
        read.fault(FaultKind::TooLong, NAME);
    }
    Some(url.to_owned())
}

fn is_web(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|url| {
        matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some_and(|host| !host.is_empty())
    })
}

/// Messages that open a conversation: each says what it is.
fn start(read: &mut Body<'_>) -> Vec<Value> {
    let messages = read.optional("start", FaultKind::WrongType, Value::as_array);
    let Some(messages) = messages else { return Vec::new() };
    for (place, message) in messages.iter().enumerate() {
        let Some(message) = message.as_object() else {
            read.fault(FaultKind::WrongType, &format!("start[{place}]"));
            continue;
        };
        let mut inner = Body::nested(message, &format!("configuration.start[{place}]"));
        inner.required_text("type");
        read.absorb(inner.finish().err().unwrap_or_default());
    }
    messages.clone()
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

#[cfg(test)]
mod tests;
