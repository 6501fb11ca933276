//! The rooms behind the faces: opened in the order in which they need each other, closed in reverse.

use std::sync::Arc;

use super::error::StartError;
use super::faq;
use super::ground::Ground;
use super::operators;
use super::signing;
use super::webhooks::Webhooks;
use crate::api::events::HubConnections;
use crate::api::messaging::AppWording;
use crate::api::{ApiParts, ApiState, ConnectionPlaces, Lines, RateLimiters};
use crate::auth::{SigningKeys, Tickets, Tokens};
use crate::bot::Library;
use crate::broker::{QueueLimits, Sessions, Stats, Topics};
use crate::config::{self, Config};
use crate::notices::{Mail, Notifications};
use crate::outlets::webhooks::Deliveries;
use crate::pipeline::{Engine, EngineParts, StageSettings, TellingLimits};
use crate::plugins::Plugins;
use crate::providers::Providers;
use crate::server::Drain;
use crate::store::{Access, Page};
use crate::telemetry::Metrics;

/// A number that the broker counts: its name and what it says on the metrics page, and where it is read.
type BrokerCounter = (&'static str, &'static str, fn(&Stats) -> u64);

const COUNTERS: [BrokerCounter; 7] = [
    ("published", "Publications handed to topics", |stats| stats.published.get()),
    ("delivered", "Publications taken by subscribers", |stats| stats.delivered.get()),
    ("refused", "Subscribers let go because they fell behind", |stats| stats.refused.get()),
    ("outboxes_overrun", "Connections that fell behind", |stats| stats.outboxes_overrun.get()),
    ("sessions_created", "Streaming sessions opened", |stats| stats.sessions_created.get()),
    ("sessions_expired", "Streaming sessions ended by inactivity", |stats| stats.sessions_expired.get()),
    ("sessions_overrun", "Streaming sessions that fell behind", |stats| stats.sessions_overrun.get()),
];

/// A level of the broker: its name and what it says on the metrics page, and where it is read.
type BrokerGauge = (&'static str, &'static str, fn(&Stats, &Engine) -> i64);

const GAUGES: [BrokerGauge; 5] = [
    ("outbox_events", "Publications waiting in connections' queues", |stats, _| stats.outbox_events.get()),
    ("session_events", "Events waiting in streaming sessions", |_, engine| level(engine.sessions().queued())),
    ("sessions", "Streaming sessions", |_, engine| level(engine.sessions().count())),
    ("polls_waiting", "Polls waiting for an event", |stats, _| stats.polls_waiting.get()),
    ("topics", "Topics that somebody follows", |_, engine| level(engine.topics().topic_count())),
];

fn level(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// All rooms.
pub(super) struct Rooms {
    pub(super) ground: Ground,
    pub(super) keys: Arc<SigningKeys>,
    pub(super) stats: Arc<Stats>,
    pub(super) engine: Arc<Engine>,
    pub(super) library: Arc<Library>,
    /// How operators are mailed, where they are.
    pub(super) mail: Option<Mail>,
    pub(super) webhooks: Webhooks,
    pub(super) app_words: Arc<AppWording>,
}

impl Rooms {
    /// Opens every room under the data folder.
    pub(super) async fn open(config: Config) -> Result<Self, StartError> {
        // First of all, since a file of certificates that cannot be used should be told before anything is made.
        let stages = stage_settings(&config)?;
        let mail = operators::mail(&config)?;
        let webhooks = Webhooks::new(&config)?;
        let ground = Ground::open(config, Access::Server).await?;
        let Ground { config, clock, store, sealer, registry } = &ground;

        let stored = store.configuration().await?.signing_keys;
        let keys =
            Arc::new(SigningKeys::restore(stored.into_iter().map(signing::stored_key).collect(), sealer)?);
        signing::rotate_keys(&keys, sealer, &**store, &**clock, config).await?;

        let stats = Arc::new(Stats::default());
        let topics = Topics::new(stats.clone());
        let sessions = Arc::new(Sessions::new(topics.clone(), clock.clone(), stats.clone()));
        let app_words = Arc::new(AppWording::new(registry.clone(), config.messaging.contact_labels));
        let engine = Engine::start(EngineParts {
            store: store.clone(),
            registry: registry.clone(),
            topics,
            sessions,
            outgoing: webhooks.intake.clone(),
            clock: clock.clone(),
            session_limits: queue_limits(config.streaming.queue),
            subscriptions_per_tenant: config.limits.subscriptions_per_tenant,
            subscriptions_per_session: config.limits.subscriptions_per_session,
            stages,
            handover_past: handover_past(config),
            telling: telling(config),
            awaited_messages: config.messaging.awaited_messages,
            app_words: app_words.clone(),
            newcomers: webhooks.newcomers.clone(),
        })
        .await?;
        engine.close_orphans().await?;

        let library = faq::library(&ground);
        Ok(Self { ground, keys, stats, engine, library, mail, webhooks, app_words })
    }

    /// What the faces work with.
    pub(super) fn api_state(&self, base_url: String, drain: Drain, metrics: Metrics) -> ApiState {
        let Ground { config, clock, store, registry, .. } = &self.ground;
        ApiState::new(ApiParts {
            engine: self.engine.clone(),
            registry: registry.clone(),
            uploads: faq::uploads(&self.ground, self.library.clone()),
            deliveries: Deliveries::new(store.clone(), self.webhooks.intake.clone()),
            notifications: Notifications::new(store.clone()),
            providers: Providers::new(&config.providers),
            tokens: Arc::new(Tokens::new(self.keys.clone(), registry.clone(), config.auth.token_lifetime)),
            keys: self.keys.clone(),
            tickets: Tickets::new(registry.clone()),
            hub: HubConnections::default(),
            places: ConnectionPlaces::default(),
            rate_limiters: RateLimiters::new(&config.rate_limits),
            clock: clock.clone(),
            lines: Lines::new(config.websocket.queue, &self.stats),
            config: config.clone(),
            base_url,
            drain,
            metrics,
        })
    }

    /// Lends the numbers that rooms count by themselves to the metrics page.
    pub(super) fn lend_counts(&self, metrics: &Metrics) {
        for (name, help, read) in COUNTERS {
            let stats = self.stats.clone();
            metrics.lend_counter(name, help, move || read(&stats));
        }
        for (name, help, read) in GAUGES {
            let (stats, engine) = (self.stats.clone(), self.engine.clone());
            metrics.lend_gauge(name, help, move || read(&stats, &engine));
        }
    }
}

fn telling(config: &Config) -> TellingLimits {
    let messaging = &config.messaging;
    TellingLimits {
        data_shown: messaging.data_shown,
        events_shown: messaging.events_shown,
        customers_per_tenant: messaging.customers_per_tenant,
        data_per_tenant: messaging.data_per_tenant,
        conversations: messaging.conversations_told,
    }
}

fn handover_past(config: &Config) -> Page {
    Page { rows: config.limits.handover_activities, bytes: config.limits.handover_bytes }
}

/// What stages work with, plug-ins over the web among it.
fn stage_settings(config: &Config) -> Result<StageSettings, StartError> {
    Ok(StageSettings {
        keyword_bytes: config.pipeline.keyword_bytes,
        language_bytes: config.pipeline.language_bytes,
        sentiment_bytes: config.pipeline.sentiment_bytes,
        plugin_failures: config.plugins.failures,
        plugin_pause: config.plugins.pause,
        plugin_questions: config.plugins.questions_at_once,
        held_per_conversation: config.plugins.held_per_conversation,
        waiting_per_conversation: config.plugins.waiting_per_conversation,
        plugins: Arc::new(Plugins::new(&config.plugins)?),
    })
}

/// A queue's limits as the broker takes them.
pub(super) fn queue_limits(configured: config::QueueLimits) -> QueueLimits {
    QueueLimits { events: configured.events.get(), bytes: configured.bytes.get() }
}
