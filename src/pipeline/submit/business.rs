//! What a business's own software says to the customer, as a step of a passage.

use serde_json::{Map, json};

use super::passage::{Passage, Utterance};
use crate::domain::activity::Content;
use crate::domain::ids::InteractionId;
use crate::domain::integration::IntegrationType;
use crate::domain::receipt::StatusNews;
use crate::pipeline::apps::AppNews;
use crate::pipeline::business::{BusinessSays, MASK, Shown};
use crate::pipeline::error::EngineError;
use crate::pipeline::fates::Showing;
use crate::pipeline::raise::Entity;
use crate::pipeline::render;
use crate::pipeline::validate::Keeping;

impl Passage<'_> {
    /// The platform says it to the customer; the agent who has the conversation hears it as a text of the system.
    ///
    /// # Errors
    /// [`EngineError::IntegrationNotFound`] when the customer's integration is gone.
    pub(in crate::pipeline) fn say_for_business(
        &mut self,
        says: &BusinessSays,
    ) -> Result<InteractionId, EngineError> {
        let customer = self.engine.integration(self.head().tenant, self.head().integration)?;
        let recipient = self.customer_source(&customer);
        let masked = Map::from_iter([("type".to_owned(), json!("text")), ("text".to_owned(), json!(MASK))]);
        let (kept, unmasked) = match says.shown {
            Shown::ToAll => (says.message.clone(), None),
            Shown::Masked => (masked, Some(Content::Message(says.message.clone()))),
        };
        if let Some(user) = self.hearing_user() {
            let raised = self.raise(&user).text(
                Entity::System,
                IntegrationType::Hubster.name(),
                &render::words(&kept),
            );
            self.raised.push(raised);
        }
        let is_awaited = self.is_heard_by(&says.client);
        let interaction = InteractionId::new();
        let (event_id, _) = self.utter(Utterance {
            external_id: None,
            sender: self.platform_source(),
            recipient: Some(recipient),
            also_to: Vec::new(),
            echo: None,
            content: Content::Message(kept),
            keeping: Keeping::Kept,
            tags: Map::new(),
            interaction: Some(interaction),
            unmasked,
            is_awaited,
            is_for_listeners: false,
        });
        if is_awaited {
            let most = self.engine.awaited_messages;
            let news = self.lane.head.receipts.sent(says.client.clone(), interaction, event_id, most);
            self.tell_fates([news]);
        }
        Ok(interaction)
    }

    /// The customer's side has taken the activity of this `eventId`.
    fn note_taken(&mut self, event_id: i64) {
        let news = self.lane.head.receipts.taken(event_id);
        self.tell_fates(news);
    }

    /// The activity of this `eventId` cannot reach the customer.
    fn note_failed(&mut self, event_id: i64) {
        let news = self.lane.head.receipts.failed(event_id);
        self.tell_fates(news);
    }

    /// What is known of messages and not kept yet: when a conversation ends, nobody may hear that a message was lost
    /// which somebody has.
    pub(super) fn note_known(&mut self) {
        if self.head().receipts.is_empty() {
            return;
        }
        for known in self.engine.fates.known_of(self.head().id) {
            self.note_fate(known);
        }
    }

    /// Something has become of a message.
    pub(in crate::pipeline) fn note_fate(&mut self, (event_id, showing): (i64, Showing)) {
        match showing {
            Showing::Taken => self.note_taken(event_id),
            Showing::Failed => self.note_failed(event_id),
        }
    }

    /// Whoever sent a message hears what has become of it.
    pub(super) fn tell_fates(&mut self, news: impl IntoIterator<Item = StatusNews>) {
        for news in news {
            self.changed = true;
            self.tell_apps(AppNews::Status(&news));
        }
    }
}
