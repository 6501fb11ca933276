//! What every face works with.

use std::ops::Deref;
use std::sync::Arc;

use super::connection_places::ConnectionPlaces;
use super::events::HubConnections;
use super::lines::Lines;
use super::rate_limit::RateLimiters;
use crate::auth::{SigningKeys, Tickets, Tokens};
use crate::bot::Uploads;
use crate::config::Config;
use crate::domain::clock::Clock;
use crate::notices::Notifications;
use crate::outlets::webhooks::Deliveries;
use crate::pipeline::Engine;
use crate::providers::Providers;
use crate::registry::Registry;
use crate::server::Drain;
use crate::telemetry::Metrics;

/// The rooms behind the faces.
pub struct ApiParts {
    /// Conversations and streaming sessions.
    pub engine: Arc<Engine>,
    /// The configuration in force.
    pub registry: Arc<Registry>,
    /// What webhooks are sent.
    pub deliveries: Deliveries,
    /// What operators were told.
    pub notifications: Notifications,
    /// Asks the providers of outside channels.
    pub providers: Providers,
    /// Takes sheets for bots.
    pub uploads: Uploads,
    /// Makes and checks access tokens.
    pub tokens: Arc<Tokens>,
    /// The keys behind the tokens, for publication.
    pub keys: Arc<SigningKeys>,
    /// Stand in for tokens where a browser cannot send one.
    pub tickets: Tickets,
    /// The SignalR connections that are known by an id.
    pub hub: HubConnections,
    /// How many connections each tenant has open.
    pub places: ConnectionPlaces,
    /// How often each client may call.
    pub rate_limiters: RateLimiters,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// The kinds of lines that connections send on.
    pub lines: Lines,
    /// The settings.
    pub config: Arc<Config>,
    /// Where clients reach this broker: scheme, host and port, without a slash at the end.
    pub base_url: String,
    /// Tells when to stop.
    pub drain: Drain,
    /// Counts.
    pub metrics: Metrics,
}

/// Shared by all requests; clones share it.
#[derive(Clone)]
pub struct ApiState(Arc<ApiParts>);

impl ApiState {
    /// Shares the rooms.
    pub fn new(parts: ApiParts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for ApiState {
    type Target = ApiParts;

    fn deref(&self) -> &ApiParts {
        &self.0
    }
}
