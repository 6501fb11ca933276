//! What is said and goes to webhooks: who it goes to, and how it is handed to whoever sends it.
//! It must not know when or how anything is sent.

use std::sync::Arc;

use super::encode::ConversationDetails;
use super::submit::Passage;
use crate::domain::delivery::{Delivery, DeliveryForm, Endpoint};
use crate::domain::ids::{DeliveryId, IntegrationId};
use crate::domain::integration::IntegrationType;
use crate::store::DeliveryRecord;

/// Something that is to be sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Outgoing {
    /// It is kept, and is sent until it has arrived.
    Kept(DeliveryRecord),
    /// It is kept by nobody: it is sent once and at once, or not at all.
    Passing(Delivery),
}

/// Takes what is to be sent.
pub trait TakeOutgoing: Send + Sync {
    /// Takes what was just kept and published, in this order. Called by whoever publishes, for everything that is
    /// said: it neither waits nor grows with what was not sent. What it leaves is in the store.
    fn take(&self, outgoing: Vec<Outgoing>);
}

/// Sends nothing: deliveries stay where they are kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unsent;

impl TakeOutgoing for Unsent {
    fn take(&self, _: Vec<Outgoing>) {}
}

/// A webhook that hears an activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hearer {
    pub(super) endpoint: Endpoint,
    pub(super) form: DeliveryForm,
    pub(super) version: Version,
}

/// As what an activity is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// As it was said.
    Said,
    /// As the echo of what the hearer has said itself.
    Echo,
}

/// What is said, as far as it decides who hears it by webhook.
pub(super) struct SaidTo {
    pub(super) sender: IntegrationType,
    pub(super) recipient: Option<IntegrationId>,
    pub(super) echo: Option<IntegrationId>,
    /// Whether those who listen to the hub hear it.
    pub(super) is_for_listeners: bool,
}

impl Passage<'_> {
    /// The webhooks that hear something, each once: the recipient's own, that of a sender who hears itself, and those
    /// that listen to the hub.
    pub(super) fn hearers(&self, said: &SaidTo) -> Vec<Hearer> {
        let Some(webhooks) = self.webhooks() else { return Vec::new() };
        let own = |id: IntegrationId, version| Hearer {
            endpoint: Endpoint::Integration(id),
            form: DeliveryForm::Direct,
            version,
        };
        let recipient = said.recipient.filter(|id| webhooks.has(*id));
        let echo = said.echo.filter(|id| Some(*id) != recipient && webhooks.has(*id));
        let mut hearers: Vec<_> = recipient.map(|id| own(id, Version::Said)).into_iter().collect();
        hearers.extend(echo.map(|id| own(id, Version::Echo)));
        if said.is_for_listeners {
            hearers.extend(webhooks.listeners(said.sender).map(|id| Hearer {
                endpoint: Endpoint::Integration(id),
                form: DeliveryForm::System,
                version: Version::Said,
            }));
        }
        hearers
    }
}

impl Hearer {
    /// What goes to it.
    pub(super) fn delivery(
        &self,
        details: &ConversationDetails,
        event_id: i64,
        envelope: Arc<str>,
        item: Arc<str>,
    ) -> Delivery {
        let is_told = self.form == DeliveryForm::Direct && self.version == Version::Said;
        Delivery {
            id: DeliveryId::new(),
            tenant: details.tenant(),
            endpoint: self.endpoint.clone(),
            conversation: details.conversation(),
            hub: details.hub(),
            form: self.form,
            event_id: is_told.then_some(event_id),
            envelope,
            item,
        }
    }
}

#[cfg(test)]
mod tests;
