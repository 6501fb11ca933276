//! Accounts at the providers of outside channels: what each is set to, and what tells two of them apart.
//! It must not know how a provider is asked.

use serde::{Deserialize, Serialize};

use super::ChannelType;
use crate::domain::confidential::Confidential;

/// An account at a provider. As the store keeps it, it is sealed as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProviderAccount {
    /// A phone number at Twilio.
    Twilio(TwilioNumber),
    /// A Facebook page.
    Messenger(MessengerPage),
    /// Our application in a team's Slack.
    Slack(SlackTeam),
    /// A channel of Line.
    Line(LineChannel),
    /// A bot of Telegram.
    Telegram(TelegramBot),
    /// A bot of Kik.
    Kik(KikBot),
}

/// A phone number at Twilio.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwilioNumber {
    /// Whose number it is.
    pub account_sid: String,
    /// Opens the account.
    pub auth_token: Confidential,
    /// Identifies the number at Twilio.
    pub number_sid: String,
    /// The number, such as `+16476960000`.
    pub phone_number: String,
    /// What it can do.
    pub capabilities: Capabilities,
}

/// What a phone number can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Messages with media.
    pub mms: bool,
    /// Texts.
    pub sms: bool,
    /// Calls.
    pub voice: bool,
}

/// A Facebook page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessengerPage {
    /// The application that the token was made for.
    pub app_id: String,
    /// Identifies the page.
    pub page_id: String,
    /// Opens the page.
    pub page_access_token: Confidential,
}

/// Our application in a team's Slack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlackTeam {
    /// Speaks as the bot.
    pub bot_access_token: Confidential,
    /// Acts for whoever installed the application, where that was granted.
    pub app_access_token: Option<Confidential>,
    /// Where the bot speaks when nothing else is said; without `#`.
    pub default_public_channel: String,
    /// Identifies the team.
    pub team_id: String,
    /// What the bot is called.
    pub bot_name: String,
}

/// A channel of Line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineChannel {
    /// Speaks on the channel.
    pub channel_access_token: Confidential,
    /// Signs what the channel says.
    pub channel_secret: Confidential,
}

/// A bot of Telegram.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TelegramBot {
    /// Identifies the bot and speaks as it.
    pub bot_token: Confidential,
}

/// A bot of Kik.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KikBot {
    /// Identifies the bot.
    pub user_name: String,
    /// Speaks as the bot.
    pub api_key: Confidential,
}

/// Tells an account from all others, of all tenants. It may hold a secret, so it cannot be printed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AccountKey {
    channel: ChannelType,
    account: String,
}

impl AccountKey {
    /// That of an account whose name the provider has confirmed, and which is known by it: a phone number, a page.
    pub fn of_public(channel: ChannelType, account: impl Into<String>) -> Self {
        Self { channel, account: account.into() }
    }
}

impl ProviderAccount {
    /// The channel that it is on.
    pub fn channel(&self) -> ChannelType {
        match self {
            Self::Twilio(_) => ChannelType::TwilioSMS,
            Self::Messenger(_) => ChannelType::Messenger,
            Self::Slack(_) => ChannelType::Slack,
            Self::Line(_) => ChannelType::Line,
            Self::Telegram(_) => ChannelType::Telegram,
            Self::Kik(_) => ChannelType::Kik,
        }
    }

    /// Tells it from all other accounts.
    ///
    /// Where the provider has confirmed the account, its name does. Where it has not, the secret is part of it: else
    /// whoever knows a bot's name could keep its owner from using it.
    pub fn key(&self) -> AccountKey {
        let account = match self {
            Self::Twilio(number) => number.phone_number.clone(),
            Self::Messenger(page) => page.page_id.clone(),
            Self::Slack(team) => team.team_id.clone(),
            Self::Line(channel) => channel.channel_secret.expose().to_owned(),
            Self::Telegram(bot) => bot.bot_token.expose().to_owned(),
            Self::Kik(bot) => format!("{} {}", bot.user_name.to_lowercase(), bot.api_key.expose()),
        };
        AccountKey { channel: self.channel(), account }
    }

    /// By what the provider names the account when something comes in, where the documents show that.
    pub fn inbound_id(&self) -> Option<&str> {
        match self {
            Self::Twilio(number) => Some(&number.account_sid),
            Self::Messenger(page) => Some(&page.page_id),
            Self::Slack(_) | Self::Line(_) | Self::Telegram(_) | Self::Kik(_) => None,
        }
    }

    /// Whether it was agreed upon with the provider, so that another configuration takes another integration
    /// (platform documentation §10.3.2).
    pub fn is_agreed(&self) -> bool {
        matches!(self, Self::Twilio(_) | Self::Messenger(_) | Self::Slack(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kik(user_name: &str, api_key: &str) -> ProviderAccount {
        ProviderAccount::Kik(KikBot { user_name: user_name.to_owned(), api_key: api_key.into() })
    }

    #[test]
    fn a_name_without_its_secret_takes_nothing_from_its_owner() {
        assert!(kik("shop", "right").key() != kik("shop", "guessed").key());
        assert!(kik("shop", "right").key() == kik("Shop", "right").key());
    }

    #[test]
    fn the_same_text_on_two_channels_is_two_accounts() {
        let line = ProviderAccount::Line(LineChannel {
            channel_access_token: "t".into(),
            channel_secret: "same".into(),
        });
        let telegram = ProviderAccount::Telegram(TelegramBot { bot_token: "same".into() });
        assert!(line.key() != telegram.key());
    }

    #[test]
    fn a_printed_account_shows_no_secret() {
        let printed = format!("{:?}", kik("shop", "s3cret"));
        assert!(printed.contains("shop") && !printed.contains("s3cret"), "{printed}");
    }
}
