//! What the platform itself says in a conversation: answers to commands, messages that open one, notices.
//! It must not know why.

use serde_json::{Map, Value};

use super::passage::{Passage, Utterance};
use crate::domain::activity::{Content, Source};
use crate::domain::ids::{IntegrationId, InteractionId};
use crate::domain::integration::{ChannelType, IntegrationType};
use crate::pipeline::validate::Keeping;

/// Something that the platform says. It was checked as if somebody else had said it.
#[derive(Clone, Debug, PartialEq)]
pub struct PlatformSays {
    /// What it says.
    pub content: Content,
    /// What becomes of it.
    pub keeping: Keeping,
    /// Who hears it.
    pub toward: Toward,
}

impl PlatformSays {
    /// A message, which is kept.
    pub fn message(message: Map<String, Value>, toward: Toward) -> Self {
        Self { content: Content::Message(message), keeping: Keeping::Kept, toward }
    }

    /// An event that is kept: a payload.
    pub fn event(event: Map<String, Value>, toward: Toward) -> Self {
        Self { content: Content::Event(event), keeping: Keeping::Kept, toward }
    }
}

/// Who hears what the platform says. Whatever is not for the customer is neither shown to the customer's side, live
/// or replayed, nor in its history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// The customer, and who follows the conversation on the business's side.
    Customer,
    /// The present destination, if there is one, and who follows the conversation on the business's side.
    Business,
    /// The same, and who listens to what the platform says in the hub.
    BusinessAndListeners,
    /// This integration of the business, such as the one that gave a command, and who follows the conversation on
    /// the business's side.
    Only(IntegrationId),
}

/// What readers are told of something that the platform said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pipeline) struct Placed {
    /// Its place in the conversation.
    pub event_id: i64,
    /// The record of a message; events have none.
    pub interaction: Option<InteractionId>,
}

impl Passage<'_> {
    /// The platform says something, as one more step of this passage: it comes after what was said in it before, and
    /// is kept with that or not at all. It neither moves the conversation nor counts as an answer, and is no text
    /// that sessions hear. Nothing is said to a customer's side or to an integration that is gone.
    pub(in crate::pipeline) fn say(&mut self, says: PlatformSays) -> Option<Placed> {
        let head = self.head();
        let find = |id| self.engine.registry.integration(head.tenant, id);
        let recipient = match says.toward {
            Toward::Customer => Some(self.customer_source(&*find(head.integration)?)),
            Toward::Business | Toward::BusinessAndListeners => {
                head.destination.and_then(find).map(|to| self.business_source(&to))
            }
            Toward::Only(id) => Some(self.business_source(&*find(id)?)),
        };
        let utterance = Utterance {
            external_id: None,
            sender: self.platform_source(),
            recipient,
            also_to: Vec::new(),
            echo: None,
            content: says.content,
            keeping: says.keeping,
            tags: Map::new(),
            interaction: None,
            unmasked: None,
            is_awaited: false,
            is_for_listeners: says.toward == Toward::BusinessAndListeners,
        };
        let (event_id, interaction) = self.utter(utterance);
        Some(Placed { event_id, interaction })
    }

    /// The platform has no integration: the nil id stands for it.
    pub(super) fn platform_source(&self) -> Source {
        Source {
            integration_id: IntegrationId::PLATFORM,
            integration_type: IntegrationType::Hubster,
            channel_type: ChannelType::System,
            token_id: format!("{}.{}", self.head().id, IntegrationId::PLATFORM),
        }
    }
}
