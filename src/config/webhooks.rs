//! The section about webhooks, resolved.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use super::reader::Reader;

/// `[webhooks]`: where they may go, and how often they are tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhooks {
    /// Whether private, loopback and link-local addresses are allowed.
    pub allow_private: bool,
    /// Whether plain http to public addresses is allowed.
    pub allow_http: bool,
    /// File with the certificates of those who vouch for endpoints over TLS; without it the system's do.
    pub ca_file: Option<PathBuf>,
    /// Redirects that one call follows.
    pub redirects: usize,
    /// Bytes of an answer that are read for the sake of its connection.
    pub max_answer_bytes: usize,
    /// Connections to one host that are kept while nothing is sent on them.
    pub kept_connections: usize,
    /// Names of all endpoints that may be looked up at the same time.
    pub look_ups_at_once: NonZeroUsize,
    /// How long former keys of an integration sign beside new ones.
    pub key_overlap: Duration,
    /// Former keys of one integration that may sign at the same time.
    pub former_keys: usize,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// The wait before each attempt, the first included.
    pub retry_delays: Vec<Duration>,
    /// By how much a wait may be longer by chance, in percent of it.
    pub jitter_percent: u32,
    /// The longest time for which an endpoint may ask to be left alone.
    pub max_retry_after: Duration,
    /// Calls that one endpoint gets at the same time.
    pub calls_per_endpoint: NonZeroUsize,
    /// Calls that all endpoints of a tenant get at the same time.
    pub calls_per_tenant: NonZeroUsize,
    /// Deliveries that wait in memory for one endpoint.
    pub held_deliveries: usize,
    /// Bytes of them.
    pub held_bytes: usize,
    /// Deliveries that wait in memory for all endpoints together.
    pub held_deliveries_total: usize,
    /// Bytes of them.
    pub held_bytes_total: usize,
    /// Deliveries that one call carries, where they go together.
    pub batch_deliveries: usize,
    /// Bytes of their activities.
    pub batch_bytes: usize,
    /// Deliveries that may be on their way to be scheduled.
    pub queue_deliveries: usize,
    /// Webhooks of which what waits may be read at the same time.
    pub reads_at_once: NonZeroUsize,
    /// Attempts that are remembered of a delivery.
    pub remembered_attempts: NonZeroUsize,
    /// Deliveries that one notification names.
    pub named_deliveries: usize,
    /// The longest rest between two tries to read what the store cannot read.
    pub max_read_rest: Duration,
    /// How often all that waits is counted.
    pub count_every: Duration,
    /// How long sessions hear nothing more about a webhook whose failure they have heard of.
    pub event_pause: Duration,
}

impl Webhooks {
    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        let retry_delays = from.all_seconds("webhooks.retry_delays_seconds", 0..=604_800);
        if !(1..=50).contains(&retry_delays.len()) {
            from.refuse("webhooks.retry_delays_seconds", "must have 1 to 50 entries");
        }
        let ca_file = from.text("webhooks.ca_file");
        Self {
            allow_private: from.truth("webhooks.allow_private"),
            allow_http: from.truth("webhooks.allow_http"),
            ca_file: (!ca_file.is_empty()).then(|| ca_file.into()),
            redirects: from.size("webhooks.redirects", 0..=10),
            max_answer_bytes: from.size("webhooks.max_answer_bytes", 0..=16_777_216),
            kept_connections: from.size("webhooks.kept_connections", 0..=10_000),
            look_ups_at_once: from.some("webhooks.look_ups_at_once", 256),
            key_overlap: from.hours("webhooks.key_overlap_hours", 0..=8760),
            former_keys: from.size("webhooks.former_keys", 0..=10),
            timeout: from.seconds("webhooks.timeout_seconds", 1..=300),
            retry_delays,
            jitter_percent: u32::try_from(from.number("webhooks.jitter_percent", 0..=100)).unwrap_or(100),
            max_retry_after: from.seconds("webhooks.max_retry_after_seconds", 0..=604_800),
            calls_per_endpoint: from.some("webhooks.calls_per_endpoint", 10_000),
            calls_per_tenant: from.some("webhooks.calls_per_tenant", 1_000_000),
            held_deliveries: from.size("webhooks.held_deliveries", 1..=1_000_000),
            held_bytes: from.size("webhooks.held_bytes", 1024..=1 << 32),
            held_deliveries_total: from.size("webhooks.held_deliveries_total", 1..=100_000_000),
            held_bytes_total: from.size("webhooks.held_bytes_total", 1024..=1 << 40),
            batch_deliveries: from.size("webhooks.batch_deliveries", 1..=10_000),
            batch_bytes: from.size("webhooks.batch_bytes", 1024..=1 << 30),
            queue_deliveries: from.size("webhooks.queue_deliveries", 1..=10_000_000),
            reads_at_once: from.some("webhooks.reads_at_once", 64),
            remembered_attempts: from.some("webhooks.remembered_attempts", 1000),
            named_deliveries: from.size("webhooks.named_deliveries", 0..=1000),
            max_read_rest: from.seconds("webhooks.max_read_rest_seconds", 1..=3600),
            count_every: from.seconds("webhooks.count_seconds", 1..=3600),
            event_pause: from.seconds("webhooks.event_pause_seconds", 0..=86_400),
        }
    }
}
