//! Checking an access token: the first time, when its signature is looked at, and every time after that.

use std::sync::Arc;
use std::time::Duration;

use divan::Bencher;
use switchboard::auth::{Sealer, SecretState, SigningKeys, Tokens, secret};
use switchboard::domain::client::{Api, Client, Secret};
use switchboard::domain::clock::Millis;
use switchboard::domain::ids::{ClientId, IntegrationId, SecretId, TenantId};

const NOW: Millis = Millis(1_800_000_000_000);

#[divan::bench]
fn first_check(bencher: Bencher<'_, '_>) {
    let issuer = Issuer::new();
    let token = issuer.mint();
    bencher.with_inputs(|| issuer.tokens()).bench_local_refs(|tokens| tokens.verify(&token, NOW));
}

#[divan::bench]
fn later_check(bencher: Bencher<'_, '_>) {
    let issuer = Issuer::new();
    let (tokens, token) = (issuer.tokens(), issuer.mint());
    tokens.verify(&token, NOW).expect("the token is good");
    bencher.bench_local(|| tokens.verify(&token, NOW));
}

/// A key, and a client for whom it signs.
struct Issuer {
    keys: Arc<SigningKeys>,
    client: Arc<Client>,
}

impl Issuer {
    fn new() -> Self {
        let sealer = Sealer::new(&[7; 32]);
        let keys = SigningKeys::restore(Vec::new(), &sealer).expect("no key is a set of keys");
        keys.adopt(keys.prepare(NOW, &sealer).expect("a key can be made"));
        Self { keys: Arc::new(keys), client: Arc::new(client()) }
    }

    /// A broker's tokens, none of which has been seen yet.
    fn tokens(&self) -> Tokens {
        let directory = OneClient(Arc::clone(&self.client));
        Tokens::new(Arc::clone(&self.keys), Arc::new(directory), Duration::from_secs(3600))
    }

    fn mint(&self) -> String {
        let Client { scopes, ref secrets, .. } = *self.client;
        let minted = self.tokens().mint(&self.client, &secrets[0], scopes, "https://broker.test", NOW);
        minted.expect("there is a key").token
    }
}

fn client() -> Client {
    let (plain, hash) = secret::generate();
    let secret = Secret {
        id: SecretId::new(),
        number: 1,
        name: "first".to_owned(),
        hash,
        hint: plain.hint(),
        expires: None,
    };
    Client {
        id: "hubster.api.bench".into(),
        tenant: TenantId::new(),
        api: Api::Engine,
        name: "Bench".to_owned(),
        scopes: Api::Engine.scopes(),
        secrets: vec![secret],
        secrets_made: 1,
    }
}

/// A directory of one client.
struct OneClient(Arc<Client>);

impl SecretState for OneClient {
    fn is_live(&self, client: &ClientId, secret: SecretId, now: Millis) -> bool {
        self.0.id == *client && self.0.has_live_secret(secret, now)
    }

    fn has_web_chat(&self, _: TenantId, _: IntegrationId) -> bool {
        false
    }
}
