//! An integration: one way into or out of a hub, on a channel, for one kind of party.

mod account;
mod configuration;

use serde_json::Value;

use crate::domain::clock::Millis;
use crate::domain::ids::{HubId, IntegrationId, TenantId, UserId};

pub use account::{
    AccountKey, Capabilities, KikBot, LineChannel, MessengerPage, ProviderAccount, SlackTeam, TelegramBot,
    TwilioNumber,
};
pub use configuration::{
    Configuration, DirectConfiguration, EventFilter, FormerKey, SigningKeyPair, SystemConfiguration,
    WebChatConfiguration, WebhookBotConfiguration,
};

/// Defines an enumeration that stands by name in answers and by name or number in requests.
macro_rules! wire_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)+ }
            }

            /// The number on the wire and in the store.
            pub fn code(self) -> i64 {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The value that `code` means, if it means one.
            pub fn from_code(code: i64) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// The value that `name` means, in any case of letters.
            pub fn from_name(name: &str) -> Option<Self> {
                $(if name.eq_ignore_ascii_case(stringify!($variant)) { return Some(Self::$variant); })+
                None
            }
        }
    };
}

wire_enum! {
    /// Whom an integration serves (platform documentation §13.3; numbers as existing clients send them).
    IntegrationType {
        /// The platform itself.
        Hubster = 1,
        /// Customers.
        Customer = 2,
        /// Agents.
        Agent = 3,
        /// Bots.
        Bot = 4,
        /// Listeners by webhook.
        System = 5,
    }
}

wire_enum! {
    /// The channel that an integration is on (platform documentation §13.2).
    ChannelType {
        /// The tenant's own software, through the Direct API.
        Direct = 1,
        /// A bot of the platform.
        Bot = 2,
        /// Webhooks only.
        System = 3,
        /// Facebook Messenger.
        Messenger = 101,
        /// SMS by Twilio.
        TwilioSMS = 102,
        /// Line.
        Line = 103,
        /// Telegram.
        Telegram = 104,
        /// Kik.
        Kik = 105,
        /// The web chat component.
        WebChat = 106,
        /// Slack.
        Slack = 1001,
    }
}

/// Whether an integration works (platform documentation §10.3.1, `statusId`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IntegrationStatus {
    /// 3000: it hears and may speak.
    #[default]
    Active,
    /// 3002: nothing is routed to it, and it may not speak.
    Paused,
}

impl IntegrationStatus {
    /// The number on the wire and in the store.
    pub fn code(self) -> i64 {
        match self {
            Self::Active => 3000,
            Self::Paused => 3002,
        }
    }

    /// The status that `code` means, if it means one.
    pub fn from_code(code: i64) -> Option<Self> {
        match code {
            3000 => Some(Self::Active),
            3002 => Some(Self::Paused),
            _ => None,
        }
    }
}

/// One integration of a hub.
#[derive(Clone, Debug, PartialEq)]
pub struct Integration {
    /// Identifies the integration for ever.
    pub id: IntegrationId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The hub it belongs to.
    pub hub: HubId,
    /// Unique within the hub, in any case of letters.
    pub name: String,
    /// Whom it serves.
    pub kind: IntegrationType,
    /// Whether it works.
    pub status: IntegrationStatus,
    /// What it is set to.
    pub configuration: Configuration,
    /// Pairs that signed before [`Configuration::keys`] were made, the newest first; each for a while still.
    pub former_keys: Vec<FormerKey>,
    /// When it was made.
    pub created: Millis,
    /// When it was last changed.
    pub modified: Millis,
}

impl Integration {
    /// The channel it is on.
    pub fn channel(&self) -> ChannelType {
        self.configuration.channel()
    }

    /// The pairs from before that sign beside the present one at a moment, the newest first.
    pub fn former_keys_at(&self, now: Millis) -> impl Iterator<Item = &SigningKeyPair> {
        self.former_keys.iter().filter(move |former| former.ends > now).map(|former| &former.pair)
    }

    /// Whether it hears and may speak.
    pub fn is_active(&self) -> bool {
        self.status == IntegrationStatus::Active
    }

    /// Whether its sender hears its own activities again.
    pub fn echoes(&self) -> bool {
        match &self.configuration {
            Configuration::Direct(direct) => direct.echo,
            Configuration::WebChat(webchat) => webchat.echo,
            Configuration::FaqBot
            | Configuration::WebhookBot(_)
            | Configuration::System(_)
            | Configuration::Provider(_) => false,
        }
    }

    /// Whether it is for trying things out, and no channel of real customers.
    pub fn is_sandbox(&self) -> bool {
        matches!(&self.configuration, Configuration::Direct(direct) if direct.sandbox)
    }

    /// What the platform says to a customer first, when a conversation is new: messages.
    pub fn start(&self) -> &[Value] {
        match &self.configuration {
            Configuration::Direct(direct) => &direct.start,
            Configuration::WebChat(webchat) => &webchat.start,
            Configuration::FaqBot
            | Configuration::WebhookBot(_)
            | Configuration::System(_)
            | Configuration::Provider(_) => &[],
        }
    }

    /// The directory user that this agent integration works for.
    pub fn user(&self) -> Option<&UserId> {
        match &self.configuration {
            Configuration::Direct(direct) if self.kind == IntegrationType::Agent => direct.user.as_ref(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_by_name_in_any_case_and_by_number() {
        assert_eq!(ChannelType::from_name("twiliosms"), Some(ChannelType::TwilioSMS));
        assert_eq!(ChannelType::from_code(106), Some(ChannelType::WebChat));
        assert_eq!(IntegrationType::from_code(3).map(IntegrationType::name), Some("Agent"));
        assert_eq!(IntegrationType::from_name("nobody"), None);
    }
}
