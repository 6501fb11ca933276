//! The configuration: `config.toml`, the user's file, variables and flags, resolved and checked into a [`Config`].
//! It reads no environment by itself, and knows nothing of the rooms that its sections are for.

mod faq;
mod messaging;
mod problem;
mod providers;
mod reader;
mod rules;
mod sections;
mod settings;
mod stages;
#[cfg(test)]
mod tests;
mod tls;
mod variables;
mod webhooks;

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use reader::Reader;
use settings::Settings;

pub use faq::Faq;
pub use messaging::Messaging;
pub use problem::{Origin, Problem, Problems};
pub use providers::{Provider, Providers, SlackApplication};
pub use sections::{
    ApiKeyRateLimits, Auth, CorsOrigins, Durability, Http, Limits, Log, LogFormat, QueueLimits, RateLimit,
    RateLimits, Server, SignalR, Store, Streaming, WebSocket,
};
pub use stages::{Pipeline, Plugins};
pub use tls::ServerTls;
pub use webhooks::Webhooks;

/// Everything that can be configured, checked: no room needs to doubt a value again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where it listens, what it owns, how it stops.
    pub server: Server,
    /// How safe what is kept is, and how long it is kept.
    pub store: Store,
    /// Tokens and the keys that sign them.
    pub auth: Auth,
    /// What a request may weigh, and who may send it from a browser.
    pub http: Http,
    /// Plain sockets of events.
    pub websocket: WebSocket,
    /// The hub protocol.
    pub signalr: SignalR,
    /// Streaming sessions.
    pub streaming: Streaming,
    /// What the stages of hubs can make grow, and how closely they look.
    pub pipeline: Pipeline,
    /// Where plug-ins may be, and how they are asked.
    pub plugins: Plugins,
    /// What one tenant, or one request, can make grow.
    pub limits: Limits,
    /// The embedded bots.
    pub faq: Faq,
    /// How often one client, or one API key, may call each API family.
    pub rate_limits: RateLimits,
    /// What back ends may make grow.
    pub messaging: Messaging,
    /// Where webhooks may go, and how often they are tried.
    pub webhooks: Webhooks,
    /// Where the outside channels are reached.
    pub providers: Providers,
    /// What is written to standard error.
    pub log: Log,
}

/// What the command line sets; the uppermost layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--listen`: overrides `server.listen`.
    pub listen: Option<String>,
    /// `--data`: overrides `server.data_dir`.
    pub data: Option<String>,
}

impl Config {
    /// Lays the layers over each other and resolves them: `config.toml`, then `file`, then `variables` (the whole
    /// environment may be given: only `SWITCHBOARD_*` counts), then `flags`.
    ///
    /// # Errors
    /// Everything that is wrong, not only the first: each problem names its key, and the file's line and column or
    /// the variable or the flag that it came from.
    pub fn load(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        flags: &Flags,
    ) -> Result<Self, Problems> {
        let mut settings = Settings::reference();
        let mut problems = Vec::new();
        if let Some(path) = file {
            problems.extend(overlay_file(&mut settings, path).err().iter().flat_map(Problems::iter).cloned());
        }
        variables::overlay(&mut settings, variables, &mut problems);
        let flags =
            [("--listen", "server.listen", &flags.listen), ("--data", "server.data_dir", &flags.data)];
        for (name, key, text) in flags {
            let Some(text) = text else { continue };
            problems.extend(settings.set(key, text, Origin::Flag(name)).err());
        }
        Self::resolve(&settings, problems)
    }

    /// Reads and checks every section; `problems` are those of the layers.
    fn resolve(settings: &Settings, problems: Vec<Problem>) -> Result<Self, Problems> {
        let mut reader = Reader::new(settings, problems);
        let from = &mut reader;
        let config = Self {
            server: Server::read(from),
            store: Store::read(from),
            auth: Auth::read(from),
            http: Http::read(from),
            websocket: WebSocket::read(from),
            signalr: SignalR::read(from),
            streaming: Streaming::read(from),
            pipeline: Pipeline::read(from),
            plugins: Plugins::read(from),
            limits: Limits::read(from),
            faq: Faq::read(from),
            rate_limits: RateLimits::read(from),
            messaging: Messaging::read(from),
            webhooks: Webhooks::read(from),
            providers: Providers::read(from),
            log: Log::read(from),
        };
        reader.unsupported("cluster.nats", "several nodes are not supported: leave it empty");
        rules::check(&config, &mut reader);
        reader.finish()?;
        Ok(config)
    }
}

impl Default for Config {
    /// What `config.toml` says, and nothing over it.
    fn default() -> Self {
        Self::resolve(&Settings::reference(), Vec::new()).expect("config.toml is good: a test resolves it")
    }
}

fn overlay_file(settings: &mut Settings, path: &Path) -> Result<(), Problems> {
    let file = path.display().to_string();
    let text = fs::read_to_string(path)
        .map_err(|error| Problem::Unreadable { file: file.clone(), reason: error.to_string() })?;
    settings.overlay_file(&file, &text)
}
