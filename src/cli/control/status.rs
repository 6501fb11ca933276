//! Words for what hubs and integrations call by numbers.

use clap::ValueEnum;

use crate::domain::hub::HubStatus;
use crate::domain::integration::IntegrationStatus;

/// Whether a hub or an integration works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Status {
    /// It works.
    Active,
    /// It is there and does nothing.
    Paused,
}

impl Status {
    /// The word for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
        }
    }

    /// The status that a `statusId` of either means.
    pub(super) fn of_code(code: i64) -> Option<Self> {
        let is = |status: Self| code == status.of_hub() || code == status.of_integration();
        [Self::Active, Self::Paused].into_iter().find(|status| is(*status))
    }

    /// The `statusId` of a hub.
    pub(super) fn of_hub(self) -> i64 {
        match self {
            Self::Active => HubStatus::Active.code(),
            Self::Paused => HubStatus::Paused.code(),
        }
    }

    /// The `statusId` of an integration.
    pub(super) fn of_integration(self) -> i64 {
        match self {
            Self::Active => IntegrationStatus::Active.code(),
            Self::Paused => IntegrationStatus::Paused.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_both_have_their_words() {
        for status in [Status::Active, Status::Paused] {
            assert_eq!(Status::of_code(status.of_hub()), Some(status));
            assert_eq!(Status::of_code(status.of_integration()), Some(status));
        }
        assert_eq!(Status::of_code(2001), None);
    }
}
