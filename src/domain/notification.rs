//! A notification: what the operators of a tenant are told about one of its webhooks. Plain values; it must not know
//! how anybody is told.

use crate::domain::clock::Millis;
use crate::domain::delivery::{Attempt, Endpoint};
use crate::domain::ids::{ConversationId, DeliveryId, NotificationId, TenantId};

/// The most deliveries that one notification can be set to name.
pub const MAX_NAMED: usize = 1000;

/// Why deliveries were given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The last attempt has failed.
    Exhausted,
    /// The endpoint has said that it wants nothing any more (410). Whatever else is for it is given up without a word
    /// until it is changed or a replay is asked for.
    Stopped,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Exhausted, Self::Stopped];

    /// Its name on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exhausted => "exhausted",
            Self::Stopped => "stopped",
        }
    }

    /// The reason of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// Deliveries of one conversation to one endpoint that were given up at the same time.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// Identifies it.
    pub id: NotificationId,
    /// Who is told.
    pub tenant: TenantId,
    /// Who would not take them.
    pub endpoint: Endpoint,
    /// The conversation.
    pub conversation: ConversationId,
    /// The deliveries, the oldest first; as many of the oldest as are named.
    pub deliveries: Vec<DeliveryId>,
    /// How many deliveries there are, those that are not named included.
    pub count: u64,
    /// Why.
    pub reason: Reason,
    /// The last attempt.
    pub last: Attempt,
    /// When they were given up.
    pub at: Millis,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_reads_back_from_its_name() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_name(reason.name()), Some(reason));
        }
        assert_eq!(Reason::from_name("bored"), None);
    }
}
