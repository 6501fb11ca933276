//! The signing keys: which one signs now, which older ones still vouch for tokens that are out, and the set
//! of public keys that everybody may read.
//! Knows nothing of what the tokens say, and nothing of the store: callers keep the [`StoredKey`]s.
//!
//! RSA with SHA-256 (RS256), because every JWT library verifies it without being told anything more than
//! where the key set is.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use parking_lot::RwLock;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::seal::{SealError, Sealer};
use super::token::TokenError;
use crate::domain::clock::Millis;

/// How much longer than a token's lifetime a retired key is kept: another node may go on signing with it
/// until it has read the new one.
const RETIREMENT_MARGIN: Duration = Duration::from_secs(300);

/// A signing key as the store keeps it: the private part sealed, so that the store alone can sign nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// The name by which tokens refer to it: the public key's thumbprint (RFC 7638).
    pub kid: String,
    /// The private key (PKCS #8), sealed for this `kid`.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created: Millis,
    /// When it stopped signing; `None` while it signs.
    pub retired: Option<Millis>,
}

/// Why a signing key cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is no key yet: the first rotation makes one.
    #[error("there is no signing key")]
    NoKey,
    /// A stored key was sealed with another master key, or is damaged.
    #[error("signing key '{kid}' cannot be unsealed")]
    Sealed {
        /// The key.
        kid: String,
        /// What the sealer said.
        source: SealError,
    },
    /// A stored key is not the RSA key that its name stands for.
    #[error("signing key '{kid}' is not the key of that name")]
    Invalid {
        /// The key.
        kid: String,
    },
    /// The cryptography library failed to make or to use a key.
    #[error("the signing operation failed")]
    Crypto,
    /// The claims do not become JSON.
    #[error("the claims cannot be written")]
    Claims(#[from] serde_json::Error),
}

/// A rotation that is worked out but not in force: first keep [`Rotation::stored`], then hand it to
/// [`SigningKeys::adopt`]. The other way round a crash could leave tokens that nobody can verify.
pub struct Rotation {
    fresh: Key,
    retired: Vec<StoredKey>,
}

impl Rotation {
    /// The keys to insert or update: the new one and those that it retires.
    pub fn stored(&self) -> Vec<StoredKey> {
        self.retired.iter().chain([&self.fresh.stored]).cloned().collect()
    }
}

/// Every key that still counts.
///
/// The lock guards one pointer to an unchanging set, and is held just long enough to copy or to exchange the
/// pointer: signing and verifying, which take far longer, go on while keys rotate.
pub struct SigningKeys(RwLock<Arc<KeySet>>);

impl SigningKeys {
    /// The keys that the store kept; none at all on an empty store.
    ///
    /// # Errors
    /// [`KeyError::Sealed`] and [`KeyError::Invalid`] name the key that cannot be used.
    pub fn restore(stored: Vec<StoredKey>, sealer: &Sealer) -> Result<Self, KeyError> {
        KeySet::unseal(stored, sealer).map(|set| Self(RwLock::new(Arc::new(set))))
    }

    /// Takes over what the store keeps now, after another node has rotated.
    ///
    /// # Errors
    /// As [`SigningKeys::restore`]; the present keys then stay in force.
    pub fn reload(&self, stored: Vec<StoredKey>, sealer: &Sealer) -> Result<(), KeyError> {
        let set = KeySet::unseal(stored, sealer)?;
        *self.0.write() = Arc::new(set);
        Ok(())
    }

    /// Whether a new key should be made: the present one signs for `period` already, or there is none.
    pub fn due(&self, now: Millis, period: Duration) -> bool {
        self.set().current().is_none_or(|key| key.stored.created.plus(period) <= now)
    }

    /// Makes the key that is to sign next. It takes a good part of a second of computing: not for a thread
    /// that serves connections.
    ///
    /// # Errors
    /// [`KeyError::Crypto`].
    pub fn prepare(&self, now: Millis, sealer: &Sealer) -> Result<Rotation, KeyError> {
        let fresh = Key::generate(now, sealer)?;
        let retired = self.set().retired_at(now).map(|key| key.stored).collect();
        Ok(Rotation { fresh, retired })
    }

    /// Puts a rotation in force: its key signs from now on, the ones before it only verify. It may have come
    /// by [`SigningKeys::reload`] already, when the store was read between keeping it and this call.
    pub fn adopt(&self, rotation: Rotation) {
        let fresh = rotation.fresh;
        let mut set = self.0.write();
        let retired = set.retired_at(fresh.stored.created);
        let others = set.keys.iter().filter(|key| key.stored.retired.is_some()).map(|key| (**key).clone());
        let mut keys: Vec<Key> = others.chain(retired).collect();
        keys.retain(|key| key.stored.kid != fresh.stored.kid);
        keys.push(fresh);
        *set = Arc::new(KeySet::new(keys));
    }

    /// Forgets the keys of which no token can be valid any more, when tokens live for `lifetime`, and gives
    /// their `kid`s, for the store to forget them too.
    pub fn prune(&self, now: Millis, lifetime: Duration) -> Vec<String> {
        let ended =
            |key: &Key| key.stored.retired.is_some_and(|at| at.plus(lifetime).plus(RETIREMENT_MARGIN) <= now);
        let mut set = self.0.write();
        let (gone, kept): (Vec<_>, Vec<_>) = set.keys.iter().partition(|key| ended(key));
        let gone: Vec<String> = gone.into_iter().map(|key| key.stored.kid.clone()).collect();
        if !gone.is_empty() {
            let kept = kept.into_iter().map(|key| (**key).clone()).collect();
            *set = Arc::new(KeySet::new(kept));
        }
        gone
    }

    /// The public keys as a JSON Web Key Set (RFC 7517), the signing one first. Made once per rotation.
    pub fn jwks(&self) -> Bytes {
        self.set().jwks.clone()
    }

    /// A token over `claims`, signed with the present key.
    pub(super) fn sign(&self, claims: &impl Serialize) -> Result<String, KeyError> {
        self.set().current().ok_or(KeyError::NoKey)?.sign(claims)
    }

    /// The claims of a token that one of these keys signed. Says nothing of whether the token is in time.
    pub(super) fn open<C: DeserializeOwned>(&self, token: &str) -> Result<C, TokenError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Malformed)?;
        if header.alg != Algorithm::RS256 {
            return Err(TokenError::Algorithm);
        }
        let set = self.set();
        let key = header.kid.and_then(|kid| set.named(&kid)).ok_or(TokenError::UnknownKey)?;
        let opened = jsonwebtoken::decode(token, &key.public, &signature_only());
        opened.map(|token| token.claims).map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => TokenError::Signature,
            _ => TokenError::Malformed,
        })
    }

    fn set(&self) -> Arc<KeySet> {
        Arc::clone(&self.0.read())
    }
}

/// Leaves time to the caller: the library would ask the machine's clock.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}

/// An unchanging set of keys, newest first, and the public text made of them.
struct KeySet {
    keys: Vec<Arc<Key>>,
    jwks: Bytes,
}

impl KeySet {
    fn new(mut keys: Vec<Key>) -> Self {
        keys.sort_by(|a, b| (b.stored.created, &b.stored.kid).cmp(&(a.stored.created, &a.stored.kid)));
        keys.sort_by_key(|key| key.stored.retired.is_some());
        let public: Vec<&Jwk> = keys.iter().map(|key| &key.jwk).collect();
        let jwks = serde_json::json!({ "keys": public }).to_string().into();
        Self { keys: keys.into_iter().map(Arc::new).collect(), jwks }
    }

    fn unseal(stored: Vec<StoredKey>, sealer: &Sealer) -> Result<Self, KeyError> {
        let keys = stored.into_iter().map(|key| Key::unseal(key, sealer)).collect::<Result<_, _>>()?;
        Ok(Self::new(keys))
    }

    /// The key that signs. Two nodes that rotate at the same moment leave two that are not retired; every
    /// node then takes the same one of them, and the next rotation retires both.
    fn current(&self) -> Option<&Key> {
        self.keys.first().filter(|key| key.stored.retired.is_none()).map(Arc::as_ref)
    }

    fn named(&self, kid: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.stored.kid == kid).map(Arc::as_ref)
    }

    /// The keys that sign now, as they are once they have stopped at `now`.
    fn retired_at(&self, now: Millis) -> impl Iterator<Item = Key> {
        self.keys.iter().filter(|key| key.stored.retired.is_none()).map(move |key| {
            let mut key = (**key).clone();
            key.stored.retired = Some(now);
            key
        })
    }
}

/// One key, ready for use.
#[derive(Clone)]
struct Key {
    stored: StoredKey,
    pair: KeyPair,
    public: DecodingKey,
    jwk: Jwk,
}

impl Key {
    fn generate(now: Millis, sealer: &Sealer) -> Result<Self, KeyError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Crypto)?;
        let private: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Crypto)?;
        let kid = Jwk::of(&pair).kid;
        let sealed = sealer.seal(&purpose(&kid), private.as_ref());
        Ok(Self::new(StoredKey { kid, sealed, created: now, retired: None }, pair))
    }

    fn unseal(stored: StoredKey, sealer: &Sealer) -> Result<Self, KeyError> {
        let private = sealer
            .open(&purpose(&stored.kid), &stored.sealed)
            .map_err(|source| KeyError::Sealed { kid: stored.kid.clone(), source })?;
        match KeyPair::from_pkcs8(&private) {
            Ok(pair) if Jwk::of(&pair).kid == stored.kid => Ok(Self::new(stored, pair)),
            _ => Err(KeyError::Invalid { kid: stored.kid }),
        }
    }

    fn new(stored: StoredKey, pair: KeyPair) -> Self {
        let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        Self { stored, public: DecodingKey::from_rsa_raw_components(&n, &e), jwk: Jwk::of(&pair), pair }
    }

    /// Signs with the key pair itself rather than through jsonwebtoken, which takes another encoding of the
    /// private key (PKCS #1) than it is made in and would parse that again for every token.
    fn sign(&self, claims: &impl Serialize) -> Result<String, KeyError> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.stored.kid.clone());
        let mut token = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header)?);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims)?, &mut token);

        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
            .map_err(|_| KeyError::Crypto)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

/// What a private key is sealed for: its own name, so that one key cannot stand in for another.
fn purpose(kid: &str) -> String {
    format!("signing-key/{kid}")
}

/// A public key as others read it (RFC 7517 and RFC 7518 §6.3.1).
#[derive(Clone, Serialize)]
struct Jwk {
    kty: &'static str,
    #[serde(rename = "use")]
    use_: &'static str,
    alg: &'static str,
    kid: String,
    n: String,
    e: String,
}

impl Jwk {
    fn of(pair: &KeyPair) -> Self {
        let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        let (n, e) = (URL_SAFE_NO_PAD.encode(n), URL_SAFE_NO_PAD.encode(e));
        Self { kty: "RSA", use_: "sig", alg: "RS256", kid: thumbprint(&n, &e), n, e }
    }
}

/// The name of a public key, made of nothing but the key (RFC 7638 §3).
fn thumbprint(n: &str, e: &str) -> String {
    let canonical = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(canonical.as_bytes()))
}

#[cfg(test)]
mod tests;
