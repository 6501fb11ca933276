//! An activity: the platform's common format of what is said in a conversation
//! (platform documentation §12). Its JSON is that format and no face's own.

use serde_json::{Map, Value};

use crate::domain::ids::{IntegrationId, InteractionId};
use crate::domain::integration::{ChannelType, IntegrationType};
use crate::domain::json::JsonObject;

/// The party that an activity comes from or goes to (platform documentation §12.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The party's integration.
    pub integration_id: IntegrationId,
    /// Whom the integration serves.
    pub integration_type: IntegrationType,
    /// The channel the integration is on.
    pub channel_type: ChannelType,
    /// Stands for the party within the conversation.
    pub token_id: String,
}

impl Source {
    fn write(&self, object: &mut JsonObject<'_>) {
        object.plain("integrationId", self.integration_id);
        object.text("integrationType", self.integration_type.name());
        object.text("channelType", self.channel_type.name());
        object.text("tokenId", &self.token_id);
    }
}

/// What an activity says: a message or an event, never both.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlowProcess {
    /// The usual one.
    #[default]
    Default,
}

impl FlowProcess {
    /// Its name on the wire.
    fn name(self) -> &'static str {
        match self {
            Self::Default => "Default",
        }
    }
}

/// One activity, complete but for its cursor, which it gets when it is committed.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// `message` or `event`.
    pub kind: &'static str,
    /// Milliseconds since 1970, bumped so that it increases strictly within the conversation.
    pub event_id: i64,
    /// The sender's own reference.
    pub external_id: Option<String>,
    /// Whether the reader is the sender itself.
    pub is_echo: bool,
    /// The record of a message; events have none.
    pub interaction_id: Option<InteractionId>,
    /// The flow it took.
    pub flow_process: FlowProcess,
    /// What the stages of its hub found out about it; left out when there is nothing.
    pub tags: Map<String, Value>,
    /// Whom it comes from.
    pub sender: Source,
    /// Whom it goes to; none while the conversation waits in the queue.
    pub recipient: Option<Source>,
    /// What it says.
    pub content: Content,
}

impl Activity {
    /// The kind and the sender's type in lower case, such as `message:customer`: what webhook filters name.
    fn trigger(&self) -> String {
        let mut trigger = format!("{}:{}", self.kind, self.sender.integration_type.name());
        trigger.make_ascii_lowercase();
        trigger
    }

    /// The activity in the platform's common JSON format. Every message is written by this, once.
    pub fn to_json(&self) -> String {
        let mut text = String::with_capacity(self.size_hint());
        let mut object = JsonObject::begin(&mut text);
        object.text("type", self.kind);
        object.text("eventTrigger", &self.trigger());
        object.number("eventId", self.event_id);
        if let Some(reference) = &self.external_id {
            object.text("externalId", reference);
        }
        object.json("isEcho", if self.is_echo { "true" } else { "false" });
        if let Some(id) = self.interaction_id {
            object.plain("interactionId", id);
        }
        object.text("flowProcess", self.flow_process.name());
        if !self.tags.is_empty() {
            object.map("tags", &self.tags);
        }
        object.object("sender", |object| self.sender.write(object));
        if let Some(recipient) = &self.recipient {
            object.object("recipient", |object| recipient.write(object));
        }
        match &self.content {
            Content::Message(message) => object.map("message", message),
            Content::Event(event) => object.map("event", event),
        }
        object.end();
        text
    }

    /// About as many bytes as its JSON has, so that the text seldom has to be moved.
    fn size_hint(&self) -> usize {
        const AROUND_THE_CONTENT: usize = 800;
        let (Content::Message(content) | Content::Event(content)) = &self.content;
        let texts = content.values().filter_map(Value::as_str);
        AROUND_THE_CONTENT + texts.map(str::len).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn source(integration_type: IntegrationType, token: &str) -> Source {
        Source {
            integration_id: IntegrationId::new(),
            integration_type,
            channel_type: ChannelType::Direct,
            token_id: token.to_owned(),
        }
    }

    fn activity() -> Activity {
        Activity {
            kind: "message",
            event_id: 17,
            external_id: None,
            is_echo: false,
            interaction_id: None,
            flow_process: FlowProcess::Default,
            tags: Map::new(),
            sender: source(IntegrationType::Customer, "t=="),
            recipient: None,
            content: Content::Message(Map::from_iter([("type".to_owned(), "text".into())])),
        }
    }

    #[test]
    fn an_activity_reads_as_the_platform_s_common_format() {
        let recipient = source(IntegrationType::Agent, "u");
        let (interaction, agent) = (InteractionId::new(), recipient.integration_id);
        let full = Activity {
            external_id: Some("ref \"1\"".to_owned()),
            interaction_id: Some(interaction),
            recipient: Some(recipient),
            ..activity()
        };
        let customer = full.sender.integration_id;
        let expected = format!(
            concat!(
                r#"{{"type":"message","eventTrigger":"message:customer","eventId":17,"externalId":"ref \"1\"","#,
                r#""isEcho":false,"interactionId":"{}","flowProcess":"Default","#,
                r#""sender":{{"integrationId":"{}","integrationType":"Customer","channelType":"Direct","tokenId":"t=="}},"#,
                r#""recipient":{{"integrationId":"{}","integrationType":"Agent","channelType":"Direct","tokenId":"u"}},"#,
                r#""message":{{"type":"text"}}}}"#,
            ),
            interaction, customer, agent
        );
        assert_eq!(full.to_json(), expected);
    }

    #[test]
    fn what_an_activity_has_not_is_left_out() {
        let bare = Activity { kind: "event", content: Content::Event(Map::new()), ..activity() };
        let value: Value = serde_json::from_str(&bare.to_json()).unwrap();
        let members: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["type", "eventTrigger", "eventId", "isEcho", "flowProcess", "sender", "event"]);
        assert_eq!(value["event"], json!({}));
    }
}
