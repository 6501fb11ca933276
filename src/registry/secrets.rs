//! The secrets of a tenant's clients, which the portal calls their tokens: added and deleted, never changed. A
//! deletion ends what the secret opened; an expiry does so by itself, because no token outlives the secret that
//! opened it.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::{Registry, RegistryError};
use crate::auth::secret::{self, PlainSecret};
use crate::domain::audit::Actor;
use crate::domain::client::{Api, Client, Secret};
use crate::domain::clock::Millis;
use crate::domain::ids::{ClientId, SecretId, TenantId};
use crate::store::Write;

/// A secret to be made.
#[derive(Clone, Debug)]
pub struct SecretSpec {
    /// Unique among those of its client, in any case of letters.
    pub name: String,
    /// From this moment on it opens nothing; `None` never.
    pub expires: Option<Millis>,
}

/// A secret that was just made, in the only moment in which it can be read.
pub struct NewSecret {
    /// What is kept of it.
    pub kept: Secret,
    /// The secret itself.
    pub plain: PlainSecret,
}

impl Registry {
    /// A client of a tenant.
    pub fn client(&self, tenant: TenantId, id: &ClientId) -> Option<Arc<Client>> {
        self.clients.get(id).filter(|client| client.tenant == tenant).map(|client| client.clone())
    }

    /// Shows a client as it is from now on, and whose its secrets are.
    pub(super) fn show_client(&self, client: Arc<Client>) {
        let former = self.clients.insert(client.id.clone(), client.clone());
        for secret in former.iter().flat_map(|former| &former.secrets) {
            if !client.secrets.iter().any(|own| own.hash == secret.hash) {
                self.client_secrets.remove(&secret.hash.0);
            }
        }
        for secret in &client.secrets {
            self.client_secrets.insert(secret.hash.0, client.id.clone());
        }
    }

    /// A tenant's client for one API.
    pub fn client_for(&self, tenant: TenantId, api: Api) -> Option<Arc<Client>> {
        let found = self.clients.iter().find(|client| client.tenant == tenant && client.api == api);
        found.map(|client| client.clone())
    }

    /// Whether one of the secrets of a tenant's client still opens something. A client that has none is shut out.
    pub fn lets_in(&self, tenant: TenantId, id: &ClientId) -> bool {
        let now = self.clock.now();
        let is_open = |client: &Client| client.secrets.iter().any(|secret| secret.is_live(now));
        self.clients.get(id).is_some_and(|client| client.tenant == tenant && is_open(&client))
    }

    /// The number of a client's secret, by which the portal names it.
    pub fn secret_number(&self, client: &ClientId, secret: SecretId) -> Option<u32> {
        let client = self.clients.get(client)?;
        client.secrets.iter().find(|own| own.id == secret).map(|own| own.number)
    }

    /// Makes a secret under the next number of its client, which has `most` secrets at most.
    pub async fn add_secret(
        self: &Arc<Self>,
        by: Actor,
        client: &ClientId,
        spec: SecretSpec,
        most: NonZeroUsize,
    ) -> Result<NewSecret, RegistryError> {
        let tenant = by.tenant;
        let (turn, _) = self.turn(by).await?;
        let present = self.client(tenant, client).ok_or(RegistryError::ClientNotFound)?;
        let key = spec.name.to_lowercase();
        if present.secrets.iter().any(|own| own.name.to_lowercase() == key) {
            return Err(RegistryError::NameTaken);
        }
        if present.secrets.len() >= most.get() {
            return Err(RegistryError::TooManySecrets);
        }
        let mut client = Client::clone(&present);
        client.secrets_made += 1;
        let (plain, hash) = secret::generate();
        let kept = Secret {
            id: SecretId::new(),
            number: client.secrets_made,
            name: spec.name,
            hash,
            hint: plain.hint(),
            expires: spec.expires,
        };
        client.secrets.push(kept.clone());
        turn.keep(vec![Write::PutClient(client.clone())], move |registry| {
            registry.show_client(Arc::new(client));
            // It may have been shut out, and what was for its webhook goes on.
            registry.webhooks_changed();
            NewSecret { kept, plain }
        })
        .await
    }

    /// Deletes a secret. What it opened ends.
    ///
    /// # Errors
    /// [`RegistryError::LastPortalSecret`] when nothing would be left that opens the portal: nobody could then make
    /// another. Any other client may lose its last secret, which is how it is shut out.
    pub async fn delete_secret(
        self: &Arc<Self>,
        by: Actor,
        client: &ClientId,
        number: u32,
    ) -> Result<(), RegistryError> {
        let tenant = by.tenant;
        let (turn, _) = self.turn(by).await?;
        let present = self.client(tenant, client).ok_or(RegistryError::ClientNotFound)?;
        let mut client = Client::clone(&present);
        client.secrets.retain(|own| own.number != number);
        if client.secrets.len() == present.secrets.len() {
            return Err(RegistryError::SecretNotFound);
        }
        let now = self.clock.now();
        if client.api == Api::Portal && !client.secrets.iter().any(|own| own.is_live(now)) {
            return Err(RegistryError::LastPortalSecret);
        }
        turn.keep(vec![Write::PutClient(client.clone())], move |registry| {
            registry.show_client(Arc::new(client));
            registry.rights_changed();
        })
        .await
    }
}
