//! The stages of a hub: what an activity goes through, in the tenant's order, before it is routed. Here is what they
//! are set to. It must not know how clients write it, or what a stage does with an activity.
//!
//! The serialized form is the one in which they are kept.

mod keywords;
mod open_hours;
mod plugin;
mod senders;

use serde::{Deserialize, Serialize};

pub use keywords::{KeywordRule, Keywords};
pub use open_hours::{DAY_END, Hours, OpenHours, Span, Week, Zone};
pub use plugin::{FailurePolicy, Plugin};
pub use senders::Senders;

use crate::domain::clock::Millis;
use crate::domain::ids::{HubId, TenantId};

/// All stages of one hub.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// The hub.
    pub hub: HubId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The stages, in the order in which an activity meets them.
    pub stages: Vec<Stage>,
    /// When they were last changed.
    pub modified: Millis,
}

/// One stage and what it is set to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Stage {
    /// Tells customers when nobody is there.
    OpenHours(OpenHours),
    /// Spots words and phrases.
    Keywords(Keywords),
    /// Tells the language of a text.
    Language(Language),
    /// Tells the mood of a text.
    Sentiment(Sentiment),
    /// Asks a service of the tenant's own.
    Plugin(Plugin),
}

/// Tells the language of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Language {
    /// Whose texts.
    pub senders: Senders,
    /// Among which languages it decides, by their codes of three letters (ISO 639-3); what it costs grows with them.
    pub languages: Vec<String>,
}

/// Tells the mood of an English text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentiment {
    /// Whose texts.
    pub senders: Senders,
}

impl Pipeline {
    /// The plug-ins, in their order.
    pub fn plugins(&self) -> impl Iterator<Item = &Plugin> {
        self.stages.iter().filter_map(|stage| match stage {
            Stage::Plugin(plugin) => Some(plugin),
            _ => None,
        })
    }

    /// The plug-ins, to be changed, in their order.
    pub fn plugins_mut(&mut self) -> impl Iterator<Item = &mut Plugin> {
        self.stages.iter_mut().filter_map(|stage| match stage {
            Stage::Plugin(plugin) => Some(plugin),
            _ => None,
        })
    }
}
