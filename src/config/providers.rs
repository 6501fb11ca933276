//! `[providers]`: the outside channels' own APIs, as operators set them. It must not know what is asked of them.

use std::fmt;
use std::time::Duration;

use super::reader::Reader;

/// `[providers]`: where the outside channels are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Providers {
    /// Twilio's API.
    pub twilio: Provider,
    /// Messenger's API.
    pub messenger: Provider,
    /// Slack's API.
    pub slack: Provider,
    /// Our application at Slack.
    pub slack_application: SlackApplication,
}

impl Providers {
    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        Self {
            twilio: Provider::read(from, "twilio"),
            messenger: Provider::read(from, "messenger"),
            slack: Provider::read(from, "slack"),
            slack_application: SlackApplication::read(from),
        }
    }
}

/// How one provider is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its address, without a slash at its end.
    pub base_url: String,
    /// How long it may take to answer.
    pub timeout: Duration,
}

impl Provider {
    fn read(from: &mut Reader<'_>, name: &str) -> Self {
        Self {
            base_url: from.web_address(&format!("providers.{name}.base_url")),
            timeout: from.seconds(&format!("providers.{name}.timeout_seconds"), 1..=300),
        }
    }
}

/// Our application at Slack, as Slack knows it. A text is empty where the operator has given none.
#[derive(Clone, PartialEq, Eq)]
pub struct SlackApplication {
    /// Names it.
    pub client_id: String,
    /// Proves that it is ours.
    pub client_secret: String,
    /// The redirect address that it asks for codes with.
    pub redirect_url: String,
}

impl SlackApplication {
    fn read(from: &mut Reader<'_>) -> Self {
        let is_named = !from.text("providers.slack.redirect_url").is_empty();
        if is_named {
            from.web_address("providers.slack.redirect_url");
        }
        let text = |key: &str| from.text(key).to_owned();
        Self {
            client_id: text("providers.slack.client_id"),
            client_secret: text("providers.slack.client_secret"),
            // As it is written, slash and all: Slack compares it with the one that the code was asked for with.
            redirect_url: text("providers.slack.redirect_url"),
        }
    }
}

/// Without the secret.
impl fmt::Debug for SlackApplication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlackApplication").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}
