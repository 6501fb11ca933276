//! What back ends tell of customers: kept, shown in the properties of the customer's conversations, and heard by
//! whoever follows those or the organization's events. It must not know how a customer is named on any face.

mod heard;
mod turns;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use dashmap::DashMap;
use serde_json::{Map, Value};

use self::heard::{as_activity, as_payload, heard};
use self::turns::Turns;
use super::engine::Engine;
use super::error::EngineError;
use super::establish::Establish;
use super::lane::Live;
use super::record::{Done, Step, Work, kept};
use super::submit::{Passage, PlatformSays, Toward};
use crate::domain::conversation::{Conversation, Properties};
use crate::domain::customer::{Customer, CustomerKey, Push, PushKind, hide, show};
use crate::domain::ids::{ConversationId, IntegrationId, TenantId};
use crate::store::{StoreError, Write, carried_out};

/// How much of what was told is kept and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TellingLimits {
    /// Things that the properties of one conversation show.
    pub data_shown: usize,
    /// Events that they show.
    pub events_shown: usize,
    /// Customers of one tenant of whom it is kept what they prefer; `None` for no limit. Who opts out is kept
    /// beyond it too.
    pub customers_per_tenant: Option<NonZeroUsize>,
    /// Things of all customers of one tenant; `None` for no limit.
    pub data_per_tenant: Option<NonZeroUsize>,
    /// Open conversations of one customer that show what is told, and hear it.
    pub conversations: NonZeroUsize,
}

/// Who was told anything, and whose turn it is to tell.
pub(super) struct Telling {
    limits: TellingLimits,
    /// How often since the start. Nothing is looked up for the conversations of tenants that are not here.
    times: DashMap<TenantId, Times>,
    /// Of one thing. Held from the look at what there is until the last conversation that is to show it has it in its
    /// lane: whoever tells it again is heard later.
    things: Turns<(TenantId, PushKind, String, String)>,
    /// Of one conversation. Held from the look at what was told of its customer until it has that in its lane: of two
    /// that tell at once, whoever looks later shows both.
    conversations: Turns<ConversationId>,
    /// Of one tenant, to whose customers something is added that is counted. Held until it counts.
    additions: Turns<TenantId>,
}

/// How often something was told of a tenant's customers since the start: as often as when one looked means that there
/// is nothing new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Times(u64);

impl Telling {
    pub(super) fn new(limits: TellingLimits, tenants: Vec<TenantId>) -> Self {
        let times = tenants.into_iter().map(|tenant| (tenant, Times::default())).collect();
        Self {
            limits,
            times,
            things: Turns::default(),
            conversations: Turns::default(),
            additions: Turns::default(),
        }
    }

    /// How often something was told; none where nothing ever was.
    pub(super) fn times(&self, tenant: TenantId) -> Option<Times> {
        self.times.get(&tenant).map(|times| *times)
    }

    /// Something more was told, and is kept.
    fn note(&self, tenant: TenantId) {
        self.times.entry(tenant).or_default().0 += 1;
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
    #[error("the tenant has as many customers, or things told of them, as it may")]
    TooMany,
    /// An event of this name and id happened to another customer.
    #[error("an event of this name and id was told of another customer")]
    AnothersEvent,
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
    /// conversations. `links` are its links in the words in which they were given. It is carried through when the
    /// caller goes away.
    pub async fn tell(
        self: &Arc<Self>,
        tenant: TenantId,
        push: Push,
        links: Vec<Value>,
    ) -> Result<Told, TellError> {
        let engine = self.clone();
        carried_out(async move { engine.tell_through(tenant, push, &links).await }).await
    }

    async fn tell_through(&self, tenant: TenantId, push: Push, links: &[Value]) -> Result<Told, TellError> {
        let thing = (tenant, push.kind, push.name.clone(), push.id.clone());
        let turn = self.telling.things.take(thing).await;
        let present = self.store.push(tenant, push.kind, &push.name, &push.id).await?;
        let (told, showing) = match present {
            Some(present) if is_anothers(&present, &push) => return Err(TellError::AnothersEvent),
            // Whoever told it before may have been cut off before all showed it.
            Some(present) if is_the_same(&present, &push) => {
                (Told::Known, self.show_everywhere(&present, tenant, &News::Silent).await?)
            }
            present => {
                let news = self.keep_push(tenant, &push, present.as_ref(), links).await?;
                let mut showing = self.show_everywhere(&push, tenant, &news).await?;
                if let Some(present) = present {
                    let gone = News::Gone([push.kind].into());
                    showing.extend(self.show_everywhere(&present, tenant, &gone).await?);
                }
                (Told::News, showing)
            }
        };
        // What has its place in the recorder's queue comes in this order, whoever tells it next.
        drop(turn);
        for done in showing {
            kept(done).await?;
        }
        Ok(told)
    }

    /// Changes what is known of a customer; answered once it is kept. It is carried through when the caller goes away:
    /// whoever changes it next builds on it.
    pub async fn change_customer(
        self: &Arc<Self>,
        tenant: TenantId,
        integration: IntegrationId,
        binding: &str,
        change: impl FnOnce(&mut Customer) + Send + 'static,
    ) -> Result<Customer, TellError> {
        let (engine, binding) = (self.clone(), binding.to_owned());
        carried_out(async move { engine.change_through(tenant, integration, &binding, change).await }).await
    }

    async fn change_through(
        &self,
        tenant: TenantId,
        integration: IntegrationId,
        binding: &str,
        change: impl FnOnce(&mut Customer),
    ) -> Result<Customer, TellError> {
        let _turn = self.telling.additions.take(tenant).await;
        let known = self.store.customer(tenant, integration, binding).await?;
        let before = known.clone().unwrap_or_else(|| Customer::new(integration, binding.to_owned()));
        let mut customer = before.clone();
        change(&mut customer);
        if customer == before {
            return Ok(customer);
        }
        // Whoever wants no messages is sent none, however many others have said so.
        if known.is_none() && !customer.opted_out {
            let most = self.telling.limits.customers_per_tenant;
            has_room(most, self.store.customer_count(tenant)).await?;
        }
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

    /// The same request, with what was told of the customer in the properties that a new conversation gets; and how
    /// often something had been told before, where that was looked at.
    pub(super) async fn with_told(
        &self,
        tenant: TenantId,
        ask: Establish,
    ) -> Result<(Establish, Option<Times>), EngineError> {
        let Some(times) = self.telling.times(tenant) else { return Ok((ask, None)) };
        if self.conversations.bound(ask.integration, &ask.binding).is_some() {
            return Ok((ask, None));
        }
        let mut properties: Properties = ask.properties.clone();
        let keys = CustomerKey::of_new(ask.integration, &ask.binding, &properties);
        let told = self.newest_told(tenant, &keys).await?;
        show(&mut properties, &told);
        Ok((Establish { properties, ..ask }, Some(times)))
    }

    /// Changes what is known of the customer of an open conversation, and shows what was told of whom it turns out to
    /// be; answered once both are kept.
    ///
    /// # Errors
    /// [`EngineError::ConversationClosed`].
    pub async fn learn_of_customer(
        &self,
        live: &Arc<Live>,
        change: impl FnOnce(&mut Properties),
    ) -> Result<(), EngineError> {
        let before = CustomerKey::of(&live.head());
        self.change_properties(live, change).await?;
        if self.telling.times(live.tenant).is_none() || CustomerKey::of(&live.head()) == before {
            return Ok(());
        }
        let shown = self.newest_told(live.tenant, &before).await?;
        let shown = shown.iter().map(|push| push.kind).collect();
        match self.show_told(live, &News::Gone(shown)).await? {
            Some(done) => Ok(kept(done).await?),
            None => Ok(()),
        }
    }

    /// Shows what was told since somebody looked, in a conversation that is kept by now: who told it may have missed
    /// the conversation.
    pub(super) async fn show_told_since(
        &self,
        live: &Arc<Live>,
        looked: Option<Times>,
    ) -> Result<(), EngineError> {
        if self.telling.times(live.tenant) == looked {
            return Ok(());
        }
        match self.show_told(live, &News::Silent).await? {
            Some(done) => Ok(kept(done).await?),
            None => Ok(()),
        }
    }

    /// Keeps something that is told, in place of what is present; the organization's sessions and apps hear it with
    /// that.
    async fn keep_push(
        &self,
        tenant: TenantId,
        push: &Push,
        present: Option<&Push>,
        links: &[Value],
    ) -> Result<News, TellError> {
        let most = self.telling.limits.data_per_tenant;
        let is_counted = present.is_none() && push.kind == PushKind::Data && most.is_some();
        let _turn = if is_counted { Some(self.telling.additions.take(tenant).await) } else { None };
        if is_counted {
            has_room(most, self.store.push_count(tenant, PushKind::Data)).await?;
        }
        let conversations = self.conversations_of(tenant, &push.links);
        let heard = heard(push, links, &conversations);
        let mut steps = vec![Step::keep(Write::PutPush(tenant, push.clone()))];
        steps.push(self.for_organization(tenant, as_payload(push, heard.clone())));
        steps.extend(self.for_apps(tenant, push, &heard, &conversations));
        self.recorder.record(tenant, steps).await?;
        self.telling.note(tenant);
        Ok(News::Told(as_activity(push, heard)))
    }

    /// Shows the newest that was told in the open conversations of whom a push is told of.
    async fn show_everywhere(
        &self,
        push: &Push,
        tenant: TenantId,
        news: &News,
    ) -> Result<Vec<Done>, EngineError> {
        let mut showing = Vec::new();
        for live in self.conversations_of(tenant, &push.links) {
            showing.extend(self.show_told(&live, news).await?);
        }
        Ok(showing)
    }

    /// Shows the newest that was told of a customer in its conversation; who has that hears the news. Nothing
    /// where the conversation was closed meanwhile: nobody looks at it any more.
    async fn show_told(&self, live: &Arc<Live>, news: &News) -> Result<Option<Done>, EngineError> {
        let _turn = self.telling.conversations.take(live.id).await;
        let told = self.told_of(live.tenant, &live.head()).await?;
        let mut lane = live.enter();
        if lane.head.closed.is_some() {
            return Ok(None);
        }
        let mut passage = Passage::new(self, live, &mut lane);
        passage.change_properties(|properties| {
            if let News::Gone(kinds) = news {
                kinds.iter().for_each(|kind| hide(properties, *kind));
            }
            show(properties, &told);
        });
        if let News::Told(activity) = news {
            passage.say(PlatformSays::event(activity.clone(), Toward::BusinessAndListeners));
        }
        let steps = passage.finish();
        Ok(Some(self.recorder.submit(Work::in_lane(live, steps))))
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

    /// The open conversations of a customer, each once and as many as may hear: of each link the newest. One that is
    /// about to be kept is not among them; whoever opens it looks at what is told.
    fn conversations_of(&self, tenant: TenantId, links: &[CustomerKey]) -> Vec<Arc<Live>> {
        let most = self.telling.limits.conversations.get();
        let mut found: Vec<Arc<Live>> = Vec::new();
        for link in links {
            let linked: Vec<_> = match link {
                CustomerKey::Contact(integration, binding) => {
                    self.open_of(tenant, *integration, binding).into_iter().collect()
                }
                said => {
                    let ids = self.conversations.by_customer().newest(tenant, said, most);
                    ids.into_iter().filter_map(|id| self.conversations.get(tenant, id)).collect()
                }
            };
            for live in linked.into_iter().filter(|live| live.is_kept()) {
                if found.len() < most && found.iter().all(|known| known.id != live.id) {
                    found.push(live);
                }
            }
        }
        found
    }
}

/// What is new to the conversations of a customer.
enum News {
    /// Nothing that anybody should hear.
    Silent,
    /// Something was told; its business's side hears this.
    Told(Map<String, Value>),
    /// Of these kinds something may be told of the customer no longer.
    Gone(BTreeSet<PushKind>),
}

/// Whether there may be one more than are counted, which is done only where there is a limit.
async fn has_room(
    most: Option<NonZeroUsize>,
    counted: impl Future<Output = Result<usize, StoreError>>,
) -> Result<(), TellError> {
    match most {
        Some(most) if counted.await? >= most.get() => Err(TellError::TooMany),
        _ => Ok(()),
    }
}

/// The same event cannot happen to two: one that shares no link with what is present is another customer's.
fn is_anothers(present: &Push, push: &Push) -> bool {
    push.kind == PushKind::Event && !push.links.iter().any(|link| present.links.contains(link))
}

/// Told again in the same words: an event of one id happens once, a thing that is as it was is no news.
fn is_the_same(present: &Push, push: &Push) -> bool {
    match push.kind {
        PushKind::Event => true,
        PushKind::Data => present.data == push.data && present.links == push.links,
    }
}

#[cfg(test)]
mod tests;
