//! What is asked for beside what an activity says: by the stages that an activity passes before its lane, which know
//! nothing of destinations and orders. The lane grants it as one piece with the activity: all is kept, or nothing.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::submit::PlatformSays;
use crate::domain::clock::Millis;
use crate::domain::conversation::Wanted;
use crate::domain::ids::IntegrationId;

/// What is asked for with one activity. Nothing at all unless a stage says otherwise, and then it costs nothing.
///
/// A stage gets the draft before the lane does and adds to [`ActivityDraft::wishes`](super::ActivityDraft); what
/// several stages add is granted in their order, and of several destinations the last one counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wishes {
    /// Who is to answer, where that is not left to the routing. It counts for what a customer says that is kept.
    pub destination: Option<WishedDestination>,
    /// Members of the activity's `tags`, which is left out while there are none.
    pub tags: Map<String, Value>,
    /// What the platform says after the activity, in this order.
    pub said_after: Vec<PlatformSays>,
    /// What the sessions of whoever has the conversation hear after the activity, in this order.
    pub alerts: Vec<Alert>,
    /// Until when the customer knows, with what is said after the activity, that nobody is there.
    pub told_closed: Option<Millis>,
}

/// Something that whoever has the conversation should see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// The rule that says so.
    pub rule: String,
    /// What it is about.
    pub text: String,
}

/// Who is to answer a conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum WishedDestination {
    /// Agents of a team, or with some skills, and no bot: the least busy of those who are there, and otherwise the
    /// conversation waits for one. An agent that is active in the conversation keeps it.
    Agents(Arc<Wanted>),
    /// This bot or agent of the hub, whoever has the conversation now; as if nothing were asked for when it is not
    /// there, or is an agent that takes nothing now.
    Integration(IntegrationId),
}
