//! A hub: the configuration that one line of a tenant's business shares.

use crate::domain::clock::Millis;
use crate::domain::ids::{HubId, TenantId};

/// Whether a hub works (platform documentation §10.2.1, `statusId`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HubStatus {
    /// 2000: conversations go on.
    #[default]
    Active,
    /// 2002: customers are told that the conversation was paused.
    Paused,
}

impl HubStatus {
    /// The number on the wire and in the store.
    pub fn code(self) -> i64 {
        match self {
            Self::Active => 2000,
            Self::Paused => 2002,
        }
    }

    /// The status that `code` means, if it means one.
    pub fn from_code(code: i64) -> Option<Self> {
        match code {
            2000 => Some(Self::Active),
            2002 => Some(Self::Paused),
            _ => None,
        }
    }
}

/// One hub of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hub {
    /// Identifies the hub for ever.
    pub id: HubId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The hub's number within the tenant, from 1, its own for ever: the business id of the hand-off face.
    pub number: i64,
    /// Unique within the tenant, in any case of letters.
    pub name: String,
    /// What it is for, in the tenant's words.
    pub description: String,
    /// After how many days in which nobody says anything a conversation is closed; 0 is never.
    pub close_dormant_days: u32,
    /// Whether it works.
    pub status: HubStatus,
    /// When it was made.
    pub created: Millis,
    /// When it was last changed.
    pub modified: Millis,
}
