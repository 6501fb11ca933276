//! A conversation in an engine that keeps nothing on disk, for publications as the engine makes them.
//! Each can be written once in a format, so every measurement takes a new one.

use std::collections::BTreeMap;
use std::error::Error;
use std::num::NonZeroUsize;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Map, Value};
use switchboard::auth::Sealer;
use switchboard::broker::{
    Attachment, Batch, Delivery, Publication, QueueLimits, Sessions, Stats, Subscriber, Topic, Topics,
};
use switchboard::config::Config;
use switchboard::domain::audit::Actor;
use switchboard::domain::clock::{Clock, SystemClock};
use switchboard::domain::hub::HubStatus;
use switchboard::domain::ids::{ConversationId, IntegrationId, TenantId, UserId};
use switchboard::domain::integration::{IntegrationStatus, IntegrationType};
use switchboard::domain::stage::{
    self, DAY_END, KeywordRule, Keywords, Language, OpenHours, Senders, Sentiment, Span, Week, Zone,
};
use switchboard::pipeline::{
    ActivityDraft, Door, Engine, EngineParts, Establish, Newcomers, StageSettings, TellingLimits, Unsent,
    Wordless,
};
use switchboard::plugins::Plugins;
use switchboard::registry::{ConfigurationSpec, DirectSpec, HubSpec, IntegrationSpec, Registry, UserSpec};
use switchboard::store::{MemoryStore, Page, Store};
use tokio::runtime::{Builder, Runtime};

/// What the hub has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stages {
    /// No stages.
    None,
    /// Each of the built-in ones, as they are usually set.
    BuiltIn,
}

impl Stages {
    fn all(self) -> Vec<stage::Stage> {
        match self {
            Self::None => Vec::new(),
            Self::BuiltIn => built_in(),
        }
    }
}

fn built_in() -> Vec<stage::Stage> {
    const PHRASES: usize = 50;
    let senders = Senders::CUSTOMERS;
    let mut week = Week::default();
    week.0.fill(vec![Span::between(0, DAY_END).expect("a day has minutes")]);
    let zone = Zone::named("Europe/Berlin").expect("the database has Berlin");
    let hours = OpenHours { zone, week, exceptions: BTreeMap::new(), closed_message: None };
    let phrases = (1..PHRASES).map(|number| format!("some phrase {number}")).chain(["my order".to_owned()]);
    let rule = KeywordRule {
        name: "rule".to_owned(),
        phrases: phrases.collect(),
        tags: vec!["order".to_owned()],
        alert: false,
        team: None,
    };
    let languages = ["eng", "spa", "fra", "deu"].map(str::to_owned).to_vec();
    vec![
        stage::Stage::OpenHours(hours),
        stage::Stage::Keywords(Keywords { senders, rules: vec![rule] }),
        stage::Stage::Language(Language { senders, languages }),
        stage::Stage::Sentiment(Sentiment { senders }),
    ]
}

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A customer talks to an agent who has a streaming session.
pub(crate) struct Conversation {
    runtime: Runtime,
    engine: Arc<Engine>,
    tenant: TenantId,
    id: ConversationId,
    draft: ActivityDraft,
    activities: Ear,
    events: Ear,
}

/// What is published of one activity.
pub(crate) struct Said {
    /// What the agent's sockets hear.
    pub(crate) activity: Arc<Publication>,
    /// What the agent's sessions hear.
    pub(crate) event: Arc<Publication>,
}

impl Conversation {
    /// A conversation in which the customer says `body`, and has said it once: the agent is in it.
    pub(crate) fn begin(body: &str, stages: Stages) -> Self {
        let runtime = Builder::new_current_thread().enable_time().build().expect("a timer opens nothing");
        let conversation = runtime.block_on(engine(stages)).and_then(|stage| stage.begin(runtime, body));
        let conversation = conversation.expect("an engine in memory starts");
        conversation.say();
        conversation
    }

    /// The customer says it again.
    pub(crate) fn say(&self) -> Said {
        let submitted = self.engine.submit(self.tenant, self.id, Door::Customer, self.draft.clone());
        self.runtime.block_on(submitted).expect("the conversation is open");
        let heard = |ear: &Ear| ear.inbox.take().expect("the agent hears what the customer says");
        Said { activity: heard(&self.activities), event: heard(&self.events) }
    }
}

/// An engine with a customer and an agent.
struct Stage {
    engine: Arc<Engine>,
    tenant: TenantId,
    customer: IntegrationId,
    agent: IntegrationId,
    user: UserId,
}

async fn engine(stages: Stages) -> Outcome<Stage> {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let sealer = Arc::new(Sealer::new(&[7; 32]));
    let registry = Arc::new(Registry::load(Arc::clone(&store), sealer, Arc::clone(&clock)).await?);
    let (mut draft, new) = registry.draft_tenant("bench")?;
    let user = draft.user(UserSpec::named("Alex")).id.clone();
    let hub = draft.hub(HubSpec {
        name: "hub".to_owned(),
        description: String::new(),
        close_dormant_days: 0,
        status: HubStatus::Active,
    });
    let mut integration = |kind, user| draft.integration(hub.id, direct(kind, user)).id;
    let customer = integration(IntegrationType::Customer, None);
    let agent = integration(IntegrationType::Agent, Some(user.clone()));
    registry.keep_tenant(draft).await?;
    registry.put_pipeline(Actor::operator(new.tenant.id), hub.id, stages.all()).await?;

    let stats = Arc::new(Stats::default());
    let topics = Topics::new(Arc::clone(&stats));
    let sessions = Arc::new(Sessions::new(topics.clone(), Arc::clone(&clock), stats));
    let session_limits = QueueLimits { events: 1000, bytes: 1 << 20 };
    let stages = stage_settings();
    let (subscriptions_per_tenant, subscriptions_per_session) = (None, NonZeroUsize::MIN);
    let handover_past = Page { rows: 0, bytes: 0 };
    let telling = TellingLimits {
        data_shown: 0,
        events_shown: 0,
        customers_per_tenant: None,
        data_per_tenant: None,
        conversations: NonZeroUsize::MIN,
    };
    let parts = EngineParts {
        store,
        registry,
        topics,
        sessions,
        outgoing: Arc::new(Unsent),
        clock,
        session_limits,
        subscriptions_per_tenant,
        subscriptions_per_session,
        stages,
        handover_past,
        telling,
        awaited_messages: NonZeroUsize::MIN,
        app_words: Arc::new(Wordless),
        newcomers: Newcomers::unasked(),
    };
    let engine = Engine::start(parts).await?;
    Ok(Stage { engine, tenant: new.tenant.id, customer, agent, user })
}

fn stage_settings() -> StageSettings {
    let Config { pipeline, plugins, .. } = Config::default();
    StageSettings {
        keyword_bytes: pipeline.keyword_bytes,
        language_bytes: pipeline.language_bytes,
        sentiment_bytes: pipeline.sentiment_bytes,
        plugin_failures: plugins.failures,
        plugin_pause: plugins.pause,
        plugin_questions: plugins.questions_at_once,
        held_per_conversation: plugins.held_per_conversation,
        waiting_per_conversation: plugins.waiting_per_conversation,
        plugins: Arc::new(Plugins::new(&plugins).expect("no file of certificates is named")),
    }
}

fn direct(kind: IntegrationType, user: Option<UserId>) -> IntegrationSpec {
    IntegrationSpec {
        name: format!("{kind:?}"),
        kind,
        status: IntegrationStatus::Active,
        configuration: ConfigurationSpec::Direct(DirectSpec { user, ..DirectSpec::default() }),
    }
}

impl Stage {
    fn begin(self, runtime: Runtime, body: &str) -> Outcome<Conversation> {
        let Self { engine, tenant, customer, agent, user } = self;
        let ask = Establish {
            integration: customer,
            binding: "ada".to_owned(),
            properties: Map::new(),
            visitor: None,
        };
        let id = runtime.block_on(engine.establish(tenant, ask))?.conversation.id;
        let body: Map<String, Value> = serde_json::from_str(body)?;
        let draft = ActivityDraft::from_body(&body).map_err(|faults| format!("{faults:?}"))?;
        let activities = Ear::at(engine.topics(), Topic::Integration(agent));
        let events = Ear::at(engine.topics(), Topic::User(tenant, user));
        Ok(Conversation { runtime, engine, tenant, id, draft, activities, events })
    }
}

/// Hears a topic.
struct Ear {
    inbox: Arc<Inbox>,
    _seat: Attachment,
}

impl Ear {
    fn at(topics: &Topics, topic: Topic) -> Self {
        let inbox = Arc::<Inbox>::default();
        let _seat = topics.attach(&[topic], Arc::clone(&inbox) as _);
        Self { inbox, _seat }
    }
}

/// Remembers the last publication.
#[derive(Default)]
struct Inbox(Mutex<Option<Arc<Publication>>>);

impl Inbox {
    fn take(&self) -> Option<Arc<Publication>> {
        self.0.lock().take()
    }
}

impl Subscriber for Inbox {
    fn deliver(&self, batch: &Batch) -> Delivery {
        *self.0.lock() = batch.publications().last().cloned();
        Delivery::Taken
    }
}
