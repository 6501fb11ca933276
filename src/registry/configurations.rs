//! What an integration is to be set to, and how that becomes its configuration: signing keys are made here and
//! nowhere else. It must not know how clients write it.

use uuid::Uuid;

use crate::domain::ids::UserId;
use crate::domain::integration::{
    Configuration, DirectConfiguration, EventFilter, ProviderAccount, SigningKeyPair, SystemConfiguration,
    WebChatConfiguration, WebhookBotConfiguration,
};
use crate::domain::origin::AllowedOrigin;

/// What an integration is to be set to, by channel.
#[derive(Clone, Debug)]
pub enum ConfigurationSpec {
    /// On the Direct channel.
    Direct(DirectSpec),
    /// A web chat.
    WebChat(WebChatSpec),
    /// The embedded bot.
    FaqBot,
    /// A bot of the tenant's own.
    WebhookBot {
        /// Where activities go.
        webhook_url: String,
    },
    /// A listener by webhook.
    System {
        /// Where activities go.
        webhook_url: String,
        /// Which of them.
        events: Vec<EventFilter>,
    },
    /// An account at a provider.
    Provider(ProviderAccount),
}

/// What a Direct integration is to be set to.
#[derive(Clone, Debug, Default)]
pub struct DirectSpec {
    /// Where activities go by webhook.
    pub webhook_url: Option<String>,
    /// Whether the sender hears its own activities again.
    pub echo: bool,
    /// Messages that open a conversation.
    pub start: Vec<serde_json::Value>,
    /// The directory user that an agent integration works for.
    pub user: Option<UserId>,
    /// Whether a customer integration is for trying things out.
    pub sandbox: bool,
}

/// What a web chat is to be set to.
#[derive(Clone, Debug)]
pub struct WebChatSpec {
    /// Whose pages may carry it.
    pub allowed_origins: Vec<AllowedOrigin>,
    /// Whether the sender hears its own activities again.
    pub echo: bool,
    /// Messages that open a conversation.
    pub start: Vec<serde_json::Value>,
}

impl WebChatSpec {
    /// A web chat on these pages, and else as the documents have it: with echoes, and without a start.
    pub fn on(allowed_origins: Vec<AllowedOrigin>) -> Self {
        Self { allowed_origins, echo: true, start: Vec::new() }
    }
}

/// Whether an update makes a new signing key pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyChange {
    /// The pair stays.
    #[default]
    Keep,
    /// A new pair is made; what is signed from now on is signed with it.
    Regenerate,
}

impl ConfigurationSpec {
    /// The configuration, signed with `keys` where something is signed; without them a pair is made.
    pub(super) fn with_keys(self, keys: Option<SigningKeyPair>) -> Configuration {
        let keys = || keys.unwrap_or_else(new_key_pair);
        match self {
            Self::Direct(direct) => Configuration::Direct(DirectConfiguration {
                webhook_url: direct.webhook_url,
                echo: direct.echo,
                start: direct.start,
                user: direct.user,
                sandbox: direct.sandbox,
                keys: keys(),
            }),
            Self::WebChat(webchat) => Configuration::WebChat(WebChatConfiguration {
                allowed_origins: webchat.allowed_origins,
                echo: webchat.echo,
                start: webchat.start,
            }),
            Self::FaqBot => Configuration::FaqBot,
            Self::WebhookBot { webhook_url } => {
                Configuration::WebhookBot(WebhookBotConfiguration { webhook_url, keys: keys() })
            }
            Self::System { webhook_url, events } => {
                Configuration::System(SystemConfiguration { webhook_url, events, keys: keys() })
            }
            Self::Provider(account) => Configuration::Provider(account),
        }
    }
}

/// Two random names of 32 upper-case hexadecimal digits, the form that existing receivers store.
pub(super) fn new_key_pair() -> SigningKeyPair {
    let random = || Uuid::new_v4().simple().to_string().to_uppercase();
    SigningKeyPair { public: random(), private: random() }
}
