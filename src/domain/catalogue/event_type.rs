//! The types of events, each a handle on its definition. It must not know what the definitions hold.

use std::fmt;
use std::sync::LazyLock;

use super::definition::Definition;
use super::source::{self, Catalogue};

/// What an event is about; the part of its type before the dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// The work and the state of agents: `engagementCenter`.
    EngagementCenter,
    /// What is said in chats: `messaging`.
    Messaging,
    /// Campaigns: `outreach`.
    Outreach,
    /// What is done to the directory: `changeNotification`.
    ChangeNotification,
}

impl Category {
    /// The category of an event by its type.
    pub fn of(event_type: &str) -> Option<Self> {
        let (name, _) = event_type.split_once('.')?;
        [Self::EngagementCenter, Self::Messaging, Self::Outreach, Self::ChangeNotification]
            .into_iter()
            .find(|category| category.as_str() == name)
    }

    /// Its name: the part before the dot.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EngagementCenter => "engagementCenter",
            Self::Messaging => "messaging",
            Self::Outreach => "outreach",
            Self::ChangeNotification => "changeNotification",
        }
    }

    /// The `kind` of its events on the wire.
    pub fn kind(self) -> &'static str {
        match self {
            Self::EngagementCenter => "via#engagementCenterEvent",
            Self::Messaging => "via#messagingEvent",
            Self::Outreach => "via#outreachEvent",
            Self::ChangeNotification => "via#changeNotificationEvent",
        }
    }
}

/// All definitions. They are as constant as if they were written in Rust, and made on first use; that they can be
/// made is tested.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    source::read(source::EVENTS, source::VALUES).expect("the catalogue that is built in has no faults")
});

/// What is told of changes of the directory: heard by those who have subscribed to it, and published by nobody.
pub fn changes() -> &'static [Definition] {
    &CATALOGUE.changes
}

/// What the broker raises by itself, for everybody in an organization: published by nobody else.
pub fn raised() -> &'static [Definition] {
    &CATALOGUE.raised
}

/// The type of an event.
#[derive(Clone, Copy)]
pub struct EventType(&'static Definition);

impl EventType {
    /// The type of this name, of those that may be published. Names are compared as they are: case counts.
    pub fn find(name: &str) -> Option<Self> {
        let events = &CATALOGUE.events;
        let found = events.binary_search_by(|definition| definition.name.as_str().cmp(name)).ok()?;
        Some(Self(&events[found]))
    }

    /// The type of this name of what the broker raises by itself.
    pub fn raised(name: &str) -> Option<Self> {
        raised().iter().find(|definition| definition.name == name).map(Self)
    }

    /// Every type that may be published, in the order of the bytes of their names.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        CATALOGUE.events.iter().map(Self)
    }

    /// Its name on the wire, such as `engagementCenter.Idle`.
    pub fn as_str(self) -> &'static str {
        &self.0.name
    }

    /// What it is about.
    pub fn category(self) -> Category {
        self.0.category
    }

    /// What is known of its events.
    pub fn definition(self) -> &'static Definition {
        self.0
    }
}

impl PartialEq for EventType {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for EventType {}

impl fmt::Debug for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventType").field(&self.as_str()).finish()
    }
}
