//! What the tests of this room share: one signing key, made once because that is slow, and a directory of
//! clients that can be changed under the tokens.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use parking_lot::Mutex;

use super::credentials::ClientDirectory;
use super::keys::{SigningKeys, StoredKey};
use super::seal::Sealer;
use super::secret;
use super::token::{Identity, SecretState, Tokens};
use crate::domain::client::{Api, Client, Scopes, Secret, SecretHash};
use crate::domain::clock::Millis;
use crate::domain::ids::{ClientId, IntegrationId, SecretId, TenantId};

/// The moment at which the tests begin.
pub(super) const START: Millis = Millis(1_800_000_000_000);

/// How long the tests' tokens live.
pub(super) const LIFETIME: Duration = Duration::from_secs(3600);

static KEY: LazyLock<StoredKey> = LazyLock::new(|| {
    let keys = SigningKeys::restore(Vec::new(), &sealer()).unwrap();
    let rotation = keys.prepare(Millis(0), &sealer()).unwrap();
    rotation.stored().pop().unwrap()
});

pub(super) fn sealer() -> Sealer {
    Sealer::new(&[7; 32])
}

pub(super) fn stored_key() -> StoredKey {
    KEY.clone()
}

pub(super) fn restored_keys() -> SigningKeys {
    SigningKeys::restore(vec![stored_key()], &sealer()).unwrap()
}

/// Somebody whose token ends at `expires`.
pub(super) fn identity(expires: Millis) -> Arc<Identity> {
    Arc::new(Identity {
        client: "somebody".into(),
        tenant: TenantId::new(),
        api: Api::Engine,
        scopes: Api::Engine.scopes(),
        secret: SecretId::new(),
        visitor: None,
        expires,
    })
}

/// A client with one secret that never expires, and that secret.
pub(super) fn client(api: Api) -> (Client, String) {
    let (plain, hash) = secret::generate();
    let secret = Secret {
        id: SecretId::new(),
        number: 1,
        name: "first".to_owned(),
        hash,
        hint: plain.hint(),
        expires: None,
    };
    let client = Client {
        id: "hubster.api.test".into(),
        tenant: TenantId::new(),
        api,
        name: "Test".to_owned(),
        scopes: api.scopes(),
        secrets: vec![secret],
        secrets_made: 1,
    };
    (client, plain.expose().to_owned())
}

/// A directory of one client.
pub(super) struct OneClient(Mutex<Client>);

impl OneClient {
    pub(super) fn new(client: Client) -> Arc<Self> {
        Arc::new(Self(Mutex::new(client)))
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Client)) {
        change(&mut self.0.lock());
    }

    pub(super) fn get(&self) -> Client {
        self.0.lock().clone()
    }

    pub(super) fn tokens(self: &Arc<Self>) -> Tokens {
        let secrets: Arc<dyn SecretState> = Arc::<Self>::clone(self);
        Tokens::new(Arc::new(restored_keys()), secrets, LIFETIME)
    }

    /// A token of this client with all of its scopes, minted at [`START`].
    pub(super) fn token(&self, tokens: &Tokens) -> String {
        let client = self.get();
        self.token_with(tokens, client.scopes)
    }

    pub(super) fn token_with(&self, tokens: &Tokens, scopes: Scopes) -> String {
        let client = self.get();
        tokens.mint(&client, &client.secrets[0], scopes, "https://broker.test", START).unwrap().token
    }
}

impl ClientDirectory for OneClient {
    fn find(&self, id: &ClientId) -> Option<Arc<Client>> {
        Some(self.get()).filter(|client| client.id == *id).map(Arc::new)
    }

    fn find_by_secret(&self, hash: SecretHash) -> Option<Arc<Client>> {
        let has_it = |client: &Client| client.secrets.iter().any(|secret| secret.hash == hash);
        Some(self.get()).filter(has_it).map(Arc::new)
    }
}

impl SecretState for OneClient {
    fn is_live(&self, client: &ClientId, secret: SecretId, now: Millis) -> bool {
        let known = self.0.lock();
        known.id == *client && known.has_live_secret(secret, now)
    }

    /// It has every web chat while it has a secret.
    fn has_web_chat(&self, tenant: TenantId, _integration: IntegrationId) -> bool {
        let known = self.0.lock();
        known.tenant == tenant && !known.secrets.is_empty()
    }
}
