//! The engine: conversations from establishment to close, and what is said in them.
//! Every face comes through here; it must not know any of them.

use std::num::NonZeroUsize;
use std::sync::Arc;

use dashmap::DashMap;

use super::apps::WordForApps;
use super::countdown::Countdowns;
use super::deliveries::TakeOutgoing;
use super::error::EngineError;
use super::fates::Fates;
use super::idempotency::Turns;
use super::lane::{Conversations, Live, OpenConversations};
use super::newcomers::Newcomers;
use super::record::{Recorder, RecorderParts};
use super::stages::{StageSettings, Stages};
use super::telling::{Telling, TellingLimits};
use super::waiting::Attendance;
use crate::broker::{QueueLimits, Sessions, Topics};
use crate::domain::clock::{Clock, Millis};
use crate::domain::conversation::Conversation;
use crate::domain::hub::Hub;
use crate::domain::ids::{ConversationId, HubId, IntegrationId, TenantId};
use crate::domain::integration::Integration;
use crate::registry::Registry;
use crate::store::{Page, Store, StoreError};

/// What the engine works with.
pub struct EngineParts {
    /// Keeps.
    pub store: Arc<dyn Store>,
    /// The configuration in force.
    pub registry: Arc<Registry>,
    /// Fans out to sockets and sessions.
    pub topics: Topics,
    /// Holds streaming sessions.
    pub sessions: Arc<Sessions>,
    /// Takes what goes to webhooks.
    pub outgoing: Arc<dyn TakeOutgoing>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// How much a streaming session may hold.
    pub session_limits: QueueLimits,
    /// How many subscriptions the streaming sessions of an organization may have together; `None` for no limit.
    pub subscriptions_per_tenant: Option<NonZeroUsize>,
    /// How many subscriptions a streaming session may have.
    pub subscriptions_per_session: NonZeroUsize,
    /// What stages work with.
    pub stages: StageSettings,
    /// How much of what was said before goes along when a conversation is handed over, whatever the newest of it has.
    pub handover_past: Page,
    /// How much of what back ends tell of customers is kept and shown.
    pub telling: TellingLimits,
    /// Of how many messages of one conversation it is waited to hear what becomes of them.
    pub awaited_messages: NonZeroUsize,
    /// Puts into words what apps hear.
    pub app_words: Arc<dyn WordForApps>,
    /// Hears of customers who begin a conversation.
    pub newcomers: Newcomers,
}

/// The engine.
pub struct Engine {
    pub(super) store: Arc<dyn Store>,
    pub(super) registry: Arc<Registry>,
    pub(super) conversations: Arc<Conversations>,
    pub(super) recorder: Recorder,
    pub(super) sessions: Arc<Sessions>,
    pub(super) session_limits: QueueLimits,
    pub(super) subscriptions_per_tenant: Option<NonZeroUsize>,
    pub(super) subscriptions_per_session: NonZeroUsize,
    pub(super) handover_past: Page,
    /// Repeatable requests that are under way.
    pub(super) turns: Turns,
    /// What back ends tell of customers.
    pub(super) telling: Telling,
    pub(super) awaited_messages: NonZeroUsize,
    /// The stages of hubs.
    pub(super) stages: Stages,
    /// Hand-overs that are due later.
    pub(super) countdowns: Arc<Countdowns>,
    /// Puts into words what apps hear.
    pub(super) app_words: Arc<dyn WordForApps>,
    /// Hears of customers who begin a conversation.
    pub(super) newcomers: Newcomers,
    /// Where it is told what becomes of messages whose sender waits to hear it.
    pub(super) fates: Fates,
    topics: Topics,
    pub(super) clock: Arc<dyn Clock>,
    /// The agents' numbers for conversations, by organization.
    numbers: DashMap<TenantId, i64>,
    /// Dropped with the engine: whoever looks after the queue, the countdowns and fates ends with it.
    _attendances: [Attendance; 3],
}

impl Engine {
    /// Takes up what the store holds: open conversations, orders, sessions with their events.
    pub async fn start(parts: EngineParts) -> Result<Arc<Self>, StoreError> {
        let orders = parts.store.orders().await?;
        let sessions = parts.store.sessions().await?;
        let told_of = parts.store.told_of().await?;
        let conversations = Arc::new(Conversations::default());
        let (fates, told_fates) = Fates::new();
        let recorder_parts = RecorderParts {
            store: parts.store.clone(),
            conversations: conversations.clone(),
            topics: parts.topics.clone(),
            sessions: parts.sessions.clone(),
            outgoing: parts.outgoing,
            fates: fates.clone(),
            clock: parts.clock.clone(),
        };
        let newest_delivery = parts.store.newest_delivery().await?;
        let recorder = Recorder::start(recorder_parts, &orders, &sessions, newest_delivery);
        let (of_queue, queue_gone) = Attendance::new();
        let (of_countdowns, countdowns_gone) = Attendance::new();
        let (of_fates, fates_gone) = Attendance::new();
        let engine = Self {
            store: parts.store,
            registry: parts.registry,
            conversations,
            recorder,
            sessions: parts.sessions,
            session_limits: parts.session_limits,
            subscriptions_per_tenant: parts.subscriptions_per_tenant,
            subscriptions_per_session: parts.subscriptions_per_session,
            handover_past: parts.handover_past,
            turns: Turns::default(),
            telling: Telling::new(parts.telling, told_of),
            awaited_messages: parts.awaited_messages,
            stages: Stages::new(parts.stages),
            countdowns: Arc::default(),
            topics: parts.topics,
            clock: parts.clock,
            numbers: orders.iter().map(|order| (order.tenant, order.number)).collect(),
            app_words: parts.app_words,
            newcomers: parts.newcomers,
            fates,
            _attendances: [of_queue, of_countdowns, of_fates],
        };
        for record in engine.store.open_conversations().await? {
            engine.countdowns.note(&record.conversation);
            engine.conversations.restore(record);
        }
        engine.foresee_kept().await?;
        engine.restore_held().await?;
        engine.restore_sessions(sessions).await?;
        let engine = Arc::new(engine);
        engine.attend_queue(queue_gone);
        engine.attend_countdowns(countdowns_gone);
        engine.attend_fates(told_fates, fates_gone);
        Ok(engine)
    }

    /// The present moment.
    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    /// The configuration in force.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Where sockets attach.
    pub fn topics(&self) -> &Topics {
        &self.topics
    }

    /// Streaming sessions of this process.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// A conversation of a tenant, open or closed.
    pub async fn conversation(
        &self,
        tenant: TenantId,
        id: ConversationId,
    ) -> Result<Conversation, EngineError> {
        if let Some(live) = self.conversations.get(tenant, id) {
            return Ok(live.head());
        }
        self.store.conversation(tenant, id).await?.ok_or(EngineError::ConversationNotFound)
    }

    /// A live conversation of a tenant.
    ///
    /// # Errors
    /// [`EngineError::ConversationClosed`] when it was closed, [`EngineError::ConversationNotFound`] when the tenant
    /// has none of that id.
    pub(super) async fn live(&self, tenant: TenantId, id: ConversationId) -> Result<Arc<Live>, EngineError> {
        if let Some(live) = self.conversations.get(tenant, id) {
            return Ok(live);
        }
        match self.store.conversation(tenant, id).await? {
            Some(_) => Err(EngineError::ConversationClosed),
            None => Err(EngineError::ConversationNotFound),
        }
    }

    /// A conversation of a tenant while it is open.
    pub fn open(&self, tenant: TenantId, id: ConversationId) -> Option<Arc<Live>> {
        self.conversations.get(tenant, id)
    }

    /// The open conversations of a hub, the newest first.
    pub fn open_in_hub(
        &self,
        tenant: TenantId,
        hub: HubId,
        limit: usize,
    ) -> Result<OpenConversations, EngineError> {
        self.hub(tenant, hub)?;
        Ok(self.conversations.of_hub(hub, limit))
    }

    /// The open conversations that an integration takes part in, the newest first.
    pub fn open_at(&self, integration: IntegrationId, limit: usize) -> OpenConversations {
        self.conversations.of_integration(integration, limit)
    }

    /// A hub of a tenant.
    pub fn hub(&self, tenant: TenantId, id: HubId) -> Result<Arc<Hub>, EngineError> {
        self.registry.hub(tenant, id).ok_or(EngineError::HubNotFound)
    }

    /// An integration of a tenant.
    pub fn integration(&self, tenant: TenantId, id: IntegrationId) -> Result<Arc<Integration>, EngineError> {
        self.registry.integration(tenant, id).ok_or(EngineError::IntegrationNotFound)
    }

    /// Waits until everything is kept that has been taken so far.
    ///
    /// # Errors
    /// When the store was closed before.
    pub async fn settle(&self) -> Result<(), StoreError> {
        self.recorder.settle().await
    }

    /// The next of the agents' numbers of an organization.
    pub(super) fn next_number(&self, tenant: TenantId) -> i64 {
        let mut last = self.numbers.entry(tenant).or_default();
        *last += 1;
        *last
    }
}
