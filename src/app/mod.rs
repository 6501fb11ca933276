//! Wires the configuration to the rooms and decides nothing itself; the only place that knows every room.

mod credentials;
mod elsewhere;
mod error;
mod faq;
mod found;
mod ground;
mod maintenance;
mod operators;
mod provision;
mod rooms;
mod secret;
mod signing;
mod tls;
mod token;
mod webhooks;

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::api;
use crate::cli::console;
use crate::config::{Config, Durability};
use crate::outlets::webhooks::Sender;
use crate::server::{Drain, DrainTrigger, Limits, Server, Tls, descriptors};
use crate::store::Access;
use crate::telemetry::Metrics;

pub use credentials::Credentials;
pub use error::StartError;
pub use found::LookupError;
pub use secret::{MadeSecret, SecretError, SecretOrder, make_secret};
pub use token::{InspectedToken, MintedToken, TokenCommandError, TokenOrder, inspect_token, mint_token};

use ground::{DemoCredentials, Ground};
use rooms::Rooms;
use webhooks::{Surroundings, Working};

/// Opens the rooms, binds `server.listen`, and serves until `stop` ends and the drain after it is over.
///
/// # Errors
/// When the start fails: nothing is served then.
pub async fn serve(config: Config, stop: impl Future<Output = ()> + Send) -> Result<(), StartError> {
    // Before anything is made: a certificate that cannot be used is found at once.
    let tls = tls::configured(&config.server)?;
    let rooms = Rooms::open(config).await?;
    let address = rooms.ground.config.server.listen;
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    let base_url = rooms.ground.config.server.base_url(bound);
    let credentials = rooms.ground.demo_credentials(&base_url).await?;
    rooms.app_words.served_at(&base_url);
    announce(&base_url, bound, &credentials);
    serve_on(listener, tls, rooms, base_url, stop).await
}

/// Serves on a bound listener. In stop order: no new connections, the open ones told, the grace period, the store.
async fn serve_on(
    listener: TcpListener,
    tls: Option<Tls>,
    mut rooms: Rooms,
    base_url: String,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), StartError> {
    let metrics = Metrics::new();
    rooms.lend_counts(&metrics);
    let (trigger, drain) = Drain::new(rooms.ground.config.server.drain);
    let state = rooms.api_state(base_url, drain.clone(), metrics.clone());
    let limits = Limits {
        connections: descriptors::connections_within(descriptors::raise()),
        header_bytes: rooms.ground.config.http.max_header_bytes,
        header_timeout: rooms.ground.config.http.header_timeout,
    };
    let mut upkeep = maintenance::start(&rooms, &state);
    let bots = faq::start(&rooms.ground.config.faq, rooms.library.clone(), rooms.engine.clone(), &metrics);
    let operators = operators::start(&rooms, &metrics);
    let (engine, words) = (rooms.engine.clone(), rooms.app_words.clone());
    let about = Surroundings { operators: operators.notices.clone(), engine, words, metrics: &metrics };
    let Working { sender, contact_info } = rooms.webhooks.start(&rooms.ground, about).await?;
    let mut server = Server::new(api::router(state), limits, drain, metrics);
    if let Some(tls) = tls {
        upkeep.renew(tls.certificate());
        server = server.over(tls);
    }
    let drained = tokio::join!(server.serve(listener), begin_drain(stop, trigger, &rooms, sender)).0;
    tracing::info!(open = drained.open, cut = drained.cut, "drained");
    drop((upkeep, bots, operators, contact_info));
    // What connections leave behind when they end.
    rooms.engine.settle().await?;
    rooms.ground.close().await
}

async fn begin_drain(stop: impl Future<Output = ()>, trigger: DrainTrigger, rooms: &Rooms, sender: Sender) {
    stop.await;
    let drain = rooms.ground.config.server.drain;
    tracing::info!(seconds = drain.as_secs(), "draining");
    trigger.start();
    rooms.engine.sessions().drain();
    // Calls that do not end in time are made again after the next start.
    if timeout(drain, sender.finish()).await.is_err() {
        tracing::info!("webhooks were cut off");
    }
}

/// Creates a tenant with everything it needs to begin, and its first credentials.
///
/// Opens what is kept and nothing that serves it: a server may be running on the same data.
///
/// # Errors
/// When the name gives no free organization id, or the store keeps nothing or cannot be written.
pub async fn create_tenant(config: Config, name: &str) -> Result<Credentials, StartError> {
    if config.store.durability == Durability::Memory {
        return Err(StartError::NothingIsKept);
    }
    let ground = Ground::open(config, Access::Tool).await?;
    let base_url = ground.base_url()?;
    let (draft, provisioned) = provision::provision(&ground.registry, name, &ground.config.faq)?;
    ground.registry.keep_tenant(draft).await?;
    ground.close().await?;
    Ok(Credentials::new(base_url, provisioned))
}

fn announce(base_url: &str, bound: SocketAddr, credentials: &DemoCredentials) {
    console::say(format_args!("Switchboard serves {base_url} (listening on {bound})"));
    console::say(format_args!("  health       {base_url}/healthz   {base_url}/readyz   {base_url}/metrics"));
    console::say(format_args!("  discovery    {base_url}/.well-known/openid-configuration"));
    console::say(format_args!("  credentials  {credentials}"));
}
