//! Tokens that stand for a customer of one business (TRACT Packed eXtensible User Tokens, `pxut`): whoever is given
//! one can ask for the customer by it. It is signed, and hides nothing. Knows neither businesses nor customers, nor
//! whether there are any.
//!
//! A token is signed with the secret of the client that asked for it, so it is good with that client alone, and ends
//! with the secret. What is kept of a secret is its hash; the signing key is derived from that, so that a signature
//! tells nothing of it.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::domain::client::{Client, SecretHash};
use crate::domain::clock::Millis;

/// What the key is derived for: a key for anything else is another one.
const PURPOSE: &[u8] = b"user token";

/// Whom a token stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserToken {
    /// The number of the business.
    #[serde(rename = "b")]
    pub business: i64,
    /// The customer's name there.
    #[serde(rename = "u")]
    pub user: String,
    /// From this moment on the token is nothing.
    #[serde(rename = "e")]
    pub expires: Millis,
}

impl UserToken {
    /// The token as text of the URL-safe base64 alphabet, with a dot in it.
    pub fn sign(&self, secret: &SecretHash) -> String {
        let claims = serde_json::to_vec(self).expect("numbers and a text can be written as JSON");
        let claims = URL_SAFE_NO_PAD.encode(claims);
        let signature = hmac::sign(&key(secret), claims.as_bytes());
        format!("{claims}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Whom `text` stands for, when it was signed with a secret of this client that still opens it, and is not too
    /// old at `now`.
    pub fn read(text: &str, client: &Client, now: Millis) -> Option<Self> {
        let (claims, signature) = text.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let is_signed_with =
            |secret: &SecretHash| hmac::verify(&key(secret), claims.as_bytes(), &signature).is_ok();
        let mut live = client.secrets.iter().filter(|secret| secret.is_live(now));
        live.find(|secret| is_signed_with(&secret.hash))?;
        let token: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        (now < token.expires).then_some(token)
    }
}

fn key(secret: &SecretHash) -> hmac::Key {
    let root = hmac::Key::new(hmac::HMAC_SHA256, &secret.0);
    hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, PURPOSE).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::secret;
    use crate::auth::testing::{START, client};
    use crate::domain::client::{Api, Secret};
    use crate::domain::ids::SecretId;

    fn ada() -> UserToken {
        UserToken { business: 12, user: "ada \"£\"".to_owned(), expires: Millis(START.0 + 10) }
    }

    #[test]
    fn a_token_is_read_back_until_it_is_too_old() {
        let (client, _) = client(Api::Handoff);
        let text = ada().sign(&client.secrets[0].hash);
        assert_eq!(UserToken::read(&text, &client, START), Some(ada()));
        assert_eq!(UserToken::read(&text, &client, Millis(START.0 + 9)), Some(ada()));
        assert_eq!(UserToken::read(&text, &client, Millis(START.0 + 10)), None);
    }

    #[test]
    fn a_token_is_nothing_with_another_client_or_once_its_secret_is_gone() {
        let (mut owner, _) = client(Api::Handoff);
        let (other, _) = client(Api::Handoff);
        let text = ada().sign(&owner.secrets[0].hash);
        assert_eq!(UserToken::read(&text, &other, START), None);
        let (_, hash) = secret::generate();
        let newer = Secret { id: SecretId::new(), number: 2, hash, ..owner.secrets[0].clone() };
        owner.secrets.push(newer);
        assert_eq!(UserToken::read(&text, &owner, START), Some(ada()), "an older secret is as good");
        owner.secrets.remove(0);
        assert_eq!(UserToken::read(&text, &owner, START), None);
    }

    #[test]
    fn a_token_that_was_changed_anywhere_is_nothing() {
        let (client, _) = client(Api::Handoff);
        let text = ada().sign(&client.secrets[0].hash);
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(UserToken::read(&changed, &client, START), None, "{changed}");
        }
        for broken in ["", ".", "a.b", "tw389ysgd._aksdjknsk-545641964-B", &text[..text.len() - 1]] {
            assert_eq!(UserToken::read(broken, &client, START), None, "{broken}");
        }
    }
}
