//! Why a provider gave no account.

use std::fmt;

use crate::calling::CallError;

/// A provider that is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderName {
    /// Twilio.
    Twilio,
    /// Facebook, for Messenger.
    Messenger,
    /// Slack.
    Slack,
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Twilio => "Twilio",
            Self::Messenger => "Messenger",
            Self::Slack => "Slack",
        })
    }
}

/// Why a provider gave no account.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The provider does not accept what it was given.
    #[error("{provider} refused the credentials")]
    Refused {
        /// Who refused.
        provider: ProviderName,
        /// The properties of the configuration that it refused; at least one.
        properties: &'static [&'static str],
        /// Its own words, for whoever gave the credentials; possibly none.
        said: String,
    },
    /// The provider does not know us, whatever it was given: the operator has to look after that.
    #[error("{provider} does not accept this broker's application: {said}")]
    NotSetUp {
        /// Who does not.
        provider: ProviderName,
        /// Its own words.
        said: String,
    },
    /// The provider did not answer in its time.
    #[error("{0} did not answer in time")]
    TimedOut(ProviderName),
    /// The provider failed, wants to be asked later, or says what we do not understand.
    #[error("{provider} failed: {reason}")]
    Failed {
        /// Who failed.
        provider: ProviderName,
        /// How.
        reason: String,
    },
    /// The provider cannot be reached.
    #[error("{provider} cannot be reached")]
    Unreachable {
        /// Who cannot.
        provider: ProviderName,
        /// Why.
        source: CallError,
    },
}

/// Characters of a provider's own words that are passed on.
const MOST_SAID: usize = 200;

impl ProviderName {
    /// The provider refused these properties of the configuration, with these words.
    pub(super) fn refused(self, properties: &'static [&'static str], said: &str) -> ProviderError {
        ProviderError::Refused { provider: self, properties, said: said.chars().take(MOST_SAID).collect() }
    }

    /// The provider failed.
    pub(super) fn failed(self, reason: impl Into<String>) -> ProviderError {
        ProviderError::Failed { provider: self, reason: reason.into() }
    }

    /// The provider's answer lacks something.
    pub(super) fn incomplete(self, what: &str) -> ProviderError {
        self.failed(format!("its answer has no {what}"))
    }

    /// A call of the provider came to nothing.
    pub(super) fn unreached(self, source: CallError) -> ProviderError {
        match source {
            CallError::NotJson { status } => self.failed(format!("status {status} without a JSON answer")),
            source => ProviderError::Unreachable { provider: self, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_providers_words_so_many_are_passed_on_and_not_one_more() {
        for (length, passed) in [(MOST_SAID, MOST_SAID), (MOST_SAID + 1, MOST_SAID)] {
            let refused = ProviderName::Twilio.refused(&["authToken"], &"ä".repeat(length));
            let ProviderError::Refused { said, .. } = refused else { panic!("it was refused") };
            assert_eq!(said.chars().count(), passed);
        }
    }
}
