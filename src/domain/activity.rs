//! An activity: the platform's common format of what is said in a conversation
//! (platform documentation §12). Its JSON is that format and no face's own.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::ids::{IntegrationId, InteractionId};
use crate::domain::integration::{ChannelType, IntegrationType};

/// The party that an activity comes from or goes to (platform documentation §12.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The party's integration.
    pub integration_id: IntegrationId,
    /// Whom the integration serves.
    #[serde(serialize_with = "by_name")]
    pub integration_type: IntegrationType,
    /// The channel the integration is on.
    #[serde(serialize_with = "by_channel_name")]
    pub channel_type: ChannelType,
    /// Stands for the party within the conversation.
    pub token_id: String,
}

fn by_name<S: serde::Serializer>(kind: &IntegrationType, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.name())
}

fn by_channel_name<S: serde::Serializer>(channel: &ChannelType, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(channel.name())
}

/// What an activity says: a message or an event, never both.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Content {
    /// Something said; recorded as an interaction.
    Message(Map<String, Value>),
    /// Something that happened.
    Event(Map<String, Value>),
}

/// The event types of an activity (platform documentation §12.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// Carries the tenant's own data; kept like a message.
    Payload,
    /// The other side's activities have been seen.
    Seen,
    /// Somebody began to type.
    TypingOn,
    /// Somebody stopped typing.
    TypingOff,
}

impl EventType {
    /// The type that `name` means, in any case of letters.
    pub fn from_name(name: &str) -> Option<Self> {
        [
            ("payload", Self::Payload),
            ("seen", Self::Seen),
            ("typing_on", Self::TypingOn),
            ("typing_off", Self::TypingOff),
        ]
        .into_iter()
        .find_map(|(known, kind)| known.eq_ignore_ascii_case(name).then_some(kind))
    }
}

/// Which flow of the pipeline an activity took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum FlowProcess {
    /// The usual one.
    #[default]
    Default,
}

/// One activity, complete but for its cursor, which it gets when it is committed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Activity {
    /// `message` or `event`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The kind and the sender's type, such as `message:customer`: what webhook filters name.
    pub event_trigger: String,
    /// Milliseconds since 1970, bumped so that it increases strictly within the conversation.
    pub event_id: i64,
    /// The sender's own reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Whether the reader is the sender itself.
    pub is_echo: bool,
    /// The record of a message; events have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interaction_id: Option<InteractionId>,
    /// The flow it took.
    pub flow_process: FlowProcess,
    /// Whom it comes from.
    pub sender: Source,
    /// Whom it goes to; none while the conversation waits in the queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<Source>,
    /// What it says.
    #[serde(flatten)]
    pub content: Content,
}

impl Activity {
    /// The filter that names this activity: its kind and its sender's type in lower case.
    pub fn trigger(kind: &str, sender: IntegrationType) -> String {
        format!("{kind}:{}", sender.name().to_ascii_lowercase())
    }
}
