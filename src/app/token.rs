//! Tokens on the command line: minting them and looking into them, beside the data folder, whether or not a server
//! runs on it. Nothing is written: whoever has the folder and the master key can sign anyway.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::error::StartError;
use super::found::{self, LookupError};
use super::ground::Ground;
use super::signing::stored_key;
use crate::auth::{KeyError, SigningKeys, TokenError, Tokens, inspect};
use crate::config::Config;
use crate::domain::client::{Client, Scopes, Secret, UnknownScope};
use crate::domain::clock::Millis;
use crate::domain::confidential::Confidential;
use crate::registry::Registry;
use crate::store::Access;

/// A token to be minted.
#[derive(Clone, Debug)]
pub struct TokenOrder {
    /// The tenant: its `orgId` or its id.
    pub tenant: String,
    /// The client: its id, or the word for the API that it calls.
    pub client: String,
    /// Separated by spaces; without any, all that the client has.
    pub scope: Option<String>,
    /// How long the token is to live; without it, as long as one that the server grants.
    pub lifetime: Option<Duration>,
}

/// A token as the server would grant it.
#[derive(Debug, Serialize)]
pub struct MintedToken {
    /// The token.
    pub access_token: Confidential,
    /// How it is presented.
    pub token_type: &'static str,
    /// Seconds.
    pub expires_in: u64,
    /// Separated by spaces.
    pub scope: String,
}

/// A token as it was found.
#[derive(Debug, Serialize)]
pub struct InspectedToken {
    /// How it is said to be signed.
    pub header: Value,
    /// What it says.
    pub claims: Value,
    /// Whether a server on this data folder would take it now.
    pub valid: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Why there is nothing to mint or to look into.
#[derive(Debug, thiserror::Error)]
pub enum TokenCommandError {
    /// What is kept cannot be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Nothing is kept, or not that client.
    #[error(transparent)]
    NotFound(#[from] LookupError),
    /// The client sends a key with every call.
    #[error("this client calls with its API key and gets no tokens")]
    NoTokens,
    /// All secrets of the client have been deleted or have expired.
    #[error("the client has no secret that is still good, and a token needs one to be good for")]
    NoLiveSecret,
    /// A word is no scope.
    #[error(transparent)]
    UnknownScope(#[from] UnknownScope),
    /// The client does not have all of the scopes.
    #[error("the client may have no more than '{0}'")]
    ScopeNotAllowed(Scopes),
    /// The key could be forgotten before the token ends.
    #[error("a token lives for 1 to {0} seconds (auth.token_lifetime_seconds)")]
    LifetimeOutOfBounds(u64),
    /// There is no key, or it cannot be used.
    #[error("cannot sign")]
    Keys(#[from] KeyError),
    /// It is not even in the form of a token.
    #[error("this has not the form of a token")]
    NotAToken,
}

/// Mints a token for a client, as if it had asked for it with the secret that lasts longest.
///
/// # Errors
/// When the data folder, the client or what is asked for does not allow it.
pub async fn mint_token(config: Config, order: TokenOrder) -> Result<MintedToken, TokenCommandError> {
    let most = config.auth.token_lifetime;
    let lifetime = order.lifetime.unwrap_or(most);
    if lifetime > most || lifetime.as_secs() == 0 {
        return Err(TokenCommandError::LifetimeOutOfBounds(most.as_secs()));
    }
    let ground = open(config).await?;
    let now = ground.clock.now();
    let client = client(&ground.registry, &order)?;
    let scopes = scopes(&client, order.scope.as_deref())?;
    let secret = lasting_secret(&client, now).ok_or(TokenCommandError::NoLiveSecret)?;
    let issuer = ground.base_url()?;
    let minted = tokens(&ground, lifetime).await?.mint(&client, secret, scopes, &issuer, now)?;
    ground.close().await?;
    Ok(MintedToken {
        access_token: minted.token.into(),
        token_type: "Bearer",
        expires_in: minted.expires_in.as_secs(),
        scope: minted.scopes.to_string(),
    })
}

/// Looks into a token, and tells whether a server on this data folder would take it.
///
/// # Errors
/// When the data folder cannot be opened, and for what has not the form of a token.
pub async fn inspect_token(config: Config, token: &str) -> Result<InspectedToken, TokenCommandError> {
    let parts = inspect(token).ok_or(TokenCommandError::NotAToken)?;
    let ground = open(config).await?;
    let tokens = tokens(&ground, ground.config.auth.token_lifetime).await?;
    let verified = tokens.verify(token.trim(), ground.clock.now());
    ground.close().await?;
    let reason = verified.err().map(|error: TokenError| error.to_string());
    Ok(InspectedToken { header: parts.header, claims: parts.claims, valid: reason.is_none(), reason })
}

/// What is kept, and never anything new.
async fn open(config: Config) -> Result<Ground, TokenCommandError> {
    found::kept(&config)?;
    Ok(Ground::open(config, Access::Tool).await?)
}

async fn tokens(ground: &Ground, lifetime: Duration) -> Result<Tokens, TokenCommandError> {
    let stored = ground.store.configuration().await.map_err(StartError::from)?.signing_keys;
    let keys = SigningKeys::restore(stored.into_iter().map(stored_key).collect(), &ground.sealer)?;
    Ok(Tokens::new(Arc::new(keys), ground.registry.clone(), lifetime))
}

fn client(registry: &Registry, order: &TokenOrder) -> Result<Arc<Client>, TokenCommandError> {
    let client = found::client(registry, &order.tenant, &order.client)?;
    if client.api.grants_tokens() { Ok(client) } else { Err(TokenCommandError::NoTokens) }
}

fn scopes(client: &Client, asked: Option<&str>) -> Result<Scopes, TokenCommandError> {
    let Some(asked) = asked else { return Ok(client.scopes) };
    let scopes: Scopes = asked.parse()?;
    let allowed = !scopes.is_empty() && scopes.is_within(client.scopes);
    if allowed { Ok(scopes) } else { Err(TokenCommandError::ScopeNotAllowed(client.scopes)) }
}

/// The secret that lasts longest, of several the newest: a token ends with its secret.
fn lasting_secret(client: &Client, now: Millis) -> Option<&Secret> {
    let live = client.secrets.iter().filter(|secret| secret.is_live(now));
    live.max_by_key(|secret| (secret.expires.unwrap_or(Millis(i64::MAX)), secret.number))
}
