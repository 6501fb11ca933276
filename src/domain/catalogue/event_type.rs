//! The types of events, each a handle on its definition. It must not know what the definitions hold.

use std::fmt;
use std::sync::LazyLock;

use super::definition::Definition;
use super::source;

/// What an event is about; the part of its type before the dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// The work and the state of agents: `engagementCenter`.
    EngagementCenter,
    /// What is said in chats: `messaging`.
    Messaging,
    /// Campaigns: `outreach`.
    Outreach,
}

impl Category {
    /// The category of an event by its type.
    pub(super) fn of(event_type: &str) -> Option<Self> {
        match event_type.split_once('.')?.0 {
            "engagementCenter" => Some(Self::EngagementCenter),
            "messaging" => Some(Self::Messaging),
            "outreach" => Some(Self::Outreach),
            _ => None,
        }
    }

    /// The `kind` of its events on the wire.
    pub fn kind(self) -> &'static str {
        match self {
            Self::EngagementCenter => "via#engagementCenterEvent",
            Self::Messaging => "via#messagingEvent",
            Self::Outreach => "via#outreachEvent",
        }
    }
}

/// All definitions, in the order of the bytes of their types, so that one is found by halving. They are as constant
/// as if they were written in Rust, and made on first use; that they can be made is tested.
static DEFINITIONS: LazyLock<Vec<Definition>> = LazyLock::new(|| {
    source::read(source::EVENTS, source::VALUES).expect("the catalogue that is built in has no faults")
});

/// The type of an event, one of those that the reference documents.
#[derive(Clone, Copy)]
pub struct EventType(&'static Definition);

impl EventType {
    /// The type of this name. Names are compared as they are: case counts.
    pub fn find(name: &str) -> Option<Self> {
        let found = DEFINITIONS.binary_search_by(|definition| definition.name.as_str().cmp(name)).ok()?;
        Some(Self(&DEFINITIONS[found]))
    }

    /// Every type, in the order of the bytes of their names.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        DEFINITIONS.iter().map(Self)
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
