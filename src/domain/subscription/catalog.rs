//! The events that a filter may name, by catalog (streaming reference, FilterCriteria).
//! It must not know what an event says.

use serde::{Deserialize, Serialize};

/// A group of events that is subscribed to together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CatalogType {
    /// The engagement events of other users.
    EngagementCenterThirdParty,
    /// Changes of the directory.
    ChangeNotification,
}

impl CatalogType {
    /// The catalog of this name. Case counts.
    pub fn find(name: &str) -> Option<Self> {
        [Self::EngagementCenterThirdParty, Self::ChangeNotification]
            .into_iter()
            .find(|it| it.as_str() == name)
    }

    /// Its name on the wire, which is also the part of its events' types before the dot.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EngagementCenterThirdParty => "engagementCenterThirdParty",
            Self::ChangeNotification => "changeNotification",
        }
    }
}

/// An event of a catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CatalogEvent(u8);

/// The text is no `<catalog>.<event>` that there is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no event {0} in any catalog")]
pub struct UnknownCatalogEvent(pub String);

impl CatalogEvent {
    /// A user of the directory was made, changed or deleted.
    pub const USER: Self = Self(THIRD_PARTY.len() as u8);
    /// A team of the directory was made, changed or deleted.
    pub const TEAM: Self = Self(THIRD_PARTY.len() as u8 + 1);

    /// The event that a filter of `catalog` means by `name`. Case counts.
    pub fn find(catalog: CatalogType, name: &str) -> Option<Self> {
        match catalog {
            // The table is far shorter than the numbers of a byte.
            CatalogType::EngagementCenterThirdParty => {
                THIRD_PARTY.binary_search(&name).ok().map(|place| Self(place as u8))
            }
            CatalogType::ChangeNotification => {
                [Self::USER, Self::TEAM].into_iter().find(|it| it.name() == name)
            }
        }
    }

    /// The third-party form of an engagement event, for the types that have one.
    pub fn third_party(event_type: &str) -> Option<Self> {
        Self::find(CatalogType::EngagementCenterThirdParty, event_type.strip_prefix("engagementCenter.")?)
    }

    /// Its catalog.
    pub fn catalog(self) -> CatalogType {
        if self < Self::USER {
            CatalogType::EngagementCenterThirdParty
        } else {
            CatalogType::ChangeNotification
        }
    }

    /// Its name in filters.
    pub fn name(self) -> &'static str {
        match self {
            Self::USER => "user",
            Self::TEAM => "team",
            Self(place) => THIRD_PARTY[usize::from(place)],
        }
    }

    /// Its type on the wire, such as `changeNotification.user`.
    pub fn event_type(self) -> String {
        format!("{}.{}", self.catalog().as_str(), self.name())
    }
}

impl From<CatalogEvent> for String {
    fn from(event: CatalogEvent) -> Self {
        event.event_type()
    }
}

impl TryFrom<String> for CatalogEvent {
    type Error = UnknownCatalogEvent;

    fn try_from(event_type: String) -> Result<Self, Self::Error> {
        let found = event_type
            .split_once('.')
            .and_then(|(catalog, name)| Self::find(CatalogType::find(catalog)?, name));
        found.ok_or(UnknownCatalogEvent(event_type))
    }
}

/// Some events, to be asked quickly whether one is among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventSet(u64);

impl EventSet {
    /// All events of all catalogs.
    pub const ALL: Self = Self(u64::MAX);

    /// Whether `event` is among them.
    pub fn contains(self, event: CatalogEvent) -> bool {
        self.0 & (1 << event.0) != 0
    }
}

impl FromIterator<CatalogEvent> for EventSet {
    fn from_iter<I: IntoIterator<Item = CatalogEvent>>(events: I) -> Self {
        Self(events.into_iter().fold(0, |set, event| set | 1 << event.0))
    }
}

/// The events of `engagementCenterThirdParty`, in the order of their bytes, so that one is found by halving.
const THIRD_PARTY: [&str; 57] = [
    "AcceptCallTimeout",
    "ActivateInteraction",
    "Active",
    "AdvanceFeature",
    "AgentStatistics",
    "AudioPathConnection",
    "CallReRouted",
    "ClientSessionKeepAlive",
    "Conference",
    "ConnectConfirm",
    "Connected",
    "Connecting",
    "Consult",
    "ConsultInitiated",
    "DialInitiated",
    "Dialing",
    "DisconnectPending",
    "Disconnected",
    "DispositionInitiated",
    "EmailRemoved",
    "Error",
    "Held",
    "Idle",
    "InteractionClear",
    "InteractionReleasedXferred",
    "InteractionTransferred",
    "MessageStatus",
    "MonitorState",
    "NewTeam",
    "NewVoiceMail",
    "NewWorkType",
    "NotReady",
    "NotReadyPending",
    "Park",
    "PhoneFoul",
    "PhoneOffhook",
    "PhoneReconnect",
    "PreviewScreenPop",
    "ReassignEmailAck",
    "RecordingState",
    "RemoveTeam",
    "RemoveWorkType",
    "ScreenPop",
    "SystemAvailable",
    "SystemStandby",
    "SystemUnavailable",
    "TelephonyAvailable",
    "TelephonyUnavailable",
    "UpdateAgentStatusReason",
    "UpdateDisposition",
    "UpdateDispositionPlan",
    "UpdateTeam",
    "UpdateWorkType",
    "VoiceLock",
    "VoiceUnlock",
    "Wrap",
    "WrapTimeout",
];

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::catalogue::EventType;

    /// Any event of a catalog.
    pub(in super::super) fn event_of(catalog: CatalogType) -> impl Strategy<Value = CatalogEvent> {
        match catalog {
            CatalogType::EngagementCenterThirdParty => (0..=CatalogEvent::USER.0 - 1).prop_map(CatalogEvent),
            CatalogType::ChangeNotification => {
                (CatalogEvent::USER.0..=CatalogEvent::TEAM.0).prop_map(CatalogEvent)
            }
        }
    }

    #[test]
    fn the_table_is_in_order_and_names_engagement_events_only() {
        assert!(THIRD_PARTY.is_sorted_by(|a, b| a < b));
        for name in THIRD_PARTY {
            assert!(EventType::find(&format!("engagementCenter.{name}")).is_some(), "{name}");
        }
    }

    #[test]
    fn an_event_is_found_in_its_own_catalog() {
        let third_party = CatalogType::EngagementCenterThirdParty;
        let idle = CatalogEvent::find(third_party, "Idle").unwrap();
        assert_eq!((idle.catalog(), idle.name()), (third_party, "Idle"));
        assert_eq!(idle.event_type(), "engagementCenterThirdParty.Idle");
        assert_eq!(CatalogEvent::find(CatalogType::ChangeNotification, "team"), Some(CatalogEvent::TEAM));
        for (catalog, name) in [
            (third_party, "idle"),
            (third_party, "user"),
            (third_party, "all"),
            (CatalogType::ChangeNotification, "Idle"),
            (CatalogType::ChangeNotification, "User"),
        ] {
            assert_eq!(CatalogEvent::find(catalog, name), None, "{name}");
        }
    }

    #[test]
    fn multi_tasking_and_events_of_other_categories_have_no_third_party_form() {
        assert!(CatalogEvent::third_party("engagementCenter.WrapTimeout").is_some());
        for event_type in
            ["engagementCenter.MultiTaskingStatus", "messaging.EntityAdded", "outreach.status", "Idle"]
        {
            assert_eq!(CatalogEvent::third_party(event_type), None, "{event_type}");
        }
    }

    #[test]
    fn every_event_survives_its_text_and_has_a_place_of_its_own_in_a_set() {
        let all: Vec<_> = (0..=CatalogEvent::TEAM.0).map(CatalogEvent).collect();
        for event in &all {
            assert_eq!(CatalogEvent::try_from(String::from(*event)), Ok(*event));
            let others: EventSet = all.iter().copied().filter(|other| other != event).collect();
            assert!(!others.contains(*event) && EventSet::ALL.contains(*event));
            assert!(EventSet::from_iter([*event]).contains(*event));
        }
    }
}
