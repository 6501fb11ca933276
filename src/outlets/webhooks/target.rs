//! Where an endpoint is right now, and what signs what goes there.

use std::sync::Arc;

use tokio::sync::watch;

use crate::domain::clock::Millis;
use crate::domain::confidential::Confidential;
use crate::domain::delivery::Endpoint;
use crate::domain::ids::{ClientId, TenantId};
use crate::domain::integration::SigningKeyPair;
use crate::registry::Registry;

/// What signs a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signing {
    /// The keys of an integration. `former` are those that still sign beside the present ones, the newest first.
    Keys {
        /// The pair in force.
        present: SigningKeyPair,
        /// Pairs that were in force until a short while ago.
        former: Vec<SigningKeyPair>,
    },
    /// The token of an app, which is sent along (`x-verify-token`) and signs as the key of Standard Webhooks.
    Token(Confidential),
}

/// Where calls to an endpoint go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The absolute address.
    pub url: String,
    /// What signs them.
    pub signing: Arc<Signing>,
    /// When any of it was last changed: an endpoint that was stopped before goes on.
    pub changed: Millis,
}

/// How an endpoint stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can be called.
    Ready(Target),
    /// It is paused, or its client is shut out: what is for it waits.
    Paused,
    /// It is there and has no address, or has withdrawn it: what is for it is given up.
    NoAddress,
    /// There is no such endpoint any more: what was for it is dropped.
    Gone,
}

/// Finds endpoints.
pub trait Targets: Send + Sync {
    /// How an endpoint of a tenant stands. Asked before each call, so it answers from memory.
    fn find(&self, tenant: TenantId, endpoint: &Endpoint) -> Standing;

    /// Moves whenever an endpoint that was paused may have ceased to be.
    fn changes(&self) -> watch::Receiver<()>;
}

/// The webhooks of integrations and apps, as they are configured.
pub struct ConfiguredTargets(Arc<Registry>);

impl ConfiguredTargets {
    /// Those of a registry.
    pub fn new(registry: Arc<Registry>) -> Self {
        Self(registry)
    }

    /// A client that is shut out is told nothing: what waited for it goes on when it has a secret again.
    fn app(&self, tenant: TenantId, client: &ClientId) -> Standing {
        if self.0.client(tenant, client).is_none() {
            return Standing::Gone;
        }
        let Some(app) = self.0.app(tenant, client) else { return Standing::NoAddress };
        if !self.0.lets_in(tenant, client) {
            return Standing::Paused;
        }
        let signing = Arc::new(Signing::Token(app.verify_token.clone()));
        Standing::Ready(Target { url: app.url.clone(), signing, changed: app.registered })
    }
}

impl Targets for ConfiguredTargets {
    fn find(&self, tenant: TenantId, endpoint: &Endpoint) -> Standing {
        let id = match endpoint {
            Endpoint::Integration(id) => id,
            Endpoint::App(client) => return self.app(tenant, client),
        };
        let Some(integration) = self.0.integration(tenant, *id) else { return Standing::Gone };
        if !integration.is_active() {
            return Standing::Paused;
        }
        let configuration = &integration.configuration;
        let (Some(url), Some(keys)) = (configuration.webhook_url(), configuration.keys()) else {
            return Standing::NoAddress;
        };
        let signing = Signing::Keys { present: keys.clone(), former: self.0.former_keys(&integration) };
        let signing = Arc::new(signing);
        Standing::Ready(Target { url: url.to_owned(), signing, changed: integration.modified })
    }

    fn changes(&self) -> watch::Receiver<()> {
        self.0.webhook_changes()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::domain::audit::Actor;
    use crate::pipeline::testing::Bench;
    use crate::registry::SecretSpec;

    #[tokio::test]
    async fn an_app_is_called_while_it_is_registered_and_its_client_is_not_shut_out() {
        let bench = Bench::new().await;
        let (tenant, client) = (bench.tenant, bench.messaging_client());
        let targets = ConfiguredTargets::new(bench.registry.clone());
        let endpoint = Endpoint::App(client.clone());
        let by = || Actor::operator(tenant);
        assert_eq!(targets.find(tenant, &endpoint), Standing::NoAddress);
        bench.register_app().await;
        assert!(matches!(targets.find(tenant, &endpoint), Standing::Ready(_)));
        bench.registry.delete_secret(by(), &client, 1).await.unwrap();
        assert_eq!(targets.find(tenant, &endpoint), Standing::Paused, "what waits for it goes on waiting");
        let mut changes = targets.changes();
        changes.mark_unchanged();
        let spec = SecretSpec { name: "again".to_owned(), expires: None };
        bench.registry.add_secret(by(), &client, spec, NonZeroUsize::MAX).await.unwrap();
        assert!(changes.has_changed().unwrap(), "and goes out");
        assert!(matches!(targets.find(tenant, &endpoint), Standing::Ready(_)));
        bench.registry.withdraw_app(by(), &client).await.unwrap();
        assert_eq!(targets.find(tenant, &endpoint), Standing::NoAddress);
        assert_eq!(bench.registry.apps(tenant), [], "nobody hears");
        let nobody = Endpoint::App("nobody".into());
        assert_eq!(targets.find(tenant, &nobody), Standing::Gone);
    }
}
