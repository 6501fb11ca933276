//! Access tokens: what they say, minting them, and turning one that was presented back into who presents it.
//! Knows neither HTTP nor the store; whether a secret still counts is asked through [`SecretState`].
//!
//! A token is a JWT that anybody can verify with the published keys. It has no `aud`: libraries refuse a
//! token that names an audience they were not told of, and the scopes say already what it opens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::keys::{KeyError, SigningKeys};
use super::verified::{Fingerprint, VerifiedTokens};
use super::visitor::{self, Visitor, VisitorClaims};
use crate::domain::client::{Api, Client, Scopes, Secret};
use crate::domain::clock::Millis;
use crate::domain::ids::{ClientId, IntegrationId, SecretId, TenantId};

/// How far the clock of the node that minted a token may be ahead of ours. For `nbf` only: a token never
/// lives longer than it says.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// The longest text that is looked at as a token, in bytes. Ours have about 900; the rest is room for long
/// names, and anything longer would only be made to keep us busy.
const MAX_TOKEN_BYTES: usize = 4096;

/// What an access token says (RFC 9068, less the audience). Times are whole seconds since 1970.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    /// The address under which the token was asked for. Not checked: the key alone proves that it is ours,
    /// and one broker may be reached by several addresses.
    iss: String,
    sub: ClientId,
    client_id: ClientId,
    tenant: TenantId,
    api: String,
    /// Separated by spaces.
    scope: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    /// Makes two tokens of one second different.
    jti: Uuid,
    /// The secret that opened it.
    sid: SecretId,
}

impl Claims {
    fn identity(self) -> Result<Identity, TokenError> {
        Ok(Identity {
            client: self.client_id,
            tenant: self.tenant,
            api: self.api.parse().map_err(|_| TokenError::Malformed)?,
            scopes: self.scope.parse().map_err(|_| TokenError::Malformed)?,
            secret: self.sid,
            visitor: None,
            expires: moment(self.exp),
        })
    }
}

/// What any token of ours says.
#[derive(Deserialize)]
#[serde(untagged)]
enum AnyClaims {
    Client(Claims),
    Visitor(VisitorClaims),
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not a token of ours in form or in content.
    #[error("the token is malformed")]
    Malformed,
    /// It claims to be signed in a way in which we sign nothing.
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    /// It names no key of ours, or one that has been forgotten.
    #[error("the token is signed with an unknown key")]
    UnknownKey,
    /// The signature is not that of its content.
    #[error("the token's signature is wrong")]
    Signature,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// The secret that opened it has been deleted or has expired, or its client is gone, or the web chat is.
    #[error("the token has been revoked")]
    Revoked,
}

/// Who a token speaks for, and what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The client; the visitors of a web chat are one.
    pub client: ClientId,
    /// The tenant to which everything that it asks for has to belong.
    pub tenant: TenantId,
    /// The API for which the client was made.
    pub api: Api,
    /// What it may do: what was granted, which can be less than the client has.
    pub scopes: Scopes,
    /// The secret that opened it and with which it ends; a visitor's is none that there is.
    pub secret: SecretId,
    /// The visitor of a web chat, where it is one.
    pub visitor: Option<Visitor>,
    /// From this moment on it is nobody.
    pub expires: Millis,
}

impl Identity {
    pub(super) fn is_expired(&self, now: Millis) -> bool {
        now >= self.expires
    }
}

/// A new token and what its asker is told with it.
#[derive(Debug)]
pub struct Minted {
    /// The token.
    pub token: String,
    /// How long it is good for, in whole seconds.
    pub expires_in: Duration,
    /// What it may do.
    pub scopes: Scopes,
}

/// Where to ask whether a secret still opens its client. Asked at every call, so it must answer from memory.
pub trait SecretState: Send + Sync {
    /// Whether `client` exists and has this secret, and the secret has not expired at `now`
    /// ([`Client::has_live_secret`]).
    fn is_live(&self, client: &ClientId, secret: SecretId, now: Millis) -> bool;

    /// Whether the tenant has this web chat.
    fn has_web_chat(&self, tenant: TenantId, integration: IntegrationId) -> bool;
}

/// Whether what opened a token is still there: the secret, or the web chat.
pub(super) fn is_founded(secrets: &dyn SecretState, identity: &Identity, now: Millis) -> bool {
    match identity.visitor {
        Some(visitor) => secrets.has_web_chat(identity.tenant, visitor.integration),
        None => secrets.is_live(&identity.client, identity.secret, now),
    }
}

/// Mints and verifies access tokens.
pub struct Tokens {
    keys: Arc<SigningKeys>,
    secrets: Arc<dyn SecretState>,
    lifetime: Duration,
    verified: VerifiedTokens,
    /// A plain count: nothing is decided by it.
    signature_checks: AtomicU64,
}

impl Tokens {
    /// Tokens signed with `keys` that live for `lifetime`.
    pub fn new(keys: Arc<SigningKeys>, secrets: Arc<dyn SecretState>, lifetime: Duration) -> Self {
        Self { keys, secrets, lifetime, verified: VerifiedTokens::new(), signature_checks: AtomicU64::new(0) }
    }

    /// A token for `client`, opened by `secret`, with the scopes that were `granted`. `issuer` is the
    /// address of this broker as the asker sees it. It ends with its secret when that expires earlier.
    ///
    /// # Errors
    /// [`KeyError`]; none of them is the asker's fault.
    pub fn mint(
        &self,
        client: &Client,
        secret: &Secret,
        granted: Scopes,
        issuer: &str,
        now: Millis,
    ) -> Result<Minted, KeyError> {
        let issued = seconds(now);
        let end = now.plus(self.lifetime);
        let expires = seconds(secret.expires.map_or(end, |limit| limit.min(end))).max(issued);
        let token = self.keys.sign(&Claims {
            iss: issuer.to_owned(),
            sub: client.id.clone(),
            client_id: client.id.clone(),
            tenant: client.tenant,
            api: client.api.as_str().to_owned(),
            scope: granted.to_string(),
            iat: issued,
            nbf: issued,
            exp: expires,
            jti: Uuid::new_v4(),
            sid: secret.id,
        })?;
        Ok(Minted {
            token,
            expires_in: Duration::from_secs((expires - issued).unsigned_abs()),
            scopes: granted,
        })
    }

    /// A token for a new visitor of a web chat, which is good for nothing but chatting there.
    ///
    /// # Errors
    /// [`KeyError`]; none of them is the asker's fault.
    pub fn mint_visitor(
        &self,
        tenant: TenantId,
        web_chat: IntegrationId,
        issuer: &str,
        now: Millis,
    ) -> Result<Minted, KeyError> {
        visitor::mint(&self.keys, (tenant, web_chat), issuer, now, self.lifetime)
    }

    /// Who `token` speaks for at `now`. The signature of a token is checked the first time only; its time
    /// and its secret are checked every time.
    ///
    /// # Errors
    /// [`TokenError`]: whatever is not one of our own tokens, in time, of a living secret.
    pub fn verify(&self, token: &str, now: Millis) -> Result<Arc<Identity>, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Malformed);
        }
        let fingerprint = Fingerprint::of(token);
        if let Some(identity) = self.verified.get(fingerprint) {
            return match self.recheck(&identity, now) {
                Ok(()) => Ok(identity),
                Err(refused) => {
                    self.verified.remove(fingerprint);
                    Err(refused)
                }
            };
        }
        let identity = Arc::new(self.open(token, now)?);
        self.recheck(&identity, now)?;
        self.verified.insert(fingerprint, Arc::clone(&identity), now);
        Ok(identity)
    }

    /// Whether an identity still counts at `now`, for a connection that outlives the call in which its
    /// token was verified.
    ///
    /// # Errors
    /// [`TokenError::Expired`] and [`TokenError::Revoked`].
    pub fn recheck(&self, identity: &Identity, now: Millis) -> Result<(), TokenError> {
        if identity.is_expired(now) {
            return Err(TokenError::Expired);
        }
        if !is_founded(&*self.secrets, identity, now) {
            return Err(TokenError::Revoked);
        }
        Ok(())
    }

    /// How many tokens came whose signature had to be looked at; the calls less these were answered from
    /// memory.
    pub fn signature_checks(&self) -> u64 {
        self.signature_checks.load(Ordering::Relaxed)
    }

    fn open(&self, token: &str, now: Millis) -> Result<Identity, TokenError> {
        self.signature_checks.fetch_add(1, Ordering::Relaxed);
        let claims: AnyClaims = self.keys.open(token)?;
        let not_before = match &claims {
            AnyClaims::Client(claims) => claims.nbf,
            AnyClaims::Visitor(claims) => claims.nbf,
        };
        if moment(not_before) > now.plus(CLOCK_SKEW) {
            return Err(TokenError::NotYetValid);
        }
        match claims {
            AnyClaims::Client(claims) => claims.identity(),
            AnyClaims::Visitor(claims) => Ok(claims.identity()),
        }
    }
}

/// A moment as a token writes it.
pub(super) fn seconds(moment: Millis) -> i64 {
    moment.0.div_euclid(1000)
}

/// The moment that a token wrote.
pub(super) fn moment(seconds: i64) -> Millis {
    Millis(seconds.saturating_mul(1000))
}

#[cfg(test)]
mod tests;
