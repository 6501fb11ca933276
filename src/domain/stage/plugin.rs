//! A service of the tenant's own that is asked about activities.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Senders;
use crate::domain::integration::SigningKeyPair;

/// What becomes of an activity when the plug-in gives no answer that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FailurePolicy {
    /// It passes as it is.
    PassOn,
    /// It is kept, and with it everything that is said after it in its conversation, until the plug-in answers.
    Hold,
}

impl FailurePolicy {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::PassOn, Self::Hold];

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::PassOn => "passOn",
            Self::Hold => "hold",
        }
    }

    /// The policy of that name, in any case of letters.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name().eq_ignore_ascii_case(name))
    }
}

/// A service of the tenant's own that is asked about activities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plugin {
    /// Unique among the hub's plug-ins: as long as the name stays, the keys stay.
    pub name: String,
    /// Where it is: an absolute http or https address.
    pub url: String,
    /// Whose activities it is asked about.
    pub senders: Senders,
    /// How long it may take to answer.
    pub timeout: Duration,
    /// What becomes of an activity when it does not answer.
    pub on_failure: FailurePolicy,
    /// Signs what it is asked. The private half is no part of the serialized form.
    pub keys: SigningKeyPair,
}
