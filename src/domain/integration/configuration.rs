//! What an integration is set to, by channel. It must not know how clients write it, or how it is kept.

use serde::{Deserialize, Serialize};

use super::account::ProviderAccount;
use super::{ChannelType, IntegrationType};
use crate::domain::clock::Millis;
use crate::domain::ids::UserId;
use crate::domain::origin::AllowedOrigin;

/// The pair with which payloads to an integration are signed (platform documentation §6.1): the public half
/// only names the private one, and is all of it that is ever serialized.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKeyPair {
    /// Names the private key.
    pub public: String,
    /// The secret; its UTF-8 bytes are the HMAC key.
    #[serde(skip)]
    pub private: String,
}

impl std::fmt::Debug for SigningKeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKeyPair").field("public", &self.public).finish_non_exhaustive()
    }
}

/// A pair from before, which signs beside a newer one for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerKey {
    /// The pair.
    pub pair: SigningKeyPair,
    /// When it signs no more.
    pub ends: Millis,
}

/// What an integration on the Direct channel is set to.
#[derive(Clone, Debug, PartialEq)]
pub struct DirectConfiguration {
    /// Where activities go by webhook; without it they go to websockets.
    pub webhook_url: Option<String>,
    /// Whether the sender hears its own activities again, enriched.
    pub echo: bool,
    /// Messages that open a conversation.
    pub start: Vec<serde_json::Value>,
    /// The directory user that an agent integration works for.
    pub user: Option<UserId>,
    /// Whether a customer integration is for trying things out, and no channel of real customers.
    pub sandbox: bool,
    /// Signs what goes to the webhook.
    pub keys: SigningKeyPair,
}

/// What a web chat is set to.
#[derive(Clone, Debug, PartialEq)]
pub struct WebChatConfiguration {
    /// Whose pages may carry the web chat.
    pub allowed_origins: Vec<AllowedOrigin>,
    /// Whether the sender hears its own activities again, enriched.
    pub echo: bool,
    /// Messages that open a conversation.
    pub start: Vec<serde_json::Value>,
}

/// What a bot of the tenant's own is set to.
#[derive(Clone, Debug, PartialEq)]
pub struct WebhookBotConfiguration {
    /// Where activities go.
    pub webhook_url: String,
    /// Signs them.
    pub keys: SigningKeyPair,
}

/// What a listener by webhook is set to.
#[derive(Clone, Debug, PartialEq)]
pub struct SystemConfiguration {
    /// Where activities go.
    pub webhook_url: String,
    /// Which of the hub's activities; at least one.
    pub events: Vec<EventFilter>,
    /// Signs them.
    pub keys: SigningKeyPair,
}

/// Which activities of a hub a listener hears (platform documentation §6.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventFilter {
    /// Every message.
    Messages,
    /// Messages of customers.
    CustomerMessages,
    /// Messages of agents.
    AgentMessages,
    /// Messages of bots.
    BotMessages,
}

impl EventFilter {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Messages, Self::CustomerMessages, Self::AgentMessages, Self::BotMessages];

    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Messages => "message",
            Self::CustomerMessages => "message:customer",
            Self::AgentMessages => "message:agent",
            Self::BotMessages => "message:bot",
        }
    }

    /// Whether a message of such a sender is among them.
    pub fn includes(self, sender: IntegrationType) -> bool {
        match self {
            Self::Messages => true,
            Self::CustomerMessages => sender == IntegrationType::Customer,
            Self::AgentMessages => sender == IntegrationType::Agent,
            Self::BotMessages => sender == IntegrationType::Bot,
        }
    }

    /// The filter of that name, in any case of letters.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.name().eq_ignore_ascii_case(name))
    }
}

/// What an integration is set to, by channel.
#[derive(Clone, Debug, PartialEq)]
pub enum Configuration {
    /// [`ChannelType::Direct`].
    Direct(DirectConfiguration),
    /// [`ChannelType::WebChat`].
    WebChat(WebChatConfiguration),
    /// [`ChannelType::Bot`]: the embedded bot that answers from frequently asked questions.
    FaqBot,
    /// [`ChannelType::Bot`]: a bot of the tenant's own.
    WebhookBot(WebhookBotConfiguration),
    /// [`ChannelType::System`].
    System(SystemConfiguration),
    /// A channel of an outside provider.
    Provider(ProviderAccount),
}

impl Configuration {
    /// The channel that it is for.
    pub fn channel(&self) -> ChannelType {
        match self {
            Self::Direct(_) => ChannelType::Direct,
            Self::WebChat(_) => ChannelType::WebChat,
            Self::FaqBot | Self::WebhookBot(_) => ChannelType::Bot,
            Self::System(_) => ChannelType::System,
            Self::Provider(account) => account.channel(),
        }
    }

    /// The keys that sign what goes out, where something is signed.
    pub fn keys(&self) -> Option<&SigningKeyPair> {
        match self {
            Self::Direct(direct) => Some(&direct.keys),
            Self::WebhookBot(bot) => Some(&bot.keys),
            Self::System(system) => Some(&system.keys),
            Self::WebChat(_) | Self::FaqBot | Self::Provider(_) => None,
        }
    }

    /// The webhook to which something goes, where there is one.
    pub fn webhook_url(&self) -> Option<&str> {
        match self {
            Self::Direct(direct) => direct.webhook_url.as_deref(),
            Self::WebhookBot(bot) => Some(&bot.webhook_url),
            Self::System(system) => Some(&system.webhook_url),
            Self::WebChat(_) | Self::FaqBot | Self::Provider(_) => None,
        }
    }

    /// The account at a provider, where there is one.
    pub fn account(&self) -> Option<&ProviderAccount> {
        match self {
            Self::Provider(account) => Some(account),
            _ => None,
        }
    }
}

impl ChannelType {
    /// Whom integrations on the channel serve; `None` on Direct, where each says so itself.
    pub fn serves(self) -> Option<IntegrationType> {
        match self {
            Self::Direct => None,
            Self::Bot => Some(IntegrationType::Bot),
            Self::System => Some(IntegrationType::System),
            Self::Slack => Some(IntegrationType::Agent),
            Self::Messenger | Self::TwilioSMS | Self::Line | Self::Telegram | Self::Kik | Self::WebChat => {
                Some(IntegrationType::Customer)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_is_read_by_its_name() {
        for filter in EventFilter::ALL {
            assert_eq!(EventFilter::from_name(&filter.name().to_uppercase()), Some(filter));
        }
        assert_eq!(EventFilter::from_name("message:nobody"), None);
    }
}
