//! Tenants and the credentials that open them. Secrets are shown once, when they are made, and kept hashed.

use std::sync::Arc;

use uuid::Uuid;

use super::{Registry, RegistryError, TenantEntry};
use crate::auth::secret::{self, PlainSecret};
use crate::auth::{ClientDirectory, SecretState};
use crate::domain::client::{Api, Client, Secret};
use crate::domain::clock::Millis;
use crate::domain::ids::{ClientId, OrgId, SecretId, TenantId};
use crate::domain::tenant::Tenant;
use crate::store::{ApiKey, Write};

/// The first secret of a tenant's client, in the only moment in which it can be read.
pub struct NewClient {
    /// The client.
    pub id: ClientId,
    /// Its secret.
    pub secret: PlainSecret,
}

/// A tenant that was just made, with the secrets that open it.
pub struct NewTenant {
    /// The tenant.
    pub tenant: Arc<Tenant>,
    /// Writes the configuration.
    pub portal: NewClient,
    /// Takes part in conversations.
    pub engine: NewClient,
    /// Listens to streaming sessions and publishes to them.
    pub streaming: NewClient,
    /// The streaming face's `x-api-key`.
    pub streaming_api_key: PlainSecret,
    /// The messaging face's `x-api-id` and `x-api-key`.
    pub messaging: NewClient,
    /// The hand-off face's client and token.
    pub handoff: NewClient,
}

impl Registry {
    /// Creates a tenant with one client for every API. Its `orgId` is made from its name.
    pub async fn create_tenant(&self, name: &str) -> Result<NewTenant, RegistryError> {
        let org = OrgId::from_name(name).ok_or(RegistryError::NoOrgId)?;
        let tenant = Tenant {
            id: TenantId::new(),
            org: org.clone(),
            name: name.to_owned(),
            created: self.clock.now(),
        };
        match self.organizations.entry(org) {
            dashmap::Entry::Occupied(_) => return Err(RegistryError::NoOrgId),
            dashmap::Entry::Vacant(free) => drop(free.insert(tenant.id)),
        }
        let mut writes = vec![Write::PutTenant(tenant.clone())];
        let mut made = |api: Api| {
            let (client, secret) = new_client(tenant.id, api);
            writes.push(Write::PutClient(client.clone()));
            (client, secret)
        };
        let clients = [Api::Portal, Api::Engine, Api::Streaming, Api::Messaging, Api::Handoff].map(&mut made);
        let (streaming_api_key, hash) = secret::generate();
        let api_key = ApiKey { tenant: tenant.id, hash, hint: streaming_api_key.hint() };
        writes.push(Write::PutApiKey(api_key));
        if let Err(error) = self.store.commit(writes).await {
            self.organizations.remove(&tenant.org);
            return Err(error.into());
        }
        self.tenants.insert(tenant.id, Arc::new(TenantEntry::new(tenant.clone())));
        self.api_keys.insert(hash.0, tenant.id);
        let [portal, engine, streaming, messaging, handoff] = clients.map(|(client, secret)| {
            let id = client.id.clone();
            self.clients.insert(id.clone(), Arc::new(client));
            NewClient { id, secret }
        });
        let tenant = Arc::new(tenant);
        Ok(NewTenant { tenant, portal, engine, streaming, streaming_api_key, messaging, handoff })
    }

    /// Whether a client's secret still opens what it opened.
    pub fn secret_is_live(&self, client: &ClientId, secret: SecretId, now: Millis) -> bool {
        self.clients.get(client).is_some_and(|client| client.has_live_secret(secret, now))
    }
}

impl ClientDirectory for Registry {
    fn find(&self, id: &ClientId) -> Option<Arc<Client>> {
        self.clients.get(id).map(|client| client.clone())
    }
}

impl SecretState for Registry {
    fn is_live(&self, client: &ClientId, secret: SecretId, now: Millis) -> bool {
        self.secret_is_live(client, secret, now)
    }
}

fn new_client(tenant: TenantId, api: Api) -> (Client, PlainSecret) {
    let (secret, hash) = secret::generate();
    let id = match api {
        Api::Portal | Api::Engine => {
            let owner = tenant.to_string().replace('-', "").to_uppercase();
            format!("hubster.{}.api.{owner}", api.as_str())
        }
        Api::Streaming | Api::Messaging | Api::Handoff => {
            format!("{}.{}", api.as_str(), Uuid::new_v4().simple())
        }
    };
    let first = Secret {
        id: SecretId::new(),
        number: 1,
        name: "first secret".to_owned(),
        hash,
        hint: secret.hint(),
        expires: None,
    };
    let client = Client {
        id: ClientId::from(id),
        tenant,
        api,
        name: format!("{} API", api.as_str()),
        scopes: api.scopes(),
        secrets: vec![first],
    };
    (client, secret)
}
