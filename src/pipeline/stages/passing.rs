//! An activity on its way through the stages, and what they add to it.

use std::sync::Arc;

use serde_json::Value;

use crate::domain::activity::Content;
use crate::domain::clock::{Clock, Millis};
use crate::domain::conversation::{Conversation, Wanted};
use crate::domain::ids::InteractionId;
use crate::domain::integration::{Integration, IntegrationType};
use crate::pipeline::lane::Live;
use crate::pipeline::validate::ActivityDraft;
use crate::pipeline::wishes::WishedDestination;

/// An activity on its way through the stages. Its conversation cannot change meanwhile but by what is said by others
/// than integrations: the turn is held.
pub(in crate::pipeline) struct Passing<'a> {
    /// When it was said: before it was held, where it was.
    pub(super) at: Millis,
    /// Who says it.
    pub(super) sender: &'a Integration,
    /// Where.
    pub(super) conversation: &'a Live,
    /// What is said, and what is asked for with it.
    pub(super) draft: ActivityDraft,
    /// Tells the time while plug-ins are waited for.
    pub(super) clock: &'a dyn Clock,
}

impl Passing<'_> {
    /// What it says as a text, if it does.
    pub(super) fn text(&self) -> Option<&str> {
        self.draft.text().filter(|text| !text.trim().is_empty())
    }

    /// Whether a customer says it.
    pub(super) fn is_customers(&self) -> bool {
        self.sender.kind == IntegrationType::Customer
    }

    /// Tags it; an earlier tag of that name is replaced.
    pub(super) fn tag(&mut self, name: &str, value: impl Into<Value>) {
        self.draft.wishes.tags.insert(name.to_owned(), value.into());
    }

    /// A tag that it got earlier.
    pub(super) fn tagged(&self, name: &str) -> Option<&Value> {
        self.draft.wishes.tags.get(name)
    }

    /// Asks for the agents of a team. It is customers whose conversations are taken somewhere.
    pub(super) fn want_agents(&mut self, wanted: Wanted) {
        if self.is_customers() {
            self.draft.wishes.destination = Some(WishedDestination::Agents(Arc::new(wanted)));
        }
    }

    /// What it is known by from here on: its record, where it is a message.
    pub(super) fn id(&mut self) -> InteractionId {
        *self.draft.interaction.get_or_insert_with(InteractionId::new)
    }

    /// Looks at the conversation's head.
    pub(super) fn with_head<T>(&self, look: impl FnOnce(&Conversation) -> T) -> T {
        look(&self.conversation.enter().head)
    }

    /// Whether it is a message.
    pub(super) fn is_message(&self) -> bool {
        matches!(self.draft.content, Content::Message(_))
    }
}
