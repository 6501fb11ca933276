//! The configuration in force: tenants, clients, hubs, integrations, commands, users and teams, served from memory
//! and written through the store. It must not know conversations, faces or sockets.
//!
//! A change is checked, committed, and only then shown, as one piece that its caller cannot cut by going away
//! (`changes`); changes of one tenant wait for each other, so that of two creations of one name one wins. Readers
//! never wait for a change.

mod accounts;
mod answering;
mod audit;
mod bots;
mod changes;
mod commands;
mod configurations;
mod credentials;
mod documents;
mod draft;
mod former_keys;
mod hub_sizes;
mod hubs;
mod integrations;
mod messaging;
mod numbered;
mod people;
mod pipelines;
mod roster;
mod secrets;
mod teams;
mod tenancy;
#[cfg(test)]
mod tests;
mod webhooks;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use dashmap::DashMap;
use parking_lot::RwLock;
use tokio::sync::watch;

use crate::auth::{SealError, Sealer};
use crate::domain::client::{Client, SecretHash};
use crate::domain::clock::Clock;
use crate::domain::command::{Command, CommandKind};
use crate::domain::directory::User;
use crate::domain::hub::Hub;
use crate::domain::ids::{ClientId, CommandId, HubId, IntegrationId, OrgId, TenantId, UserId};
use crate::domain::integration::Integration;
use crate::domain::stage::Pipeline;
use crate::domain::tenant::Tenant;
use crate::store::{Store, StoreError};

use accounts::Accounts;
use answering::Answering;
use bots::FaqBots;
use hub_sizes::HubSizes;
use messaging::MessagingDesk;
use numbered::Numbered;
use roster::Roster;
use teams::Teams;
use tenancy::Tenancy;
use webhooks::Webhooks;

pub use answering::{Arrivals, Whose};
pub use commands::{CommandPatch, CommandSpec, EffectPatch, ResponsePatch, TransferPatch};
pub use configurations::{ConfigurationSpec, DirectSpec, KeyChange, WebChatSpec};
pub use credentials::{NewClient, NewTenant};
pub use draft::TenantDraft;
pub use former_keys::KeyOverlap;
pub use hubs::{HubPatch, HubSpec};
pub use integrations::{IntegrationPatch, IntegrationSpec};
pub use messaging::MessagingThing;
pub use people::{Departure, UserPatch, UserSpec};
pub use secrets::{NewSecret, SecretSpec};
pub use teams::{TeamPatch, TeamSpec};
pub use webhooks::HubWebhooks;

/// Why the configuration was not changed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// There is something of that name already.
    #[error("the name is taken")]
    NameTaken,
    /// The tenant has no such hub.
    #[error("there is no such hub")]
    HubNotFound,
    /// The tenant has as many hubs as it may.
    #[error("the tenant has as many hubs as it may")]
    TooManyHubs,
    /// The tenant has no such integration.
    #[error("there is no such integration")]
    IntegrationNotFound,
    /// The hub has as many integrations as it may.
    #[error("the hub has as many integrations as it may")]
    TooManyIntegrations,
    /// The account at a provider is on a hub already; whose is not told.
    #[error("the account is on a hub already")]
    AccountTaken,
    /// The tenant has no such command, or none of that kind.
    #[error("there is no such command")]
    CommandNotFound,
    /// The hub has as many commands as it may.
    #[error("the hub has as many commands as it may")]
    TooManyCommands,
    /// The tenant has no such user.
    #[error("there is no such user")]
    UserNotFound,
    /// The tenant has a user of that id.
    #[error("the user id is taken")]
    UserIdTaken,
    /// The tenant has as many users as it may.
    #[error("the tenant has as many users as it may")]
    TooManyUsers,
    /// The tenant has no such team.
    #[error("there is no such team")]
    TeamNotFound,
    /// The tenant has a team of that id.
    #[error("the team id is taken")]
    TeamIdTaken,
    /// The tenant has as many teams as it may.
    #[error("the tenant has as many teams as it may")]
    TooManyTeams,
    /// These members of a team, at least one, are not in the directory.
    #[error("{} members of the team are not in the directory", .0.len())]
    MembersNotFound(Vec<UserId>),
    /// The tenant has no such variable, template or app.
    #[error("there is no such thing of messaging")]
    MessagingNotFound,
    /// The tenant has as many variables or templates as it may.
    #[error("the tenant has as many things of messaging as it may")]
    TooManyOfMessaging,
    /// The tenant has no such client.
    #[error("there is no such client")]
    ClientNotFound,
    /// The client has no such secret.
    #[error("there is no such secret")]
    SecretNotFound,
    /// The client has as many secrets as it may.
    #[error("the client has as many secrets as it may")]
    TooManySecrets,
    /// Without this secret nobody of the tenant could get into the portal any more.
    #[error("it is the last secret that opens the portal")]
    LastPortalSecret,
    /// The tenant is not known.
    #[error("there is no such tenant")]
    TenantNotFound,
    /// The name of a new tenant gives no `orgId`.
    #[error("no organization id can be made of this name: it has neither a letter nor a digit")]
    NoOrgId,
    /// The `orgId` that the name of a new tenant gives is another's.
    #[error("there is a tenant of this name, or of one that gives the same organization id")]
    OrgIdTaken,
    /// What the store holds cannot be read as configuration.
    #[error("the stored configuration cannot be read: {0}")]
    Unreadable(String),
    /// A key could not be sealed or opened.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A page of a list, and how long the whole list is.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items of the page, in the order in which they were created.
    pub items: Vec<T>,
    /// The number of items on all pages.
    pub total: usize,
}

/// Which page of a list is asked for.
#[derive(Clone, Copy, Debug)]
pub struct PageQuery {
    /// Counted from 0.
    pub number: usize,
    /// Items on a page.
    pub size: usize,
}

impl PageQuery {
    /// The page of a list; what is not on it is passed over and not copied.
    fn of<'a, T: Clone + 'a>(self, all: impl ExactSizeIterator<Item = &'a T>) -> Page<T> {
        let total = all.len();
        let skipped = self.number.saturating_mul(self.size);
        Page { items: all.skip(skipped).take(self.size).cloned().collect(), total }
    }
}

/// One tenant's part of the configuration.
struct TenantEntry {
    tenant: Arc<Tenant>,
    /// Held across check, commit and showing of a change; asynchronous because the commit is awaited under it, and
    /// shared because the change may outlive whoever asked for it.
    changing: Arc<tokio::sync::Mutex<()>>,
    hubs: RwLock<Roster<Hub>>,
    /// The highest number that a hub was given, also one that is gone: it is known outside, and not given again.
    highest_hub_number: AtomicI64,
    /// How many integrations are on which hub.
    integrations: RwLock<HubSizes>,
    users: RwLock<Numbered<User>>,
    teams: RwLock<Teams>,
    messaging: RwLock<MessagingDesk>,
}

/// The configuration of all tenants.
pub struct Registry {
    store: Arc<dyn Store>,
    sealer: Arc<Sealer>,
    clock: Arc<dyn Clock>,
    tenants: DashMap<TenantId, Arc<TenantEntry>>,
    organizations: DashMap<OrgId, TenantId>,
    clients: DashMap<ClientId, Arc<Client>>,
    api_keys: DashMap<[u8; 32], TenantId>,
    hubs: DashMap<HubId, Arc<Hub>>,
    integrations: DashMap<IntegrationId, Arc<Integration>>,
    /// The integrations of each hub, in the order of creation.
    by_hub: DashMap<HubId, Roster<Integration>>,
    /// The accounts at providers that are on a hub of any tenant.
    accounts: Accounts,
    /// The integrations of any tenant behind which the embedded bot stands.
    faq_bots: FaqBots,
    /// The integrations of each hub that hear by webhook.
    webhooks: Webhooks,
    /// How many apps there are: most brokers have none, and then nothing is looked up. Relaxed, since whoever
    /// registers one was told nothing yet.
    app_count: AtomicUsize,
    commands: DashMap<CommandId, Arc<Command>>,
    /// The commands of each hub, by kind, in the order of creation.
    commands_by_hub: DashMap<(HubId, CommandKind), Roster<Command>>,
    /// The stages of the hubs that have some.
    pipelines: DashMap<HubId, Arc<Pipeline>>,
    /// Held while tenants are added, as [`TenantEntry::changing`] is while one is changed.
    adding: Arc<tokio::sync::Mutex<()>>,
    /// Counts changes that may end a right to listen, for those who hold one.
    revision: watch::Sender<u64>,
    /// Tells where somebody may have come to answer.
    answering: Answering,
}

impl Registry {
    /// The configuration that the store holds.
    pub async fn load(
        store: Arc<dyn Store>,
        sealer: Arc<Sealer>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, RegistryError> {
        let stored = store.configuration().await?;
        let registry = Self {
            store,
            sealer,
            clock,
            tenants: DashMap::new(),
            organizations: DashMap::new(),
            clients: DashMap::new(),
            api_keys: DashMap::new(),
            hubs: DashMap::new(),
            integrations: DashMap::new(),
            by_hub: DashMap::new(),
            accounts: Accounts::default(),
            faq_bots: FaqBots::default(),
            webhooks: Webhooks::default(),
            app_count: AtomicUsize::new(0),
            commands: DashMap::new(),
            commands_by_hub: DashMap::new(),
            pipelines: DashMap::new(),
            adding: Arc::default(),
            revision: watch::Sender::new(0),
            answering: Answering::default(),
        };
        for tenancy in Tenancy::sort(stored, &registry.sealer, |_| true)? {
            registry.show(tenancy);
        }
        Ok(registry)
    }

    /// Takes up the tenants that another process has added to the store, each with everything it has.
    ///
    /// Tenants that are known stay as they are: adding tenants is all that another process does
    /// (`switchboard tenant create`), and what was read of the others may have been changed here meanwhile.
    pub async fn reload(&self) -> Result<(), RegistryError> {
        // So that what is unknown is another's, and not a tenant that is just being added here.
        let _adding = self.adding.lock().await;
        let stored = self.store.configuration().await?;
        let is_new = |tenant| !self.tenants.contains_key(&tenant);
        for tenancy in Tenancy::sort(stored, &self.sealer, is_new)? {
            self.show(tenancy);
        }
        Ok(())
    }

    /// Shows a tenant that was not known. What opens it comes last: whoever gets in finds everything.
    fn show(&self, tenancy: Tenancy) {
        let Tenancy {
            tenant,
            clients,
            api_keys,
            hubs,
            hubs_made,
            integrations,
            faq: _,
            commands,
            pipelines,
            users,
            teams,
            messaging,
        } = tenancy;
        for hub in &hubs {
            self.hubs.insert(hub.id, hub.clone());
        }
        self.app_count.fetch_add(messaging.app_count(), Ordering::Relaxed);
        let sizes = integrations.iter().map(|integration| integration.hub).collect();
        for integration in integrations {
            self.show_integration(integration);
        }
        for command in commands {
            self.show_command(command);
        }
        let highest = hubs.iter().map(|hub| hub.number).fold(hubs_made, i64::max);
        for pipeline in pipelines {
            self.show_pipeline(pipeline);
        }
        let (id, org) = (tenant.id, tenant.org.clone());
        let entry = TenantEntry {
            tenant,
            changing: Arc::default(),
            hubs: RwLock::new(hubs.into_iter().collect()),
            highest_hub_number: AtomicI64::new(highest),
            integrations: RwLock::new(sizes),
            users: RwLock::new(users.into_iter().collect()),
            teams: RwLock::new(teams.into_iter().collect()),
            messaging: RwLock::new(messaging),
        };
        self.tenants.insert(id, Arc::new(entry));
        self.organizations.insert(org, id);
        for client in clients {
            self.clients.insert(client.id.clone(), client);
        }
        for key in api_keys {
            self.api_keys.insert(key.hash.0, key.tenant);
        }
    }

    /// Whether there is no tenant yet.
    pub fn is_empty(&self) -> bool {
        self.tenants.is_empty()
    }

    /// A tenant.
    pub fn tenant(&self, id: TenantId) -> Option<Arc<Tenant>> {
        self.tenants.get(&id).map(|entry| entry.tenant.clone())
    }

    /// The tenant of an `orgId`.
    pub fn organization(&self, org: &OrgId) -> Option<TenantId> {
        self.organizations.get(org).map(|id| *id)
    }

    /// The tenant that an API key opens.
    pub fn api_key(&self, hash: SecretHash) -> Option<TenantId> {
        self.api_keys.get(&hash.0).map(|tenant| *tenant)
    }
}
