//! A whole engine on a store in memory and a clock that stands still, for the tests of this room and the outlets.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};

pub(crate) use super::stages::testing::{Mood, ScriptedPlugins};
use super::telling::TellingLimits;
use super::{
    ActivityDraft, Addressee, AppNews, Door, Engine, EngineError, EngineParts, Establish, NewSession,
    Newcomers, Outgoing, PublishedEvent, Pushed, Receipt, Scene, StageSettings, TakeOutgoing, TeamAllowance,
    WordForApps,
};
use crate::auth::Sealer;
use crate::broker::{
    Acknowledgement, PollRequest, QueueLimits, SessionSpec, Sessions, Stats, Topics, WireFormat,
};
use crate::domain::audit::Actor;
use crate::domain::catalogue::{EventType, Payload};
use crate::domain::client::Api;
use crate::domain::clock::{Clock, ManualClock, Millis};
use crate::domain::contact_update::ContactUpdate;
use crate::domain::conversation::Conversation;
use crate::domain::customer::{Customer, CustomerKey, Push, PushKind};
use crate::domain::delivery::{DeliveryNo, Endpoint};
use crate::domain::faq::FaqNode;
use crate::domain::hub::{Hub, HubStatus};
use crate::domain::ids::{
    ClientId, ConversationId, DeliveryId, FaqEditionId, FaqUploadId, IntegrationId, TenantId, UserId,
    VisitorId,
};
use crate::domain::integration::{Integration, IntegrationStatus, IntegrationType};
use crate::domain::messaging::App;
use crate::domain::order::{EventId, Position};
use crate::domain::subscription::{Events, Filter, Ids, Resources, WatchedGroup};
use crate::registry::{ConfigurationSpec, DirectSpec, HubSpec, IntegrationSpec, Registry, UserSpec};
use crate::store::{
    ActivityRecord, AuditPage, AuditQuery, Configuration, ConversationRecord, CustomerFound, CustomerQuery,
    DeliveryHead, DeliveryPage, DeliveryQuery, DeliveryRecord, DeliveryStore, EventRecord, FaqEditionRecord,
    FaqRetention, FaqUploadRecord, HeldRecord, HistoryQuery, IdempotencyRecord, Identity, LatestQuery,
    LeftAlone, MemoryStore, NotificationPage, NotificationQuery, NotificationStore, Page, PendingQuery,
    PendingTotal, Place, Pruned, Replay, ReplayScope, Retention, SessionRecord, StoppedEndpoint, Store,
    StoreError, TenantOrder, ToldFate, ToldQuery, Write,
};

/// How many subscriptions a session may have.
pub(crate) const SUBSCRIPTIONS: NonZeroUsize = NonZeroUsize::new(3).unwrap();

/// After how many failures in a row a plug-in is left alone.
pub(crate) const PLUGIN_FAILURES: NonZeroU32 = NonZeroU32::new(2).unwrap();

/// For how long it is left alone.
pub(crate) const PLUGIN_PAUSE: Duration = Duration::from_secs(30);

/// How many activities of one conversation may wait for their turns.
pub(crate) const WAITING: NonZeroUsize = NonZeroUsize::new(100).unwrap();

/// How many questions a plug-in may be asked at the same time.
pub(crate) const PLUGIN_QUESTIONS: NonZeroUsize = NonZeroUsize::new(2).unwrap();

/// How many activities of one conversation may be held.
pub(crate) const HELD: NonZeroUsize = NonZeroUsize::new(3).unwrap();

/// Of how many messages of one conversation it is waited to hear what becomes of them.
pub(crate) const AWAITED_MESSAGES: NonZeroUsize = NonZeroUsize::new(3).unwrap();
/// How many conversations of one customer hear what is told of it.
pub(crate) const TOLD_CONVERSATIONS: NonZeroUsize = NonZeroUsize::new(2).unwrap();

/// How many activities go along with a hand-over.
pub(crate) const HANDOVER_ACTIVITIES: usize = 3;

/// How many bytes they have together.
pub(crate) const HANDOVER_BYTES: usize = 4096;

/// The engine with what its tests need at hand.
pub(crate) struct Bench {
    pub(crate) engine: Arc<Engine>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) store: Arc<FaultyStore>,
    pub(crate) clock: ManualClock,
    pub(crate) tenant: TenantId,
    pub(crate) hub: Arc<Hub>,
    pub(crate) customer: IntegrationId,
    pub(crate) agent: Arc<Integration>,
    pub(crate) user: UserId,
    pub(crate) plugins: Arc<ScriptedPlugins>,
    pub(crate) outgoing: Arc<Collected>,
    pub(crate) words: Arc<PlainWords>,
}

/// Puts what apps hear into as few words as it can.
#[derive(Default)]
pub(crate) struct PlainWords {
    to_break: AtomicUsize,
}

impl PlainWords {
    /// The next so many items break down.
    pub(crate) fn break_next(&self, items: usize) {
        self.to_break.store(items, Ordering::SeqCst);
    }
}

impl WordForApps for PlainWords {
    fn envelope(&self, _: TenantId, app: &App) -> String {
        format!(r#"{{"app":"{}""#, app.client)
    }

    fn item(&self, _: Scene<'_>, news: AppNews<'_>) -> Option<String> {
        assert!(!counts_down(&self.to_break), "broken for a test");
        Some(match news {
            AppNews::Said(activity) => format!("said {}", activity.event_id),
            AppNews::Moved(_, event, _) => format!("{event:?}"),
            AppNews::Resolved => "Resolved".to_owned(),
            AppNews::Closed => "Closed".to_owned(),
            AppNews::Status(news) => format!("{:?}", news.status),
        })
    }

    fn pushed(&self, _: TenantId, scene: Option<Scene<'_>>, pushed: Pushed<'_>) -> String {
        let place = if scene.is_some() { "here" } else { "nowhere" };
        format!("{:?} {} {place}", pushed.kind, pushed.heard["id"])
    }

    fn question(&self, _: &Conversation) -> Option<String> {
        None
    }

    fn answer(&self, _: &[u8]) -> Result<ContactUpdate, String> {
        Err("nobody was asked".to_owned())
    }
}

/// Collects what goes to webhooks.
#[derive(Default)]
pub(crate) struct Collected(Mutex<Vec<Outgoing>>);

impl Collected {
    /// What has come since this was last asked.
    pub(crate) fn taken(&self) -> Vec<Outgoing> {
        std::mem::take(&mut self.0.lock())
    }
}

impl TakeOutgoing for Collected {
    fn take(&self, outgoing: Vec<Outgoing>) {
        self.0.lock().extend(outgoing);
    }
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let clock = ManualClock::at(Millis(1_700_000_000_000));
        let inner = MemoryStore::new();
        let store = Arc::new(FaultyStore {
            inner,
            broken: AtomicBool::new(false),
            is_changed_elsewhere: AtomicBool::new(false),
            heads_to_lose: AtomicUsize::new(0),
            is_slow: AtomicBool::new(false),
            unreadable: Mutex::default(),
            lost_reads: AtomicUsize::new(0),
            replays: AtomicUsize::new(0),
            pasts: AtomicUsize::new(0),
            pasts_to_break: AtomicUsize::new(0),
        });
        let shared_clock: Arc<dyn Clock> = Arc::new(clock.clone());
        let sealer = Arc::new(Sealer::new(&[7; 32]));
        let registry = Arc::new(Registry::load(store.clone(), sealer, shared_clock.clone()).await.unwrap());
        let plugins = Arc::new(ScriptedPlugins::default());
        let outgoing = Arc::new(Collected::default());
        let tenant = registry.create_tenant("demo").await.unwrap().tenant.id;
        let stats = Arc::new(Stats::default());
        let topics = Topics::new(stats.clone());
        let words = Arc::new(PlainWords::default());
        let sessions = Arc::new(Sessions::new(topics.clone(), shared_clock.clone(), stats));
        let engine = Engine::start(EngineParts {
            store: store.clone(),
            registry: registry.clone(),
            topics,
            sessions,
            outgoing: outgoing.clone(),
            clock: shared_clock,
            session_limits: QueueLimits { events: 1000, bytes: 1 << 20 },
            subscriptions_per_tenant: None,
            subscriptions_per_session: SUBSCRIPTIONS,
            stages: stage_settings(plugins.clone()),
            handover_past: Page { rows: HANDOVER_ACTIVITIES, bytes: HANDOVER_BYTES },
            telling: TellingLimits {
                data_shown: 3,
                events_shown: 2,
                customers_per_tenant: NonZeroUsize::new(3),
                data_per_tenant: NonZeroUsize::new(5),
                conversations: TOLD_CONVERSATIONS,
            },
            awaited_messages: AWAITED_MESSAGES,
            app_words: words.clone(),
            newcomers: Newcomers::unasked(),
        })
        .await
        .unwrap();
        let hub = registry
            .create_hub(
                Actor::operator(tenant),
                HubSpec {
                    name: "hub".to_owned(),
                    description: String::new(),
                    close_dormant_days: 0,
                    status: HubStatus::Active,
                },
                None,
            )
            .await
            .unwrap();
        let user = create_user(&registry, tenant, "Alex").await;
        let customer = create(&registry, &hub, "customer", IntegrationType::Customer, None).await.id;
        let agent = create(&registry, &hub, "agent", IntegrationType::Agent, Some(user.clone())).await;
        Self { engine, registry, store, clock, tenant, hub, customer, agent, user, plugins, outgoing, words }
    }

    /// The tenant's client of the messaging API.
    pub(crate) fn messaging_client(&self) -> ClientId {
        self.registry.client_for(self.tenant, Api::Messaging).unwrap().id.clone()
    }

    /// Its webhook hears from now on.
    pub(crate) async fn register_app(&self) {
        self.register_app_of(self.messaging_client()).await;
    }

    /// The webhook of a client hears from now on.
    pub(crate) async fn register_app_of(&self, client: ClientId) {
        let (by, url) = (Actor::operator(self.tenant), "https://shop.example".to_owned());
        self.registry.register_app(by, client, url).await.unwrap();
    }

    /// Another engine on the same store takes the place of this one, as after a restart.
    pub(crate) async fn restart(&mut self) {
        let stats = Arc::new(Stats::default());
        let topics = Topics::new(stats.clone());
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let restarted = Engine::start(EngineParts {
            store: self.store.clone(),
            registry: self.registry.clone(),
            topics: topics.clone(),
            sessions: Arc::new(Sessions::new(topics, clock.clone(), stats)),
            outgoing: self.outgoing.clone(),
            clock,
            session_limits: self.engine.session_limits,
            subscriptions_per_tenant: self.engine.subscriptions_per_tenant,
            subscriptions_per_session: self.engine.subscriptions_per_session,
            stages: stage_settings(self.plugins.clone()),
            handover_past: self.engine.handover_past,
            telling: self.engine.telling.limits(),
            awaited_messages: self.engine.awaited_messages,
            app_words: self.words.clone(),
            newcomers: Newcomers::unasked(),
        });
        self.engine = restarted.await.unwrap();
    }

    /// Another agent of the hub, with a user of its own.
    pub(crate) async fn another_agent(&self) -> (Arc<Integration>, UserId) {
        let user = create_user(&self.registry, self.tenant, "Sam").await;
        let agent =
            create(&self.registry, &self.hub, "another", IntegrationType::Agent, Some(user.clone())).await;
        (agent, user)
    }

    /// Another integration of the hub.
    pub(crate) async fn integration(
        &self,
        name: &str,
        kind: IntegrationType,
        user: Option<UserId>,
    ) -> Arc<Integration> {
        create(&self.registry, &self.hub, name, kind, user).await
    }

    pub(crate) async fn establish(&self, binding: &str) -> Result<Conversation, EngineError> {
        self.establish_as(None, binding).await
    }

    /// A visitor of a web chat establishes.
    pub(crate) async fn visit(&self, binding: &str, visitor: VisitorId) -> Result<Conversation, EngineError> {
        self.establish_as(Some(visitor), binding).await
    }

    async fn establish_as(
        &self,
        visitor: Option<VisitorId>,
        binding: &str,
    ) -> Result<Conversation, EngineError> {
        let (integration, properties) = (self.customer, Map::new());
        let ask = Establish { integration, binding: binding.to_owned(), properties, visitor };
        self.engine.establish(self.tenant, ask).await.map(|established| established.conversation)
    }

    /// The customer says a text.
    pub(crate) async fn say(&self, conversation: ConversationId, text: &str) -> Result<Receipt, EngineError> {
        self.engine.submit(self.tenant, conversation, Door::Customer, draft(text, None)).await
    }

    /// An agent says a text.
    pub(crate) async fn answer(
        &self,
        conversation: ConversationId,
        agent: IntegrationId,
        text: &str,
    ) -> Result<Receipt, EngineError> {
        self.engine.submit(self.tenant, conversation, Door::Business, draft(text, Some(agent))).await
    }

    /// A producer publishes an event, whose payload says nothing.
    pub(crate) async fn publish(&self, event_type: &str, addressee: Addressee) {
        self.publish_with(event_type, addressee, Map::new()).await.unwrap();
    }

    /// A producer publishes an event.
    pub(crate) async fn publish_with(
        &self,
        event_type: &str,
        addressee: Addressee,
        payload: Map<String, Value>,
    ) -> Result<(), StoreError> {
        let event_type = EventType::find(event_type).unwrap();
        let payload = Payload::check(event_type, payload).unwrap();
        let event = PublishedEvent { addressee, correlation_id: None, payload };
        let mut nothing = TeamAllowance { deliveries: 0, bytes: 0 };
        let prepared = self.engine.prepare_event(self.tenant, event, &mut nothing).unwrap();
        self.engine.publish_events(self.tenant, vec![prepared], None).await
    }

    /// A session of a user.
    pub(crate) async fn session(&self, user: &UserId, acknowledgement: Acknowledgement) -> SessionSpec {
        let inactivity = Duration::from_secs(60);
        let new =
            NewSession { user: user.clone(), format: WireFormat::StreamV3, inactivity, acknowledgement };
        self.engine.open_session(self.tenant, new, None).await.unwrap()
    }

    /// The types of the events that wait in a session, which takes them.
    pub(crate) async fn heard(&self, session: &SessionSpec) -> Vec<String> {
        let events = self.taken(session).await;
        events.iter().map(|event| event["eventType"].as_str().unwrap().to_owned()).collect()
    }

    /// The events that wait in a session, which takes them, as version 3 shows them.
    pub(crate) async fn taken(&self, session: &SessionSpec) -> Vec<Value> {
        let request = PollRequest {
            tenant: self.tenant,
            id: session.id,
            format: session.format,
            max: 200,
            wait: Duration::ZERO,
            after: None,
        };
        let handover = self.engine.poll(request).await.unwrap();
        let bytes = handover.events().iter().map(|event| event.bytes(WireFormat::StreamV3));
        let events = bytes.map(|bytes| serde_json::from_slice(bytes).unwrap()).collect();
        handover.complete();
        events
    }
}

fn stage_settings(plugins: Arc<ScriptedPlugins>) -> StageSettings {
    StageSettings {
        keyword_bytes: 1024,
        language_bytes: 64,
        sentiment_bytes: 256,
        plugin_failures: PLUGIN_FAILURES,
        plugin_pause: PLUGIN_PAUSE,
        plugin_questions: PLUGIN_QUESTIONS,
        held_per_conversation: HELD,
        waiting_per_conversation: WAITING,
        plugins,
    }
}

async fn create_user(registry: &Arc<Registry>, tenant: TenantId, name: &str) -> UserId {
    let (user, ()) =
        registry.create_user(Actor::operator(tenant), UserSpec::named(name), None, |_| ()).await.unwrap();
    user.id.clone()
}

async fn create(
    registry: &Arc<Registry>,
    hub: &Hub,
    name: &str,
    kind: IntegrationType,
    user: Option<UserId>,
) -> Arc<Integration> {
    let configuration = ConfigurationSpec::Direct(DirectSpec { user, ..DirectSpec::default() });
    let spec =
        IntegrationSpec { name: name.to_owned(), kind, status: IntegrationStatus::Active, configuration };
    registry.create_integration(Actor::operator(hub.tenant), hub.id, spec, None).await.unwrap()
}

pub(crate) fn draft(text: &str, sender: Option<IntegrationId>) -> ActivityDraft {
    let body = json!({"type": "message", "message": {"type": "text", "text": text}});
    let mut draft = ActivityDraft::from_body(body.as_object().unwrap()).unwrap();
    draft.sender = sender;
    draft
}

/// A filter for all third-party events of these users; of all users when none is listed.
pub(crate) fn third_party_of(users: &[&str]) -> Filter {
    let listed = Resources::Users(Ids::listed(users.iter().copied().map(UserId::from).collect()));
    Filter::new(WatchedGroup::EngagementCenterThirdParty, Events::All, listed).unwrap()
}

/// A store whose commits and whose configuration fail while it is broken, and that counts how often readers ask for
/// what they missed, and a hand-over for what was said before.
pub(crate) struct FaultyStore {
    inner: MemoryStore,
    broken: AtomicBool,
    is_changed_elsewhere: AtomicBool,
    heads_to_lose: AtomicUsize,
    is_slow: AtomicBool,
    unreadable: Mutex<Vec<Endpoint>>,
    lost_reads: AtomicUsize,
    replays: AtomicUsize,
    pasts: AtomicUsize,
    pasts_to_break: AtomicUsize,
}

impl FaultyStore {
    pub(crate) fn break_down(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }

    /// As when another process had written to it.
    pub(crate) fn change_elsewhere(&self) {
        self.is_changed_elsewhere.store(true, Ordering::SeqCst);
    }

    /// From now on only commits fail that keep the head of a conversation.
    pub(crate) fn lose_heads(&self) {
        self.lose_next_heads(usize::MAX);
    }

    /// The next so many commits fail that keep the head of a conversation.
    pub(crate) fn lose_next_heads(&self, commits: usize) {
        self.heads_to_lose.store(commits, Ordering::SeqCst);
    }

    fn loses_head(&self) -> bool {
        counts_down(&self.heads_to_lose)
    }

    /// Whoever next asks for what was said before breaks down, so many times.
    pub(crate) fn break_next_pasts(&self, readings: usize) {
        self.pasts_to_break.store(readings, Ordering::SeqCst);
    }

    /// From now on commits are carried out a while before they are answered.
    pub(crate) fn slow_down(&self) {
        self.is_slow.store(true, Ordering::SeqCst);
    }

    /// Reads of what waits for an endpoint fail until all is repaired.
    pub(crate) fn lose(&self, endpoint: &Endpoint) {
        self.unreadable.lock().push(endpoint.clone());
    }

    /// How often it was asked for what it has lost.
    pub(crate) fn lost_reads(&self) -> usize {
        self.lost_reads.load(Ordering::SeqCst)
    }

    /// How often it was asked for a step of a replay.
    pub(crate) fn replays(&self) -> usize {
        self.replays.load(Ordering::SeqCst)
    }

    /// How often it was asked for what was said before.
    pub(crate) fn pasts(&self) -> usize {
        self.pasts.load(Ordering::SeqCst)
    }

    pub(crate) fn repair(&self) {
        self.broken.store(false, Ordering::SeqCst);
        self.heads_to_lose.store(0, Ordering::SeqCst);
        self.unreadable.lock().clear();
    }

    fn works(&self) -> Result<(), StoreError> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(StoreError::Failed("broken for a test".to_owned()));
        }
        Ok(())
    }
}

/// Takes one off what is left; whether there was any.
fn counts_down(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

#[async_trait]
impl Store for FaultyStore {
    async fn commit(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.works()?;
        let keeps_head = writes.iter().any(|write| matches!(write, Write::PutConversation(_)));
        if keeps_head && self.loses_head() {
            return Err(StoreError::Failed("broken for a test".to_owned()));
        }
        let kept = self.inner.commit(writes).await;
        if self.is_slow.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        kept
    }

    fn identity(&self) -> Identity {
        self.inner.identity()
    }

    async fn configuration(&self) -> Result<Configuration, StoreError> {
        self.works()?;
        self.inner.configuration().await
    }

    async fn open_conversations(&self) -> Result<Vec<ConversationRecord>, StoreError> {
        self.inner.open_conversations().await
    }

    async fn conversation(
        &self,
        tenant: TenantId,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        self.inner.conversation(tenant, id).await
    }

    async fn conversation_of(&self, query: CustomerQuery) -> Result<CustomerFound, StoreError> {
        self.inner.conversation_of(query).await
    }

    async fn history(&self, query: HistoryQuery) -> Result<Vec<ActivityRecord>, StoreError> {
        self.inner.history(query).await
    }

    async fn latest(&self, query: LatestQuery) -> Result<Vec<ActivityRecord>, StoreError> {
        self.pasts.fetch_add(1, Ordering::SeqCst);
        assert!(!counts_down(&self.pasts_to_break), "broken for a test");
        self.inner.latest(query).await
    }

    async fn replay(
        &self,
        tenant: TenantId,
        scope: ReplayScope,
        after: Position,
        page: Page,
    ) -> Result<Replay, StoreError> {
        self.replays.fetch_add(1, Ordering::SeqCst);
        self.inner.replay(tenant, scope, after, page).await
    }

    async fn position_at(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        event_id: i64,
    ) -> Result<Place, StoreError> {
        self.inner.position_at(tenant, conversation, event_id).await
    }

    async fn pruned(&self, tenant: TenantId) -> Result<Pruned, StoreError> {
        self.inner.pruned(tenant).await
    }

    async fn orders(&self) -> Result<Vec<TenantOrder>, StoreError> {
        self.inner.orders().await
    }

    async fn sessions(&self) -> Result<Vec<SessionRecord>, StoreError> {
        self.inner.sessions().await
    }

    async fn events(
        &self,
        tenant: TenantId,
        after: EventId,
        page: Page,
    ) -> Result<Vec<EventRecord>, StoreError> {
        self.inner.events(tenant, after, page).await
    }

    async fn idempotent_answer(
        &self,
        tenant: TenantId,
        client: &str,
        key: &str,
        not_before: Millis,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        self.inner.idempotent_answer(tenant, client, key, not_before).await
    }

    async fn held(&self) -> Result<Vec<HeldRecord>, StoreError> {
        self.inner.held().await
    }

    async fn audit(&self, query: AuditQuery) -> Result<AuditPage, StoreError> {
        self.inner.audit(query).await
    }

    async fn faq_edition(
        &self,
        tenant: TenantId,
        bot: IntegrationId,
    ) -> Result<Option<FaqEditionRecord>, StoreError> {
        self.inner.faq_edition(tenant, bot).await
    }

    async fn faq_nodes(
        &self,
        edition: FaqEditionId,
        first: usize,
        page: Page,
    ) -> Result<Vec<FaqNode>, StoreError> {
        self.inner.faq_nodes(edition, first, page).await
    }

    async fn faq_upload(
        &self,
        tenant: TenantId,
        id: FaqUploadId,
    ) -> Result<Option<FaqUploadRecord>, StoreError> {
        self.inner.faq_upload(tenant, id).await
    }

    async fn forget_faq(&self, retention: FaqRetention) -> Result<(), StoreError> {
        self.inner.forget_faq(retention).await
    }

    async fn customer(
        &self,
        tenant: TenantId,
        integration: IntegrationId,
        binding: &str,
    ) -> Result<Option<Customer>, StoreError> {
        self.inner.customer(tenant, integration, binding).await
    }

    async fn push(
        &self,
        tenant: TenantId,
        kind: PushKind,
        name: &str,
        id: &str,
    ) -> Result<Option<Push>, StoreError> {
        self.inner.push(tenant, kind, name, id).await
    }

    async fn pushes_of(
        &self,
        tenant: TenantId,
        keys: &[CustomerKey],
        kind: PushKind,
        most: usize,
    ) -> Result<Vec<Push>, StoreError> {
        self.inner.pushes_of(tenant, keys, kind, most).await
    }

    async fn customer_count(&self, tenant: TenantId) -> Result<usize, StoreError> {
        self.inner.customer_count(tenant).await
    }

    async fn push_count(&self, tenant: TenantId, kind: PushKind) -> Result<usize, StoreError> {
        self.inner.push_count(tenant, kind).await
    }

    async fn told_of(&self) -> Result<Vec<TenantId>, StoreError> {
        self.inner.told_of().await
    }

    async fn prune(&self, retention: Retention) -> Result<(), StoreError> {
        self.inner.prune(retention).await
    }

    async fn changed_elsewhere(&self) -> Result<bool, StoreError> {
        Ok(self.is_changed_elsewhere.swap(false, Ordering::SeqCst))
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.inner.close().await
    }
}

#[async_trait]
impl NotificationStore for FaultyStore {
    async fn notifications(&self, query: NotificationQuery) -> Result<NotificationPage, StoreError> {
        self.inner.notifications(query).await
    }
}

#[async_trait]
impl DeliveryStore for FaultyStore {
    async fn newest_delivery(&self) -> Result<DeliveryNo, StoreError> {
        self.inner.newest_delivery().await
    }

    async fn pending_endpoints(&self) -> Result<Vec<(TenantId, Endpoint)>, StoreError> {
        self.inner.pending_endpoints().await
    }

    async fn pending_total(&self) -> Result<PendingTotal, StoreError> {
        self.works()?;
        self.inner.pending_total().await
    }

    async fn pending_deliveries(&self, query: PendingQuery) -> Result<Vec<DeliveryRecord>, StoreError> {
        self.works()?;
        if self.unreadable.lock().contains(&query.endpoint) {
            self.lost_reads.fetch_add(1, Ordering::SeqCst);
            return Err(StoreError::Failed("unreadable for a test".to_owned()));
        }
        self.inner.pending_deliveries(query).await
    }

    async fn deliveries(&self, query: DeliveryQuery) -> Result<DeliveryPage, StoreError> {
        self.inner.deliveries(query).await
    }

    async fn delivery_heads(&self, query: DeliveryQuery) -> Result<Vec<DeliveryHead>, StoreError> {
        self.inner.delivery_heads(query).await
    }

    async fn delivery(&self, tenant: TenantId, id: DeliveryId) -> Result<Option<DeliveryHead>, StoreError> {
        self.inner.delivery(tenant, id).await
    }

    async fn told(&self, query: ToldQuery) -> Result<Vec<ToldFate>, StoreError> {
        self.inner.told(query).await
    }

    async fn endpoints_left_alone(&self) -> Result<Vec<LeftAlone>, StoreError> {
        self.inner.endpoints_left_alone().await
    }

    async fn stopped_endpoints(&self) -> Result<Vec<StoppedEndpoint>, StoreError> {
        self.inner.stopped_endpoints().await
    }
}
