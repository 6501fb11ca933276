//! The sections of the configuration, resolved: spans, paths, addresses and choices instead of texts and numbers.
//! Each reads itself with its bounds; rules that join two keys are in [`super::rules`].

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tracing_subscriber::EnvFilter;

use super::reader::Reader;
use super::tls::ServerTls;

/// A thousand million: the bound of counts that have no natural one.
const PLENTY: u64 = 1_000_000_000;
const KIB: u64 = 1024;
const GIB: u64 = 1 << 30;
const TIB: u64 = 1 << 40;

/// `[server]`: where it listens, what it owns, how it stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Address and port to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Folder of the database, the keys and the first credentials.
    pub data_dir: PathBuf,
    /// The address clients see, without a slash at its end; `None` for the one that was bound.
    pub public_url: Option<String>,
    /// How long open connections may take to end when the server stops.
    pub drain: Duration,
    /// With which certificate TLS is spoken; `None` where it is not.
    pub tls: Option<ServerTls>,
}

impl Server {
    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        let anywhere = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        let named = !from.text("server.public_url").is_empty();
        if from.text("server.data_dir").is_empty() {
            from.refuse("server.data_dir", "must name a folder");
        }
        Self {
            listen: from.parsed("server.listen", "an address with a port, such as 127.0.0.1:8080", anywhere),
            data_dir: from.text("server.data_dir").into(),
            public_url: named.then(|| from.web_address("server.public_url")),
            drain: from.seconds("server.drain_seconds", 0..=3600),
            tls: ServerTls::read(from),
        }
    }

    /// The address that clients are told, without a slash at its end; `bound` is the one really listened on.
    pub fn base_url(&self, bound: SocketAddr) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        self.public_url.clone().unwrap_or_else(|| format!("{scheme}://{bound}"))
    }
}

/// What an answered request survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// A loss of power.
    Fsync,
    /// A kill of the server.
    Process,
    /// Nothing.
    Memory,
}

/// `[store]`: how safe what is kept is, and how long it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// What an answered request survives.
    pub durability: Durability,
    /// How long events can be replayed.
    pub event_retention: Duration,
    /// How long the record of who changed what is kept.
    pub audit_retention: Duration,
    /// How long webhook deliveries are kept.
    pub delivery_retention: Duration,
}

impl Store {
    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        let durabilities =
            [("fsync", Durability::Fsync), ("process", Durability::Process), ("memory", Durability::Memory)];
        from.unsupported("store.url", "only the built-in SQLite is supported: leave it empty");
        Self {
            durability: from.choice("store.durability", &durabilities),
            event_retention: from.hours("store.event_retention_hours", 1..=87_600),
            audit_retention: from.days("store.audit_retention_days", 1..=3650),
            delivery_retention: from.days("store.delivery_retention_days", 1..=3650),
        }
    }
}

/// `[auth]`: tokens and the keys that sign them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth {
    /// How long an access token is good for.
    pub token_lifetime: Duration,
    /// How long a key signs before the next one takes over.
    pub key_rotation: Duration,
    /// File with the key that encrypts the signing keys.
    pub master_key_file: PathBuf,
}

impl Auth {
    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        let master_key_file = match from.text("auth.master_key_file") {
            "" => Path::new(from.text("server.data_dir")).join("master.key"),
            named => named.into(),
        };
        Self {
            token_lifetime: from.seconds("auth.token_lifetime_seconds", 1..=31_536_000),
            key_rotation: from.days("auth.key_rotation_days", 1..=3650),
            master_key_file,
        }
    }
}

/// Whose pages may call the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorsOrigins {
    /// Everybody's.
    Any,
    /// Those of these origins: scheme, host and port.
    Only(Vec<String>),
}

/// `[http]`: what a request may weigh, and who may send it from a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// Bytes of an ordinary body.
    pub max_body_bytes: usize,
    /// Bytes of a batch of published events.
    pub max_publish_bytes: usize,
    /// Bytes of an uploaded file.
    pub max_upload_bytes: u64,
    /// Bytes of a request line with its headers.
    pub max_header_bytes: usize,
    /// How long the headers may take, and how long a kept-alive connection may be silent.
    pub header_timeout: Duration,
    /// How long a body may take.
    pub body_timeout: Duration,
    /// Whose pages may call the API.
    pub cors_origins: CorsOrigins,
}

impl Http {
    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        let cors_origins = match from.texts("http.cors_origins") {
            [any] if any == "*" => CorsOrigins::Any,
            _ => CorsOrigins::Only(from.origins("http.cors_origins")),
        };
        Self {
            max_body_bytes: from.size("http.max_body_bytes", KIB..=GIB),
            max_publish_bytes: from.size("http.max_publish_bytes", KIB..=GIB),
            max_upload_bytes: from.number("http.max_upload_bytes", KIB..=TIB),
            max_header_bytes: from.size("http.max_header_bytes", 8 * KIB..=1024 * KIB),
            header_timeout: from.seconds("http.header_timeout_seconds", 1..=3600),
            body_timeout: from.seconds("http.body_timeout_seconds", 1..=3600),
            cors_origins,
        }
    }
}

/// What may wait for one slow reader; whichever is reached first ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueLimits {
    /// Events.
    pub events: NonZeroUsize,
    /// Bytes.
    pub bytes: NonZeroUsize,
}

/// `[websocket]`: plain sockets of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSocket {
    /// Time between pings.
    pub ping: Duration,
    /// What may wait for a slow reader.
    pub queue: QueueLimits,
    /// Bytes of a frame that a client sends, and of what a deflated one is inflated to.
    pub max_frame_bytes: usize,
    /// Whether messages are deflated for clients that offer it.
    pub compression: bool,
}

impl WebSocket {
    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        Self {
            ping: from.seconds("websocket.ping_seconds", 1..=3600),
            queue: QueueLimits {
                events: from.some("websocket.queue_events", 1_000_000),
                bytes: from.some("websocket.queue_bytes", 4 * GIB),
            },
            // 125 bytes: the longest control frame there can be (RFC 6455, section 5.5).
            max_frame_bytes: from.size("websocket.max_frame_bytes", 125..=GIB),
            compression: from.truth("websocket.compression"),
        }
    }
}

/// `[signalr]`: the hub protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalR {
    /// Silence after which the server sends a ping.
    pub keepalive: Duration,
    /// How long a client may take to its handshake, and to connect after it has negotiated.
    pub handshake: Duration,
    /// How long a client may stay away between two polls.
    pub disconnect: Duration,
}

impl SignalR {
    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        Self {
            keepalive: from.seconds("signalr.keepalive_seconds", 1..=3600),
            handshake: from.seconds("signalr.handshake_seconds", 1..=3600),
            disconnect: from.seconds("signalr.disconnect_seconds", 1..=3600),
        }
    }
}

/// `[streaming]`: streaming sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Streaming {
    /// How long a poll waits for an event.
    pub poll_wait: Duration,
    /// Silence after which an event stream is kept alive.
    pub heartbeat: Duration,
    /// What may wait in a session.
    pub queue: QueueLimits,
    /// How long the answer to an idempotent publish is remembered.
    pub idempotency: Duration,
    /// Events in one publish.
    pub max_batch_events: usize,
    /// Deliveries to members of teams in one publish.
    pub max_team_deliveries: usize,
    /// Bytes of payloads for members of teams in one publish.
    pub max_team_delivery_bytes: usize,
}

impl Streaming {
    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        Self {
            poll_wait: from.seconds("streaming.poll_wait_seconds", 0..=300),
            heartbeat: from.seconds("streaming.heartbeat_seconds", 1..=3600),
            queue: QueueLimits {
                events: from.some("streaming.queue_events", 10_000_000),
                bytes: from.some("streaming.queue_bytes", 4 * GIB),
            },
            idempotency: from.hours("streaming.idempotency_hours", 1..=8760),
            max_batch_events: from.size("streaming.max_batch_events", 1..=100_000),
            max_team_deliveries: from.size("streaming.max_team_deliveries", 1..=100_000_000),
            max_team_delivery_bytes: from.size("streaming.max_team_delivery_bytes", 1..=4 * GIB),
        }
    }
}

/// `[limits]`: what one tenant, or one request, can make grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open connections of one tenant; `None` for no limit.
    pub connections_per_tenant: Option<NonZeroUsize>,
    /// Streaming sessions of one tenant; `None` for no limit.
    pub sessions_per_tenant: Option<NonZeroUsize>,
    /// Subscriptions of one tenant's streaming sessions together; `None` for no limit.
    pub subscriptions_per_tenant: Option<NonZeroUsize>,
    /// Subscriptions of one streaming session.
    pub subscriptions_per_session: NonZeroUsize,
    /// Users or teams that one subscription may list.
    pub resources_per_subscription: NonZeroUsize,
    /// Hubs of one tenant; `None` for no limit.
    pub hubs_per_tenant: Option<NonZeroUsize>,
    /// Integrations of one hub; `None` for no limit.
    pub integrations_per_hub: Option<NonZeroUsize>,
    /// Commands of one hub, of all kinds together; `None` for no limit.
    pub commands_per_hub: Option<NonZeroUsize>,
    /// Users of one tenant's directory; `None` for no limit.
    pub users_per_tenant: Option<NonZeroUsize>,
    /// Teams of one tenant's directory; `None` for no limit.
    pub teams_per_tenant: Option<NonZeroUsize>,
    /// Activities of before that go along when a conversation is handed over.
    pub handover_activities: usize,
    /// Bytes that they have together.
    pub handover_bytes: usize,
    /// Secrets of one client.
    pub secrets_per_client: NonZeroUsize,
    /// Levels to which JSON may be nested.
    pub json_depth: usize,
}

impl Limits {
    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        Self {
            connections_per_tenant: from.limit("limits.connections_per_tenant", PLENTY),
            sessions_per_tenant: from.limit("limits.sessions_per_tenant", PLENTY),
            subscriptions_per_tenant: from.limit("limits.subscriptions_per_tenant", PLENTY),
            subscriptions_per_session: from.some("limits.subscriptions_per_session", 10_000),
            resources_per_subscription: from.some("limits.resources_per_subscription", 100_000),
            hubs_per_tenant: from.limit("limits.hubs_per_tenant", PLENTY),
            integrations_per_hub: from.limit("limits.integrations_per_hub", PLENTY),
            commands_per_hub: from.limit("limits.commands_per_hub", PLENTY),
            users_per_tenant: from.limit("limits.users_per_tenant", PLENTY),
            teams_per_tenant: from.limit("limits.teams_per_tenant", PLENTY),
            handover_activities: from.size("limits.handover_activities", 0..=1000),
            handover_bytes: from.size("limits.handover_bytes", 0..=1 << 20),
            secrets_per_client: from.some("limits.secrets_per_client", 1000),
            // serde_json gives up at 128 levels.
            json_depth: from.size("limits.json_depth", 1..=120),
        }
    }
}

/// How often one caller may call one API family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests per second in the long run.
    pub per_second: NonZeroU32,
    /// Requests at once.
    pub burst: NonZeroU32,
}

impl RateLimit {
    fn read(from: &mut Reader<'_>, family: &str) -> Self {
        Self {
            per_second: from.rate(&format!("rate_limits.{family}.per_second")),
            burst: from.rate(&format!("rate_limits.{family}.burst")),
        }
    }
}

/// `[rate_limits]`: one for each client, per API family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Tokens and keys.
    pub identity: RateLimit,
    /// The control plane.
    pub portal: RateLimit,
    /// Conversations, interactions, inbound activities and event sockets.
    pub engine: RateLimit,
    /// Streaming sessions and publishing.
    pub streaming: RateLimit,
    /// Messaging.
    pub messaging: RateLimit,
    /// Handoff and FAQ.
    pub handoff: RateLimit,
    /// What goes for an API key beside what goes for each client that shows it.
    pub api_keys: ApiKeyRateLimits,
}

impl RateLimits {
    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        Self {
            identity: RateLimit::read(from, "identity"),
            portal: RateLimit::read(from, "portal"),
            engine: RateLimit::read(from, "engine"),
            streaming: RateLimit::read(from, "streaming"),
            messaging: RateLimit::read(from, "messaging"),
            handoff: RateLimit::read(from, "handoff"),
            api_keys: ApiKeyRateLimits::read(from),
        }
    }
}

/// `[rate_limits.api_keys]`: one per API family that asks for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRateLimits {
    /// Streaming sessions and publishing.
    pub streaming: RateLimit,
    /// Messaging.
    pub messaging: RateLimit,
}

impl ApiKeyRateLimits {
    fn read(from: &mut Reader<'_>) -> Self {
        Self {
            streaming: RateLimit::read(from, "api_keys.streaming"),
            messaging: RateLimit::read(from, "api_keys.messaging"),
        }
    }
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For collectors.
    Json,
}

/// `[log]`: what is written to standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// How a line looks.
    pub format: LogFormat,
    /// Which lines are written; a text that `EnvFilter` has accepted.
    pub filter: String,
}

impl Log {
    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        let filter = from.text("log.filter");
        if let Err(error) = EnvFilter::try_new(filter) {
            from.refuse("log.filter", format!("\"{filter}\" is not a filter: {error}"));
        }
        Self {
            format: from.choice("log.format", &[("text", LogFormat::Text), ("json", LogFormat::Json)]),
            filter: filter.to_owned(),
        }
    }
}
