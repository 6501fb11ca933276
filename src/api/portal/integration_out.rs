//! An integration as clients see it (platform documentation §10.3.3).

use serde::Serialize;
use serde_json::Value;

use crate::domain::confidential::Confidential;
use crate::domain::ids::{HubId, IntegrationId, UserId};
use crate::domain::integration::{Capabilities, Configuration, Integration, ProviderAccount, SigningKeyPair};

/// An integration.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IntegrationOut {
    integration_id: IntegrationId,
    hub_id: HubId,
    #[serde(skip_serializing_if = "Option::is_none")]
    inbound_id: Option<String>,
    integration_type_id: &'static str,
    channel_id: &'static str,
    name: String,
    status_id: i64,
    configuration: ConfigurationOut,
}

/// What it is set to; each channel has properties of its own. The documents show secrets to whoever may change
/// them, so it has no `Debug` that would show them to a log.
#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum ConfigurationOut {
    Direct {
        integration_type: &'static str,
        echo: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        webhook_url: Option<String>,
        #[serde(flatten)]
        keys: KeysOut,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        start: Vec<Value>,
        #[serde(skip_serializing_if = "Option::is_none")]
        user_id: Option<UserId>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        sandbox: bool,
    },
    WebChat {
        allowed_origins: Vec<String>,
        echo: bool,
        start: Vec<Value>,
    },
    FaqBot {
        faq: bool,
    },
    WebhookBot {
        webhook_url: String,
        #[serde(flatten)]
        keys: KeysOut,
    },
    System {
        events: Vec<&'static str>,
        webhook_url: String,
        #[serde(flatten)]
        keys: KeysOut,
    },
    Twilio {
        account_sid: String,
        auth_token: Confidential,
        number_sid: String,
        phone_number: String,
        capabilities: Capabilities,
    },
    Messenger {
        app_id: String,
        page_id: String,
        page_access_token: Confidential,
    },
    Slack {
        bot_access_token: Confidential,
        #[serde(skip_serializing_if = "Option::is_none")]
        app_access_token: Option<Confidential>,
        default_public_channel: String,
        team_id: String,
        bot_name: String,
    },
    Line {
        channel_access_token: Confidential,
        channel_secret: Confidential,
    },
    Telegram {
        bot_token: Confidential,
    },
    Kik {
        user_name: String,
        api_key: Confidential,
    },
}

impl std::fmt::Debug for ConfigurationOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConfigurationOut").finish_non_exhaustive()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeysOut {
    public_signing_key: String,
    private_signing_key: String,
}

impl From<&SigningKeyPair> for KeysOut {
    fn from(keys: &SigningKeyPair) -> Self {
        Self { public_signing_key: keys.public.clone(), private_signing_key: keys.private.clone() }
    }
}

impl From<&Integration> for IntegrationOut {
    fn from(integration: &Integration) -> Self {
        let account = integration.configuration.account();
        Self {
            integration_id: integration.id,
            hub_id: integration.hub,
            inbound_id: account.and_then(ProviderAccount::inbound_id).map(str::to_owned),
            integration_type_id: integration.kind.name(),
            channel_id: integration.channel().name(),
            name: integration.name.clone(),
            status_id: integration.status.code(),
            configuration: ConfigurationOut::of(integration),
        }
    }
}

impl ConfigurationOut {
    fn of(integration: &Integration) -> Self {
        match &integration.configuration {
            Configuration::Direct(direct) => Self::Direct {
                integration_type: integration.kind.name(),
                echo: direct.echo,
                webhook_url: direct.webhook_url.clone(),
                keys: (&direct.keys).into(),
                start: direct.start.clone(),
                user_id: direct.user.clone(),
                sandbox: direct.sandbox,
            },
            Configuration::WebChat(webchat) => Self::WebChat {
                allowed_origins: webchat.allowed_origins.iter().map(|one| one.as_str().to_owned()).collect(),
                echo: webchat.echo,
                start: webchat.start.clone(),
            },
            Configuration::FaqBot => Self::FaqBot { faq: true },
            Configuration::WebhookBot(bot) => {
                Self::WebhookBot { webhook_url: bot.webhook_url.clone(), keys: (&bot.keys).into() }
            }
            Configuration::System(system) => Self::System {
                events: system.events.iter().map(|event| event.name()).collect(),
                webhook_url: system.webhook_url.clone(),
                keys: (&system.keys).into(),
            },
            Configuration::Provider(account) => account.clone().into(),
        }
    }
}

impl From<ProviderAccount> for ConfigurationOut {
    fn from(account: ProviderAccount) -> Self {
        match account {
            ProviderAccount::Twilio(number) => Self::Twilio {
                account_sid: number.account_sid,
                auth_token: number.auth_token,
                number_sid: number.number_sid,
                phone_number: number.phone_number,
                capabilities: number.capabilities,
            },
            ProviderAccount::Messenger(page) => Self::Messenger {
                app_id: page.app_id,
                page_id: page.page_id,
                page_access_token: page.page_access_token,
            },
            ProviderAccount::Slack(team) => Self::Slack {
                bot_access_token: team.bot_access_token,
                app_access_token: team.app_access_token,
                default_public_channel: team.default_public_channel,
                team_id: team.team_id,
                bot_name: team.bot_name,
            },
            ProviderAccount::Line(channel) => Self::Line {
                channel_access_token: channel.channel_access_token,
                channel_secret: channel.channel_secret,
            },
            ProviderAccount::Telegram(bot) => Self::Telegram { bot_token: bot.bot_token },
            ProviderAccount::Kik(bot) => Self::Kik { user_name: bot.user_name, api_key: bot.api_key },
        }
    }
}

#[cfg(test)]
mod tests;
