//! Tenants and the credentials that open them. Secrets are shown once, when they are made, and kept hashed.

use std::sync::Arc;

use uuid::Uuid;

use super::tenancy::Tenancy;
use super::{Registry, RegistryError, TenantDraft};
use crate::auth::secret::{self, PlainSecret};
use crate::auth::{ClientDirectory, SecretState};
use crate::domain::audit::Actor;
use crate::domain::client::{Api, Client, Secret, SecretHash};
use crate::domain::clock::Millis;
use crate::domain::ids::{ClientId, IntegrationId, OrgId, SecretId, TenantId};
use crate::domain::integration::ChannelType;
use crate::domain::tenant::Tenant;
use crate::store::ApiKey;

/// The first secret of a tenant's client, in the only moment in which it can be read.
pub struct NewClient {
    /// The client.
    pub id: ClientId,
    /// Its secret.
    pub secret: PlainSecret,
}

/// A new tenant, with the secrets that open it.
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
    /// Works out a tenant with one client for every API, and keeps nothing of it: its secrets can be written down
    /// before they are all that opens it. Its `orgId` is made from its name.
    ///
    /// # Errors
    /// [`RegistryError::NoOrgId`] when the name gives none; whether it is free is looked at when it is kept.
    pub fn draft_tenant(&self, name: &str) -> Result<(TenantDraft, NewTenant), RegistryError> {
        let now = self.clock.now();
        let org = OrgId::from_name(name).ok_or(RegistryError::NoOrgId)?;
        let id = TenantId::new();
        let mut tenancy = Tenancy::new(Tenant { id, org, name: name.to_owned(), created: now });
        let mut made = |api: Api| {
            let (client, secret) = new_client(id, api);
            let new = NewClient { id: client.id.clone(), secret };
            tenancy.clients.push(Arc::new(client));
            new
        };
        let (portal, engine, streaming) = (made(Api::Portal), made(Api::Engine), made(Api::Streaming));
        let (messaging, handoff) = (made(Api::Messaging), made(Api::Handoff));
        let (streaming_api_key, hash) = secret::generate();
        tenancy.api_keys.push(ApiKey { tenant: id, hash, hint: streaming_api_key.hint() });
        let tenant = tenancy.tenant.clone();
        let new = NewTenant { tenant, portal, engine, streaming, streaming_api_key, messaging, handoff };
        Ok((TenantDraft { tenancy, now }, new))
    }

    /// Keeps a tenant with everything it begins with, in one commit.
    ///
    /// # Errors
    /// [`RegistryError::OrgIdTaken`] when another tenant has its `orgId`.
    pub async fn keep_tenant(self: &Arc<Self>, draft: TenantDraft) -> Result<(), RegistryError> {
        let TenantDraft { tenancy, now: _ } = draft;
        let turn = self.turn_to_add(Actor::operator(tenancy.tenant.id)).await;
        if self.organizations.contains_key(&tenancy.tenant.org) {
            return Err(RegistryError::OrgIdTaken);
        }
        turn.keep(tenancy.writes(&self.sealer)?, move |registry| registry.show(tenancy)).await
    }

    /// Creates a tenant that has nothing but its clients.
    pub async fn create_tenant(self: &Arc<Self>, name: &str) -> Result<NewTenant, RegistryError> {
        let (draft, new) = self.draft_tenant(name)?;
        self.keep_tenant(draft).await?;
        Ok(new)
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

    fn find_by_secret(&self, hash: SecretHash) -> Option<Arc<Client>> {
        let id = self.client_secrets.get(&hash.0)?.clone();
        self.find(&id)
    }
}

impl SecretState for Registry {
    fn is_live(&self, client: &ClientId, secret: SecretId, now: Millis) -> bool {
        self.secret_is_live(client, secret, now)
    }

    fn has_web_chat(&self, tenant: TenantId, integration: IntegrationId) -> bool {
        self.integration(tenant, integration).is_some_and(|found| found.channel() == ChannelType::WebChat)
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
        secrets_made: 1,
    };
    (client, secret)
}
