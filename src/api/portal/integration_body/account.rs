//! The configurations of the outside channels: what opens an account at a provider. Twilio, Messenger and Slack are
//! asked about it before an integration is made of it; the other three are taken at their word.

use super::{Asked, ConfigurationIn};
use crate::domain::confidential::Confidential;
use crate::domain::integration::{IntegrationType, KikBot, LineChannel, ProviderAccount, TelegramBot};
use crate::pipeline::{Body, FaultKind};
use crate::providers::Credentials;
use crate::registry::ConfigurationSpec;

/// Characters of a name or an identifier at a provider.
pub(in crate::api::portal) const MAX_NAME: usize = 255;

/// Characters of a secret; the longest known, Facebook's tokens, have about 250.
pub(in crate::api::portal) const MAX_SECRET: usize = 1024;

pub(super) fn twilio(read: &mut Body<'_>) -> Option<ConfigurationIn> {
    let auth_token = secret(read, "authToken");
    let account_sid = name(read, "accountSid");
    let number_sid = name(read, "numberSid");
    let credentials =
        Credentials::Twilio { account_sid: account_sid?, auth_token: auth_token?, number_sid: number_sid? };
    Some(ConfigurationIn::of(IntegrationType::Customer, Asked::Account(credentials)))
}

pub(super) fn messenger(read: &mut Body<'_>) -> Option<ConfigurationIn> {
    let page_access_token = secret(read, "pageAccessToken")?;
    let credentials = Credentials::Messenger { page_access_token };
    Some(ConfigurationIn::of(IntegrationType::Customer, Asked::Account(credentials)))
}

/// The `nonce` has to be there, as documented; what it should prove is said nowhere, so nothing is concluded from it.
pub(super) fn slack(read: &mut Body<'_>) -> Option<ConfigurationIn> {
    let code = secret(read, "code");
    secret(read, "nonce");
    let credentials = Credentials::Slack { code: code? };
    Some(ConfigurationIn::of(IntegrationType::Agent, Asked::Account(credentials)))
}

pub(super) fn line(read: &mut Body<'_>) -> Option<ConfigurationIn> {
    let channel_access_token = secret(read, "channelAccessToken");
    let channel_secret = secret(read, "channelSecret");
    Some(as_given(ProviderAccount::Line(LineChannel {
        channel_access_token: channel_access_token?,
        channel_secret: channel_secret?,
    })))
}

pub(super) fn telegram(read: &mut Body<'_>) -> Option<ConfigurationIn> {
    let bot_token = secret(read, "botToken")?;
    Some(as_given(ProviderAccount::Telegram(TelegramBot { bot_token })))
}

pub(super) fn kik(read: &mut Body<'_>) -> Option<ConfigurationIn> {
    let user_name = name(read, "userName");
    let api_key = secret(read, "apiKey");
    Some(as_given(ProviderAccount::Kik(KikBot { user_name: user_name?, api_key: api_key? })))
}

fn as_given(account: ProviderAccount) -> ConfigurationIn {
    let asked = Asked::Configuration(ConfigurationSpec::Provider(account));
    ConfigurationIn::of(IntegrationType::Customer, asked)
}

fn secret(read: &mut Body<'_>, property: &str) -> Option<Confidential> {
    text(read, property, MAX_SECRET).map(Confidential::from)
}

fn name(read: &mut Body<'_>, property: &str) -> Option<String> {
    text(read, property, MAX_NAME).map(str::to_owned)
}

/// A text of a provider's making: it has no blanks, and something to be told apart by.
fn text<'a>(read: &mut Body<'a>, property: &str, longest: usize) -> Option<&'a str> {
    let text = read.required_text(property)?;
    let is_one_word =
        !text.contains(|c: char| c.is_whitespace() || c.is_control()) && text.contains(char::is_alphanumeric);
    if !is_one_word {
        read.fault(FaultKind::WrongType, property);
    } else if text.chars().count() > longest {
        read.fault(FaultKind::TooLong, property);
    }
    Some(text)
}
