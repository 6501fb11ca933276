//! A bot's place in its integration's topic: what it hears waits for it, within a bound.
//! It must not know what becomes of it.

use std::sync::Arc;

use serde::Deserialize;
use tokio::sync::mpsc;

use super::agenda::Item;
use crate::broker::{Batch, Delivery, Publication, Stamp, Subscriber, WireFormat};
use crate::domain::ids::ConversationId;
use crate::domain::integration::IntegrationType;

/// Hears for a bot. One that does not keep up is let go like every other reader: its channel ends, and it comes back
/// and looks for what it has missed.
pub(super) struct Ear(mpsc::Sender<Arc<Publication>>);

impl Ear {
    /// An ear, and what it hears: at most `bound` activities wait.
    pub(super) fn new(bound: usize) -> (Arc<Self>, mpsc::Receiver<Arc<Publication>>) {
        let (sender, heard) = mpsc::channel(bound);
        (Arc::new(Self(sender)), heard)
    }
}

impl Subscriber for Ear {
    /// Whoever publishes does nothing but hand it over; it is read by the bot.
    fn deliver(&self, batch: &Batch) -> Delivery {
        let is_kept = |one: &&Arc<Publication>| matches!(one.stamp(), Stamp::Activity { .. });
        let kept = batch.publications().iter().filter(is_kept);
        // What was taken of a batch that does not fit as a whole is found once more, and is answered by then.
        for publication in kept {
            if self.0.try_send(publication.clone()).is_err() {
                return Delivery::Refused;
            }
        }
        Delivery::Taken
    }
}

/// What the bot reads of the Direct payload: where to look.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    conversation_id: ConversationId,
    activity: Heard,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Heard {
    event_id: i64,
    sender: Sender,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sender {
    integration_type: String,
}

/// Which conversation to look at, so that what was heard is looked at too. What does not come from the customer tells
/// that the bot was given the conversation: something may have been asked while nobody had it.
pub(super) fn where_to_look(heard: &Publication) -> Option<Item> {
    let read = serde_json::from_slice(heard.bytes(WireFormat::DirectBare));
    let Payload { conversation_id, activity } =
        read.inspect_err(|error| tracing::error!(%error, "a bot could not read what it heard")).ok()?;
    let is_asked = activity.sender.integration_type == IntegrationType::Customer.name();
    let after = if is_asked { activity.event_id - 1 } else { 0 };
    Some(Item { conversation: conversation_id, after })
}
