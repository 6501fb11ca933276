//! Secrets and API keys: how they are made, what is kept of them, and how an offered one is compared.
//! Knows nothing of whose they are.
//!
//! What is kept is one round of SHA-256. A slow password hash would be wasted here: a secret is 256 random
//! bits that nobody chose, so there is no guess worth trying, and API keys are checked on every call.

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::domain::client::SecretHash;

/// Random bytes in a secret: as many as its hash has.
const SECRET_BYTES: usize = 32;

/// Characters of a secret that stay visible in lists: enough to tell two apart, far too few to help a guess.
const HINT_CHARS: usize = 4;

/// A secret in the clear, for the one answer that shows it. It can be read by [`PlainSecret::expose`] only:
/// there is no `Debug` or `Display` through which it could reach a log.
pub struct PlainSecret(String);

impl PlainSecret {
    /// The secret itself: 43 characters of the URL-safe base64 alphabet.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The last characters, which may be kept and shown.
    pub fn hint(&self) -> String {
        self.0[self.0.len().saturating_sub(HINT_CHARS)..].to_owned()
    }
}

/// A new secret or API key, and what to keep of it.
pub fn generate() -> (PlainSecret, SecretHash) {
    let secret = PlainSecret(random_text());
    let hash = hash(secret.expose());
    (secret, hash)
}

/// What is kept of the secret `text`.
pub fn hash(text: &str) -> SecretHash {
    SecretHash(Sha256::digest(text.as_bytes()).into())
}

/// Whether `offered` is the secret of which `kept` was kept. How long it takes says nothing about how much
/// of it was right.
pub fn verify(offered: &str, kept: &SecretHash) -> bool {
    hash(offered) == *kept
}

/// 256 random bits as URL-safe text.
pub(super) fn random_text() -> String {
    let mut bytes = [0; SECRET_BYTES];
    rand::fill(&mut bytes).expect("the operating system has random bytes once it has started");
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_43_url_safe_characters_and_never_the_same_twice() {
        let (first, _) = generate();
        let (second, _) = generate();
        assert_eq!(first.expose().len(), 43);
        assert!(first.expose().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_ne!(first.expose(), second.expose());
    }

    #[test]
    fn a_secret_is_recognised_by_what_was_kept_of_it() {
        let (secret, kept) = generate();
        assert!(verify(secret.expose(), &kept));
    }

    #[test]
    fn another_secret_or_part_of_the_right_one_is_refused() {
        let (secret, kept) = generate();
        let (other, _) = generate();
        assert!(!verify(other.expose(), &kept));
        assert!(!verify(&secret.expose()[..42], &kept));
        assert!(!verify("", &kept));
    }

    #[test]
    fn the_hint_is_the_end_of_the_secret() {
        let (secret, _) = generate();
        assert_eq!(secret.hint(), &secret.expose()[39..]);
    }
}
