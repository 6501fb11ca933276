//! The outside channels' providers, as far as an integration needs them: an account is looked up before an
//! integration is made of it. It must not know who asks, nor what becomes of the answer.
//!
//! One file per provider says what is called and what the answers mean; [`crate::calling`] is how any of them is
//! called.

mod error;
mod messenger;
mod slack;
#[cfg(test)]
mod testing;
mod twilio;

use std::error::Error;
use std::sync::Arc;

use tokio::time::timeout;

use crate::calling::{Address, HttpClient};
use crate::config;
use crate::domain::confidential::Confidential;
use crate::domain::integration::ProviderAccount;

use messenger::Messenger;
use slack::Slack;
use twilio::Twilio;

pub use error::{ProviderError, ProviderName};

/// What opens an account at a provider that has to be asked.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// A phone number at Twilio.
    Twilio {
        /// Whose number it is.
        account_sid: String,
        /// Opens the account.
        auth_token: Confidential,
        /// Identifies the number.
        number_sid: String,
    },
    /// A Facebook page.
    Messenger {
        /// Opens the page.
        page_access_token: Confidential,
    },
    /// Our application in a team's Slack.
    Slack {
        /// What Slack gave to whoever installed the application; good for one exchange.
        code: Confidential,
    },
}

/// Asks providers.
pub struct Providers {
    twilio: Twilio,
    messenger: Messenger,
    slack: Slack,
}

impl Providers {
    /// Providers at the configured addresses. Nothing is connected before somebody asks.
    pub fn new(config: &config::Providers) -> Self {
        let client = Arc::new(HttpClient::default());
        let address = |provider: &config::Provider| Address::new(client.clone(), &provider.base_url);
        Self {
            twilio: Twilio { api: address(&config.twilio), patience: config.twilio.timeout },
            messenger: Messenger { api: address(&config.messenger), patience: config.messenger.timeout },
            slack: Slack {
                api: address(&config.slack),
                patience: config.slack.timeout,
                application: config.slack_application.clone(),
            },
        }
    }

    /// The account that `credentials` open, as its provider describes it, within the provider's time.
    ///
    /// # Errors
    /// [`ProviderError`]. Asking again with the same credentials is harmless but at Slack, whose codes are used up by
    /// an exchange, also by one whose answer came too late.
    pub async fn account(&self, credentials: Credentials) -> Result<ProviderAccount, ProviderError> {
        let (provider, patience) = match &credentials {
            Credentials::Twilio { .. } => (ProviderName::Twilio, self.twilio.patience),
            Credentials::Messenger { .. } => (ProviderName::Messenger, self.messenger.patience),
            Credentials::Slack { .. } => (ProviderName::Slack, self.slack.patience),
        };
        let asking = async {
            match credentials {
                Credentials::Twilio { account_sid, auth_token, number_sid } => {
                    let number = self.twilio.number(account_sid, auth_token, number_sid).await?;
                    Ok(ProviderAccount::Twilio(number))
                }
                Credentials::Messenger { page_access_token } => {
                    Ok(ProviderAccount::Messenger(self.messenger.page(page_access_token).await?))
                }
                Credentials::Slack { code } => Ok(ProviderAccount::Slack(self.slack.team(&code).await?)),
            }
        };
        let outcome = timeout(patience, asking).await.unwrap_or(Err(ProviderError::TimedOut(provider)));
        if let Err(error) = &outcome {
            // What the provider said to the caller's credentials is for the caller.
            let refused = matches!(error, ProviderError::Refused { .. });
            if !refused {
                tracing::warn!(%error, cause = %root_of(error), "a provider gave no account");
            }
        }
        outcome
    }
}

/// The first cause of a failure, which says most.
fn root_of(error: &dyn Error) -> &dyn Error {
    let mut root = error;
    while let Some(cause) = root.source() {
        root = cause;
    }
    root
}
