//! The rooms behind the faces: opened in the order in which they need each other, closed in reverse.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use super::credentials::Credentials;
use super::error::StartError;
use super::{maintenance, provision};
use crate::api::events::SocketPlaces;
use crate::api::{ApiParts, ApiState, RateLimiters};
use crate::auth::{Sealer, SigningKeys, StoredKey, Tickets, Tokens};
use crate::broker::{QueueLimits, Sessions, Stats, Topics};
use crate::config::{self, Config};
use crate::domain::clock::{Clock, SystemClock};
use crate::pipeline::{Engine, EngineParts};
use crate::registry::Registry;
use crate::server::Drain;
use crate::store::{self, Access, SigningKeyRecord, SqliteStore, Store};
use crate::telemetry::Metrics;

/// Names the demo tenant of an empty store.
const DEMO: &str = "demo";

/// A number that the broker counts: its name and what it says on the metrics page, and where it is read.
type BrokerCounter = (&'static str, &'static str, fn(&Stats) -> u64);

const COUNTERS: [BrokerCounter; 7] = [
    ("published", "Publications handed to topics", |stats| stats.published.get()),
    ("delivered", "Publications taken by subscribers", |stats| stats.delivered.get()),
    ("refused", "Subscribers let go because they fell behind", |stats| stats.refused.get()),
    ("outboxes_overrun", "Websockets that fell behind", |stats| stats.outboxes_overrun.get()),
    ("sessions_created", "Streaming sessions opened", |stats| stats.sessions_created.get()),
    ("sessions_expired", "Streaming sessions ended by inactivity", |stats| stats.sessions_expired.get()),
    ("sessions_overrun", "Streaming sessions that fell behind", |stats| stats.sessions_overrun.get()),
];

/// A level of the broker: its name and what it says on the metrics page, and where it is read.
type BrokerGauge = (&'static str, &'static str, fn(&Stats, &Engine) -> i64);

const GAUGES: [BrokerGauge; 5] = [
    ("outbox_events", "Publications waiting in websockets' queues", |stats, _| stats.outbox_events.get()),
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
    pub(super) config: Arc<Config>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) store: Arc<dyn Store>,
    pub(super) sealer: Arc<Sealer>,
    pub(super) keys: Arc<SigningKeys>,
    pub(super) registry: Arc<Registry>,
    pub(super) stats: Arc<Stats>,
    pub(super) engine: Arc<Engine>,
}

/// Where the demo tenant's credentials are.
pub(super) enum DemoCredentials {
    /// In this file.
    In(PathBuf),
    /// The store has tenants and the file is gone: secrets are not shown twice.
    Gone,
}

impl fmt::Display for DemoCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In(path) => write!(f, "{}", path.display()),
            Self::Gone => f.write_str("(the file is gone; `switchboard tenant create` makes another tenant)"),
        }
    }
}

impl Rooms {
    /// Opens every room under the data folder.
    pub(super) async fn open(config: Config, access: Access) -> Result<Self, StartError> {
        let config = Arc::new(config);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let data = &config.server.data_dir;
        fs::create_dir_all(data).map_err(|source| StartError::File { path: data.clone(), source })?;

        let sealer = Arc::new(Sealer::load_or_create(&config.auth.master_key_file)?);
        let store: Arc<dyn Store> = SqliteStore::open(data, durability(config.store.durability), access)?;

        let stored = store.configuration().await?.signing_keys;
        let keys = Arc::new(SigningKeys::restore(stored.into_iter().map(stored_key).collect(), &sealer)?);
        maintenance::rotate_keys(&keys, &sealer, &*store, &*clock, &config).await?;

        let registry = Arc::new(Registry::load(store.clone(), sealer.clone(), clock.clone()).await?);

        let stats = Arc::new(Stats::default());
        let topics = Topics::new(stats.clone());
        let sessions = Arc::new(Sessions::new(topics.clone(), clock.clone(), stats.clone()));
        let engine = Engine::start(EngineParts {
            store: store.clone(),
            registry: registry.clone(),
            topics,
            sessions,
            clock: clock.clone(),
            session_limits: queue_limits(config.streaming.queue),
        })
        .await?;
        engine.close_orphans().await?;

        Ok(Self { config, clock, store, sealer, keys, registry, stats, engine })
    }

    /// Makes the demo tenant in an empty store, and keeps its file true to the address of this broker.
    pub(super) async fn demo_credentials(&self, base_url: &str) -> Result<DemoCredentials, StartError> {
        let credentials = if self.registry.is_empty() {
            Some(Credentials::new(base_url.to_owned(), provision::provision(&self.registry, DEMO).await?))
        } else {
            self.known_credentials()?.map(|known| known.at(base_url))
        };
        let Some(credentials) = credentials else { return Ok(DemoCredentials::Gone) };
        let path = self.credentials_path();
        credentials.write(&path).map_err(|source| StartError::File { path: path.clone(), source })?;
        Ok(DemoCredentials::In(path))
    }

    /// What the demo tenant's file says, if there is one.
    pub(super) fn known_credentials(&self) -> Result<Option<Credentials>, StartError> {
        let path = self.credentials_path();
        Credentials::read(&path).map_err(|source| StartError::File { path, source })
    }

    fn credentials_path(&self) -> PathBuf {
        self.config.server.data_dir.join("credentials.json")
    }

    /// What the faces work with.
    pub(super) fn api_state(&self, base_url: String, drain: Drain, metrics: Metrics) -> ApiState {
        ApiState::new(ApiParts {
            engine: self.engine.clone(),
            registry: self.registry.clone(),
            tokens: Arc::new(Tokens::new(
                self.keys.clone(),
                self.registry.clone(),
                self.config.auth.token_lifetime,
            )),
            keys: self.keys.clone(),
            tickets: Tickets::new(self.registry.clone()),
            places: SocketPlaces::default(),
            rate_limiters: RateLimiters::new(&self.config.rate_limits),
            clock: self.clock.clone(),
            stats: self.stats.clone(),
            config: self.config.clone(),
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

    /// Waits until everything that was taken is kept.
    pub(super) async fn close(self) -> Result<(), StartError> {
        Ok(self.store.close().await?)
    }
}

fn durability(configured: config::Durability) -> store::Durability {
    match configured {
        config::Durability::Fsync => store::Durability::Fsync,
        config::Durability::Process => store::Durability::Process,
        config::Durability::Memory => store::Durability::Memory,
    }
}

/// A queue's limits as the broker takes them.
pub(super) fn queue_limits(configured: config::QueueLimits) -> QueueLimits {
    QueueLimits { events: configured.events.get(), bytes: configured.bytes.get() }
}

pub(super) fn stored_key(record: SigningKeyRecord) -> StoredKey {
    StoredKey { kid: record.kid, sealed: record.sealed, created: record.created, retired: record.retired }
}

pub(super) fn key_record(key: StoredKey) -> SigningKeyRecord {
    SigningKeyRecord { kid: key.kid, sealed: key.sealed, created: key.created, retired: key.retired }
}
