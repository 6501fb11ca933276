//! The configuration in force: tenants, clients, hubs, integrations, users and teams, served from memory and
//! written through the store. It must not know conversations, faces or sockets.
//!
//! A change is checked, committed, and only then shown; changes of one tenant wait for each other, so that of two
//! creations of one name one wins. Readers never wait for a change.

mod changes;
mod credentials;
mod documents;
mod hubs;
mod integrations;
mod people;

use std::collections::BTreeMap;
use std::sync::Arc;

use dashmap::DashMap;
use parking_lot::RwLock;
use tokio::sync::watch;

use crate::auth::{SealError, Sealer};
use crate::domain::client::{Client, SecretHash};
use crate::domain::clock::Clock;
use crate::domain::directory::{Team, User};
use crate::domain::hub::Hub;
use crate::domain::ids::{ClientId, HubId, IntegrationId, OrgId, TeamId, TenantId, UserId};
use crate::domain::integration::Integration;
use crate::domain::tenant::Tenant;
use crate::store::{Configuration, Store, StoreError};

pub use credentials::{NewClient, NewTenant};
pub use hubs::{HubPatch, HubSpec};
pub use integrations::{
    ConfigurationSpec, DirectSpec, IntegrationPatch, IntegrationSpec, KeyChange, WebChatSpec,
};

/// Why the configuration was not changed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The tenant already has something of that name.
    #[error("the name is taken")]
    NameTaken,
    /// The tenant has no such hub.
    #[error("there is no such hub")]
    HubNotFound,
    /// The tenant has no such integration.
    #[error("there is no such integration")]
    IntegrationNotFound,
    /// The tenant is not known.
    #[error("there is no such tenant")]
    TenantNotFound,
    /// The name of a new tenant gives no `orgId`, or one that is taken.
    #[error("no free organization id can be made of this name")]
    NoOrgId,
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
    fn of<T: Clone>(self, all: impl ExactSizeIterator<Item = T>) -> Page<T> {
        let total = all.len();
        Page { items: all.skip(self.number.saturating_mul(self.size)).take(self.size).collect(), total }
    }
}

/// One tenant's part of the configuration.
struct TenantEntry {
    tenant: Arc<Tenant>,
    /// Held across check, commit and showing of a change; asynchronous because the commit is awaited under it.
    changing: tokio::sync::Mutex<()>,
    /// By id, which is the order of creation: lists are stable pages of it.
    hubs: RwLock<BTreeMap<HubId, Arc<Hub>>>,
    users: RwLock<BTreeMap<UserId, Arc<User>>>,
    teams: RwLock<BTreeMap<TeamId, Arc<Team>>>,
}

impl TenantEntry {
    fn new(tenant: Tenant) -> Self {
        Self {
            tenant: Arc::new(tenant),
            changing: tokio::sync::Mutex::default(),
            hubs: RwLock::default(),
            users: RwLock::default(),
            teams: RwLock::default(),
        }
    }
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
    by_hub: DashMap<HubId, BTreeMap<IntegrationId, Arc<Integration>>>,
    /// Counts changes that may end a right to listen, for those who hold one.
    revision: watch::Sender<u64>,
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
            revision: watch::Sender::new(0),
        };
        registry.show(stored)?;
        Ok(registry)
    }

    /// Takes up what another process, such as the command line, has added to the store.
    ///
    /// Changes of known tenants wait meanwhile: one made between the reading and the showing would be undone by what
    /// was read before it.
    pub async fn reload(&self) -> Result<(), RegistryError> {
        let known: Vec<_> = self.tenants.iter().map(|entry| entry.clone()).collect();
        let mut waiting = Vec::with_capacity(known.len());
        for entry in &known {
            waiting.push(entry.changing.lock().await);
        }
        let stored = self.store.configuration().await?;
        self.show(stored)
    }

    fn show(&self, stored: Configuration) -> Result<(), RegistryError> {
        for tenant in stored.tenants {
            self.organizations.insert(tenant.org.clone(), tenant.id);
            self.tenants.entry(tenant.id).or_insert_with(|| Arc::new(TenantEntry::new(tenant)));
        }
        for client in stored.clients {
            self.clients.insert(client.id.clone(), Arc::new(client));
        }
        for key in stored.api_keys {
            self.api_keys.insert(key.hash.0, key.tenant);
        }
        for hub in stored.hubs {
            self.show_hub(Arc::new(hub));
        }
        for record in stored.integrations {
            let integration = documents::open_integration(record, &self.sealer)?;
            self.show_integration(Arc::new(integration));
        }
        for user in stored.users {
            self.show_user(Arc::new(user));
        }
        for team in stored.teams {
            self.show_team(Arc::new(team));
        }
        Ok(())
    }

    fn tenant_entry(&self, tenant: TenantId) -> Result<Arc<TenantEntry>, RegistryError> {
        self.tenants.get(&tenant).map(|entry| entry.clone()).ok_or(RegistryError::TenantNotFound)
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
