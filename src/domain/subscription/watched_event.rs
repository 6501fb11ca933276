//! The events that a filter may name, by group: what the wire calls the type of a catalog (streaming reference,
//! FilterCriteria).
//! It must not know what an event says.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::domain::catalogue::{Category, EventType};

/// A group of events that is subscribed to together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WatchedGroup {
    /// The engagement events of other users.
    EngagementCenterThirdParty,
    /// Changes of the directory.
    ChangeNotification,
}

impl WatchedGroup {
    /// The group of this name. Case counts.
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

    /// The `kind` of its events on the wire.
    pub fn kind(self) -> &'static str {
        match self {
            Self::EngagementCenterThirdParty => "via#engagementCenterThirdPartyEvent",
            Self::ChangeNotification => Category::ChangeNotification.kind(),
        }
    }
}

/// The part before the dot of the types that have a third-party form.
const ENGAGEMENT_CENTER: &str = "engagementCenter.";

/// The names of the events of `engagementCenterThirdParty`, in the order of their bytes, so that one is found by
/// halving: those of the catalogue of events that have a third-party form.
static THIRD_PARTY: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let with_form = EventType::all().filter(|one| one.definition().has_third_party_form);
    let names: Vec<_> = with_form.filter_map(|one| one.as_str().strip_prefix(ENGAGEMENT_CENTER)).collect();
    assert!(names.len() <= EventSet::MOST - CHANGES.len(), "a set of events has a place for each");
    names
});

/// The names of the events of `changeNotification`. Their numbers come before those of the others.
const CHANGES: [&str; 2] = ["user", "team"];

/// An event of a group, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WatchedEvent(u8);

/// The text is no `<group>.<event>` that there is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no event {0} in any group")]
pub struct UnknownWatchedEvent(pub String);

impl WatchedEvent {
    /// A user of the directory was made, changed or deleted.
    pub const USER: Self = Self(0);
    /// A team of the directory was made, changed or deleted.
    pub const TEAM: Self = Self(1);

    /// The event that a filter of `group` means by `name`. Case counts.
    pub fn find(group: WatchedGroup, name: &str) -> Option<Self> {
        let place = match group {
            WatchedGroup::ChangeNotification => CHANGES.iter().position(|change| *change == name),
            WatchedGroup::EngagementCenterThirdParty => {
                THIRD_PARTY.binary_search(&name).ok().map(|place| CHANGES.len() + place)
            }
        };
        // There are no more events than a set has places, so a byte numbers them all.
        place.map(|place| Self(place as u8))
    }

    /// The third-party form of an engagement event, for the types that have one.
    pub fn third_party(event_type: &str) -> Option<Self> {
        Self::find(WatchedGroup::EngagementCenterThirdParty, event_type.strip_prefix(ENGAGEMENT_CENTER)?)
    }

    /// Its group.
    pub fn group(self) -> WatchedGroup {
        if usize::from(self.0) < CHANGES.len() {
            WatchedGroup::ChangeNotification
        } else {
            WatchedGroup::EngagementCenterThirdParty
        }
    }

    /// Its name in filters.
    pub fn name(self) -> &'static str {
        let place = usize::from(self.0);
        CHANGES.get(place).copied().unwrap_or_else(|| THIRD_PARTY[place - CHANGES.len()])
    }

    /// Its type on the wire, such as `changeNotification.user`.
    pub fn event_type(self) -> String {
        format!("{}.{}", self.group().as_str(), self.name())
    }
}

impl From<WatchedEvent> for String {
    fn from(event: WatchedEvent) -> Self {
        event.event_type()
    }
}

impl TryFrom<String> for WatchedEvent {
    type Error = UnknownWatchedEvent;

    fn try_from(event_type: String) -> Result<Self, Self::Error> {
        let found =
            event_type.split_once('.').and_then(|(group, name)| Self::find(WatchedGroup::find(group)?, name));
        found.ok_or(UnknownWatchedEvent(event_type))
    }
}

/// Some events, to be asked quickly whether one is among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventSet(u64);

impl EventSet {
    /// How many different events there can be.
    const MOST: usize = u64::BITS as usize;

    /// All events of all groups.
    pub const ALL: Self = Self(u64::MAX);

    /// Whether `event` is among them.
    pub fn contains(self, event: WatchedEvent) -> bool {
        self.0 & (1 << event.0) != 0
    }
}

impl FromIterator<WatchedEvent> for EventSet {
    fn from_iter<I: IntoIterator<Item = WatchedEvent>>(events: I) -> Self {
        Self(events.into_iter().fold(0, |set, event| set | 1 << event.0))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all_of(group: WatchedGroup) -> Vec<WatchedEvent> {
        let all = (0..CHANGES.len() + THIRD_PARTY.len()).map(|number| WatchedEvent(number as u8));
        all.filter(|event| event.group() == group).collect()
    }

    /// Any event of a group.
    pub(in super::super) fn event_of(group: WatchedGroup) -> impl Strategy<Value = WatchedEvent> {
        prop::sample::select(all_of(group))
    }

    #[test]
    fn every_engagement_event_but_one_has_a_third_party_form() {
        let third_party = all_of(WatchedGroup::EngagementCenterThirdParty);
        assert_eq!(third_party.len(), 57, "as many as the reference lists");
        assert!(THIRD_PARTY.is_sorted_by(|a, b| a < b));
        for event in third_party {
            let event_type = format!("engagementCenter.{}", event.name());
            assert_eq!(WatchedEvent::third_party(&event_type), Some(event));
        }
    }

    #[test]
    fn an_event_is_found_in_its_own_catalog() {
        let third_party = WatchedGroup::EngagementCenterThirdParty;
        let idle = WatchedEvent::find(third_party, "Idle").unwrap();
        assert_eq!((idle.group(), idle.name()), (third_party, "Idle"));
        assert_eq!(idle.event_type(), "engagementCenterThirdParty.Idle");
        assert_eq!(WatchedEvent::find(WatchedGroup::ChangeNotification, "team"), Some(WatchedEvent::TEAM));
        for (group, name) in [
            (third_party, "idle"),
            (third_party, "user"),
            (third_party, "all"),
            (WatchedGroup::ChangeNotification, "Idle"),
            (WatchedGroup::ChangeNotification, "User"),
        ] {
            assert_eq!(WatchedEvent::find(group, name), None, "{name}");
        }
    }

    #[test]
    fn multi_tasking_and_events_of_other_categories_have_no_third_party_form() {
        assert!(WatchedEvent::third_party("engagementCenter.WrapTimeout").is_some());
        for event_type in
            ["engagementCenter.MultiTaskingStatus", "messaging.EntityAdded", "outreach.status", "Idle"]
        {
            assert_eq!(WatchedEvent::third_party(event_type), None, "{event_type}");
        }
    }

    #[test]
    fn every_event_survives_its_text_and_has_a_place_of_its_own_in_a_set() {
        let groups = [WatchedGroup::EngagementCenterThirdParty, WatchedGroup::ChangeNotification];
        let all: Vec<_> = groups.into_iter().flat_map(all_of).collect();
        assert!(all.len() <= EventSet::MOST);
        for event in &all {
            assert_eq!(WatchedEvent::try_from(String::from(*event)), Ok(*event));
            let others: EventSet = all.iter().copied().filter(|other| other != event).collect();
            assert!(!others.contains(*event) && EventSet::ALL.contains(*event));
            assert!(EventSet::from_iter([*event]).contains(*event));
        }
    }
}
