//! What back ends tell of customers: kept, shown in the properties of the customer's conversations, and heard by
//! whoever follows those or the organization's events. It must not know how a customer is named on any face.

use std::num::NonZeroUsize;
use std::sync::Arc;

use dashmap::{DashMap, DashSet};
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use super::engine::Engine;
use super::error::EngineError;
use super::establish::Establish;
use super::lane::Live;
use super::record::{Step, Work, kept};
use super::submit::{Passage, PlatformSays, Toward};
use crate::domain::catalogue::{EventType, Payload};
use crate::domain::conversation::{Conversation, Properties};
use crate::domain::customer::{Customer, CustomerKey, Push, PushKind, show};
use crate::domain::ids::{IntegrationId, TenantId};
use crate::store::{StoreError, Write};

/// How much of what was told is kept and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TellingLimits {
    /// Things that the properties of one conversation show.
    pub data_shown: usize,
    /// Events that they show.
    pub events_shown: usize,
    /// Things of all customers of one tenant; `None` for no limit.
    pub data_per_tenant: Option<NonZeroUsize>,
}

/// Who was told anything, and whose turn it is to tell.
pub(super) struct Telling {
    limits: TellingLimits,
    /// Nothing is looked up for the conversations of others.
    tenants: DashSet<TenantId>,
    /// Held from the look at what there is to the last conversation that shows it: of two that tell at once, the
    /// later one's conversations show both.
    turns: DashMap<TenantId, Arc<Mutex<()>>>,
}

impl Telling {
    pub(super) fn new(limits: TellingLimits, tenants: Vec<TenantId>) -> Self {
        Self { limits, tenants: tenants.into_iter().collect(), turns: DashMap::new() }
    }

    #[cfg(test)]
    pub(super) fn limits(&self) -> TellingLimits {
        self.limits
    }
}

/// What became of something that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is new, or other than before.
    News,
    /// It was told before in the same words; nobody hears it again.
    Known,
}

/// Why something that was told was not taken.
#[derive(Debug, thiserror::Error)]
pub enum TellError {
    /// There are as many things as there may be.
    #[error("the tenant has as many things told as it may")]
    TooMany,
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<StoreError> for TellError {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}

impl Engine {
    /// Takes what a back end tells of a customer; answered once it is kept, heard, and shown in the customer's open
    /// conversations. `links` are its links in the words in which they were given.
    pub async fn tell(&self, tenant: TenantId, push: Push, links: Vec<Value>) -> Result<Told, TellError> {
        let turn = self.telling.turns.entry(tenant).or_default().clone();
        let _turn = turn.lock().await;
        let present = self.store.push(tenant, push.kind, &push.name, &push.id).await?;
        if let Some(present) = &present
            && is_the_same(present, &push)
        {
            return Ok(Told::Known);
        }
        if present.is_none() && push.kind == PushKind::Data {
            self.check_room(tenant).await?;
        }
        let conversations = self.conversations_of(tenant, &push.links);
        let heard = heard(&push, &links, &conversations);
        let event = self.for_organization(tenant, as_payload(&push, heard.clone()));
        let keep = Step::keep(Write::PutPush(tenant, push.clone()));
        self.recorder.record(tenant, vec![keep, event]).await?;
        self.telling.tenants.insert(tenant);
        for live in conversations {
            match self.show_told(&live, &push, &heard).await {
                // It was closed meanwhile: nobody looks at it any more.
                Ok(()) | Err(EngineError::ConversationClosed) => {}
                Err(error) => return Err(error.into()),
            }
        }
        // A link that is no more takes what it showed along.
        if let Some(present) = present {
            for live in self.conversations_of(tenant, &present.links) {
                let told = self.told_of(tenant, &live.head()).await?;
                match self.change_properties(&live, |properties| show(properties, &told)).await {
                    Ok(()) | Err(EngineError::ConversationClosed) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(Told::News)
    }

    /// Changes what is known of a customer; answered once it is kept.
    pub async fn change_customer(
        &self,
        tenant: TenantId,
        integration: IntegrationId,
        binding: &str,
        change: impl FnOnce(&mut Customer),
    ) -> Result<Customer, StoreError> {
        let turn = self.telling.turns.entry(tenant).or_default().clone();
        let _turn = turn.lock().await;
        let mut customer = self.customer(tenant, integration, binding).await?;
        change(&mut customer);
        self.recorder.record(tenant, vec![Step::keep(Write::PutCustomer(tenant, customer.clone()))]).await?;
        Ok(customer)
    }

    /// What is known of a customer.
    pub async fn customer(
        &self,
        tenant: TenantId,
        integration: IntegrationId,
        binding: &str,
    ) -> Result<Customer, StoreError> {
        let known = self.store.customer(tenant, integration, binding).await?;
        Ok(known.unwrap_or_else(|| Customer::new(integration, binding.to_owned())))
    }

    /// The open conversation of a customer on an integration of a tenant, if there is one.
    pub fn open_of(&self, tenant: TenantId, integration: IntegrationId, binding: &str) -> Option<Arc<Live>> {
        self.conversations.bound(integration, binding).filter(|live| live.tenant == tenant && live.is_kept())
    }

    /// The same request, with what was told of the customer in the properties that a new conversation gets.
    pub(super) async fn with_told(&self, tenant: TenantId, ask: Establish) -> Result<Establish, EngineError> {
        let is_open = self.conversations.bound(ask.integration, &ask.binding).is_some();
        if is_open || !self.telling.tenants.contains(&tenant) {
            return Ok(ask);
        }
        let mut properties: Properties = ask.properties.clone();
        let keys = CustomerKey::of_new(ask.integration, &ask.binding, &properties);
        let told = self.newest_told(tenant, &keys).await?;
        show(&mut properties, &told);
        Ok(Establish { properties, ..ask })
    }

    async fn check_room(&self, tenant: TenantId) -> Result<(), TellError> {
        let Some(most) = self.telling.limits.data_per_tenant else { return Ok(()) };
        let count = self.store.push_count(tenant, PushKind::Data).await?;
        if count >= most.get() { Err(TellError::TooMany) } else { Ok(()) }
    }

    /// Shows the newest that was told of a customer in its conversation; who has that hears of it.
    async fn show_told(
        &self,
        live: &Arc<Live>,
        push: &Push,
        heard: &Map<String, Value>,
    ) -> Result<(), EngineError> {
        let told = self.told_of(live.tenant, &live.head()).await?;
        let payload_type = match push.kind {
            PushKind::Data => "hubster.customer.data",
            PushKind::Event => "hubster.customer.event",
        };
        let event = Map::from_iter([
            ("type".to_owned(), "payload".into()),
            ("payloadType".to_owned(), payload_type.into()),
            ("payload".to_owned(), heard.clone().into()),
        ]);
        let done = {
            let mut lane = live.enter();
            if lane.head.closed.is_some() {
                return Err(EngineError::ConversationClosed);
            }
            let mut passage = Passage::new(self, live, &mut lane);
            passage.change_properties(|properties| show(properties, &told));
            passage.say(PlatformSays::event(event, Toward::Business));
            let steps = passage.finish();
            self.recorder.submit(Work::in_lane(live, steps))
        };
        Ok(kept(done).await?)
    }

    async fn told_of(&self, tenant: TenantId, head: &Conversation) -> Result<Vec<Push>, EngineError> {
        self.newest_told(tenant, &CustomerKey::of(head)).await
    }

    async fn newest_told(&self, tenant: TenantId, keys: &[CustomerKey]) -> Result<Vec<Push>, EngineError> {
        let limits = self.telling.limits;
        let mut told = self.store.pushes_of(tenant, keys, PushKind::Data, limits.data_shown).await?;
        told.extend(self.store.pushes_of(tenant, keys, PushKind::Event, limits.events_shown).await?);
        Ok(told)
    }

    /// The open conversations of a customer, each once.
    fn conversations_of(&self, tenant: TenantId, links: &[CustomerKey]) -> Vec<Arc<Live>> {
        let mut found: Vec<Arc<Live>> = Vec::new();
        for link in links {
            let linked: Vec<_> = match link {
                CustomerKey::Contact(integration, binding) => {
                    self.conversations.bound(*integration, binding).into_iter().collect()
                }
                said => {
                    let ids = self.conversations.by_customer().of(tenant, said);
                    ids.into_iter().filter_map(|id| self.conversations.get(tenant, id)).collect()
                }
            };
            for live in linked {
                if live.tenant == tenant && found.iter().all(|known| known.id != live.id) {
                    found.push(live);
                }
            }
        }
        found
    }
}

/// Told again in the same words: an event of one id happens once, a thing that is as it was is no news.
fn is_the_same(present: &Push, push: &Push) -> bool {
    match push.kind {
        PushKind::Event => true,
        PushKind::Data => present.data == push.data && present.links == push.links,
    }
}

/// What is heard of it.
fn heard(push: &Push, links: &[Value], conversations: &[Arc<Live>]) -> Map<String, Value> {
    let conversations: Vec<_> = conversations.iter().map(|live| live.id.to_string()).collect();
    let heard = match push.kind {
        PushKind::Data => json!({"type": push.name, "id": push.id, "data": push.data, "links": links,
            "conversationIds": conversations}),
        PushKind::Event => json!({"eventName": push.name, "id": push.id, "links": links,
            "conversationIds": conversations}),
    };
    let Value::Object(heard) = heard else { unreachable!("written as an object above") };
    heard
}

/// What the organization's sessions hear.
fn as_payload(push: &Push, heard: Map<String, Value>) -> Payload {
    let name = match push.kind {
        PushKind::Data => "messaging.CustomerDataPushed",
        PushKind::Event => "messaging.CustomerEventPushed",
    };
    let event_type = EventType::find(name).expect("the catalogue has it");
    Payload::check(event_type, heard).expect("it is made as the catalogue says")
}

#[cfg(test)]
mod tests;
