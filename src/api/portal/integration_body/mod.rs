//! An integration as clients write it (platform documentation §10.3.1 and §10.3.2), one file for each way of being
//! configured. Whether a user is in the directory is asked, not known; no provider is asked here.

pub(super) mod account;
pub(super) mod direct;
pub(super) mod webchat;
mod webhook;

use serde_json::{Map, Value};

use super::fields::{Purpose, choice, number, text};
use super::hub_body::MAX_NAME;
use crate::domain::ids::UserId;
use crate::domain::integration::{ChannelType, Integration, IntegrationStatus, IntegrationType};
use crate::pipeline::{Body, Fault, FaultKind};
use crate::providers::Credentials;
use crate::registry::{ConfigurationSpec, IntegrationPatch, KeyChange};

/// Whether the tenant's directory has a user.
pub(super) type KnowsUser<'a> = &'a dyn Fn(&UserId) -> bool;

/// An integration to be created.
#[derive(Debug)]
pub(super) struct IntegrationIn {
    pub(super) name: String,
    pub(super) kind: IntegrationType,
    pub(super) status: IntegrationStatus,
    pub(super) configuration: Asked,
}

/// What an integration is to be set to.
#[derive(Debug)]
pub(super) enum Asked {
    /// All of it is known.
    Configuration(ConfigurationSpec),
    /// An account that these open; its provider says which.
    Account(Credentials),
}

/// A configuration that was read.
struct ConfigurationIn {
    kind: IntegrationType,
    asked: Asked,
    keys: KeyChange,
}

impl ConfigurationIn {
    /// A configuration of a channel that always serves the same, and signs nothing.
    fn of(kind: IntegrationType, asked: Asked) -> Self {
        Self { kind, asked, keys: KeyChange::Keep }
    }
}

/// Reads an integration to be created.
///
/// # Errors
/// All faults of the body at once.
pub(super) fn integration_in(
    body: &Map<String, Value>,
    knows: KnowsUser<'_>,
) -> Result<IntegrationIn, Vec<Fault>> {
    let mut read = Body::new(body);
    let channel = choice(&mut read, "channelId", ChannelType::from_name, ChannelType::from_code);
    if read.get("channelId").is_none() {
        read.fault(FaultKind::Missing, "channelId");
    }
    let name = text(&mut read, Purpose::Create, "name", MAX_NAME);
    let status = number(&mut read, "statusId", IntegrationStatus::from_code);
    let object = read.required("configuration", FaultKind::WrongType, Value::as_object);
    let configuration = channel.zip(object).and_then(|(channel, object)| {
        let reading = Reading { channel, present: None, knows };
        reading.configuration(&mut read, object)
    });
    read.finish()?;
    // Without a fault both are there.
    let (Some(name), Some(configuration)) = (name, configuration) else { return Err(Vec::new()) };
    Ok(IntegrationIn {
        name,
        kind: configuration.kind,
        status: status.unwrap_or_default(),
        configuration: configuration.asked,
    })
}

/// Reads what of an integration is to be changed. A configuration that was agreed upon with a provider stays as it
/// is, whatever the body says of it.
pub(super) fn integration_patch(
    body: &Map<String, Value>,
    present: &Integration,
    knows: KnowsUser<'_>,
) -> Result<IntegrationPatch, Vec<Fault>> {
    let mut read = Body::new(body);
    same_channel(&mut read, present.channel());
    let name = text(&mut read, Purpose::Update, "name", MAX_NAME);
    let status = number(&mut read, "statusId", IntegrationStatus::from_code);
    let stays = present.configuration.account().is_some_and(|account| account.is_agreed());
    let configuration = if stays {
        None
    } else {
        read.object("configuration").and_then(|object| {
            let reading = Reading { channel: present.channel(), present: Some(present.kind), knows };
            reading.configuration(&mut read, object)
        })
    };
    read.finish()?;
    let kind = configuration.as_ref().map(|configuration| configuration.kind);
    let configuration = configuration.and_then(|read| match read.asked {
        Asked::Configuration(spec) => Some((spec, read.keys)),
        // Those of which a provider is asked stay.
        Asked::Account(_) => None,
    });
    Ok(IntegrationPatch { name, status, kind, configuration, ..IntegrationPatch::default() })
}

/// The channel in the body of a change may be there, as it is where the integration was read before; it cannot be
/// another one.
fn same_channel(read: &mut Body<'_>, present: ChannelType) {
    const NAME: &str = "channelId";
    let channel = choice(read, NAME, ChannelType::from_name, ChannelType::from_code);
    if channel.is_some_and(|channel| channel != present) {
        read.fault(FaultKind::Unsupported, NAME);
    }
}

/// What the reading of a configuration depends on.
struct Reading<'a> {
    channel: ChannelType,
    /// Whom the integration serves now, when there is one.
    present: Option<IntegrationType>,
    knows: KnowsUser<'a>,
}

impl Reading<'_> {
    /// Reads a configuration; `None` when there was a fault, which is then noted in `outer`.
    fn configuration(&self, outer: &mut Body<'_>, object: &Map<String, Value>) -> Option<ConfigurationIn> {
        let mut read = Body::nested(object, "configuration");
        let found = match self.channel {
            ChannelType::Direct => direct::direct(&mut read, self.present, self.knows),
            ChannelType::WebChat => webchat::webchat(&mut read),
            ChannelType::Bot => webhook::bot(&mut read),
            ChannelType::System => webhook::system(&mut read),
            ChannelType::TwilioSMS => account::twilio(&mut read),
            ChannelType::Messenger => account::messenger(&mut read),
            ChannelType::Slack => account::slack(&mut read),
            ChannelType::Line => account::line(&mut read),
            ChannelType::Telegram => account::telegram(&mut read),
            ChannelType::Kik => account::kik(&mut read),
        };
        match read.finish() {
            Ok(()) => found,
            Err(faults) => {
                outer.absorb(faults);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
