//! Credentials: a client's id and secret as they are presented, and the one place that decides whether they
//! are right. Knows nothing of what they then open.

use std::iter;
use std::sync::Arc;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::secret;
use crate::domain::client::{Client, Secret, SecretHash};
use crate::domain::clock::Millis;
use crate::domain::ids::ClientId;

/// The hash with which an offered secret is compared after all real ones. No secret has it, as far as anybody
/// can know.
const NOBODYS: SecretHash = SecretHash([0; 32]);

/// Base64 as clients really send it: with its padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Where to find a client by its id, whoever's it is. Asked before anybody is known, so it must answer from
/// memory.
pub trait ClientDirectory: Send + Sync {
    /// The client as it is now, with every secret that has not been deleted.
    fn find(&self, id: &ClientId) -> Option<Arc<Client>>;

    /// The client that has a secret of this hash, as it is now. It is found by the whole of the hash, so how long it
    /// takes says nothing of the secret.
    fn find_by_secret(&self, hash: SecretHash) -> Option<Arc<Client>>;
}

/// A client that has proved to be itself, and the secret with which it did.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// The client.
    pub client: Arc<Client>,
    /// The secret; at the time it had not expired.
    pub secret: Secret,
}

/// The client `id`, when `offered` is one of its secrets or API keys and has not expired at `now`.
///
/// An unknown client costs what a wrong secret costs: the offered secret is hashed and compared in any
/// case. What differs is a comparison of 32 bytes for each secret that the client has.
pub fn authenticate(
    directory: &dyn ClientDirectory,
    id: &ClientId,
    offered: &str,
    now: Millis,
) -> Option<Authenticated> {
    let offered = secret::hash(offered);
    let client = directory.find(id);
    let secrets = client.iter().flat_map(|client| &client.secrets);
    let candidates = secrets.map(|secret| (secret.hash, Some(secret))).chain(iter::once((NOBODYS, None)));
    let found = candidates.fold(None, |found, (hash, secret)| {
        let right = hash == offered;
        secret.filter(|secret| right && secret.is_live(now)).or(found)
    });
    let secret = found?.clone();
    Some(Authenticated { client: client?, secret })
}

/// The client one of whose secrets or API keys `offered` is, where it does not say which it is; none when that has
/// expired at `now`.
///
/// A secret is random enough to be of one client alone.
pub fn authenticate_by_secret(
    directory: &dyn ClientDirectory,
    offered: &str,
    now: Millis,
) -> Option<Authenticated> {
    let offered = secret::hash(offered);
    let client = directory.find_by_secret(offered)?;
    let secret = client.secrets.iter().find(|secret| secret.hash == offered && secret.is_live(now))?.clone();
    Some(Authenticated { client, secret })
}

/// The value of an `Authorization` header is not `Basic` credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the Authorization header does not hold Basic credentials")]
pub struct NotBasic;

/// A client's id and secret from an `Authorization: Basic` header.
pub struct BasicCredentials {
    /// The client's id.
    pub id: String,
    /// Its secret.
    pub secret: String,
}

impl BasicCredentials {
    /// Reads the header's value. Id and secret are form-encoded inside of it, which other uses of `Basic`
    /// do not do (RFC 6749 §2.3.1).
    ///
    /// # Errors
    /// [`NotBasic`] for another scheme and for anything that cannot be read.
    pub fn parse(header: &str) -> Result<Self, NotBasic> {
        let (scheme, encoded) = header.trim().split_once(' ').ok_or(NotBasic)?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return Err(NotBasic);
        }
        let decoded = BASE64.decode(encoded.trim_start()).map_err(|_| NotBasic)?;
        let decoded = String::from_utf8(decoded).map_err(|_| NotBasic)?;
        let (id, secret) = decoded.split_once(':').ok_or(NotBasic)?;
        Ok(Self { id: form_decode(id).ok_or(NotBasic)?, secret: form_decode(secret).ok_or(NotBasic)? })
    }
}

impl std::fmt::Debug for BasicCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BasicCredentials").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Undoes `application/x-www-form-urlencoded`; `None` for a broken escape or for bytes that are no text.
fn form_decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::auth::testing::{OneClient, START, client};
    use crate::domain::client::Api;
    use crate::domain::ids::SecretId;

    fn basic(pair: impl AsRef<[u8]>) -> Result<(String, String), NotBasic> {
        let header = format!("Basic {}", STANDARD.encode(pair));
        BasicCredentials::parse(&header).map(|credentials| (credentials.id, credentials.secret))
    }

    fn pair(id: &str, secret: &str) -> Result<(String, String), NotBasic> {
        Ok((id.to_owned(), secret.to_owned()))
    }

    #[test]
    fn the_right_secret_is_recognised_and_named() {
        let (client, secret) = client(Api::Messaging);
        let directory = OneClient::new(client.clone());
        let known = authenticate(&*directory, &client.id, &secret, START).unwrap();
        assert_eq!(known.client.id, client.id);
        assert_eq!(known.secret.id, client.secrets[0].id);
    }

    #[test]
    fn any_of_several_secrets_will_do() {
        let (mut client, first) = client(Api::Engine);
        let (second, hash) = secret::generate();
        let newer = Secret { id: SecretId::new(), number: 2, hash, ..client.secrets[0].clone() };
        client.secrets.push(newer.clone());
        let directory = OneClient::new(client.clone());
        let by = |secret: &str| authenticate(&*directory, &client.id, secret, START).unwrap().secret.id;
        assert_eq!(by(&first), client.secrets[0].id);
        assert_eq!(by(second.expose()), newer.id);
    }

    #[test]
    fn a_wrong_secret_an_unknown_client_and_one_without_secrets_are_refused() {
        let (client, secret) = client(Api::Engine);
        let directory = OneClient::new(client.clone());
        assert!(authenticate(&*directory, &client.id, "wrong", START).is_none());
        assert!(authenticate(&*directory, &client.id, "", START).is_none());
        assert!(authenticate(&*directory, &"unknown".into(), &secret, START).is_none());
        directory.change(|client| client.secrets.clear());
        assert!(authenticate(&*directory, &client.id, &secret, START).is_none());
    }

    #[test]
    fn an_expired_secret_is_refused() {
        let (client, secret) = client(Api::Engine);
        let directory = OneClient::new(client.clone());
        directory.change(|client| client.secrets[0].expires = Some(START));
        assert!(authenticate(&*directory, &client.id, &secret, START).is_none());
    }

    #[test]
    fn a_secret_alone_names_its_client_until_it_expires_or_is_deleted() {
        let (client, secret) = client(Api::Messaging);
        let directory = OneClient::new(client.clone());
        let by = |secret: &str| authenticate_by_secret(&*directory, secret, START);
        let known = by(&secret).unwrap();
        assert_eq!((&known.client.id, known.secret.id), (&client.id, client.secrets[0].id));
        assert!(by("wrong").is_none() && by("").is_none());
        directory.change(|client| client.secrets[0].expires = Some(START));
        assert!(by(&secret).is_none());
        directory.change(|client| client.secrets.clear());
        assert!(by(&secret).is_none());
    }

    #[test]
    fn basic_credentials_are_split_at_the_first_colon() {
        assert_eq!(basic("id:secret:more"), pair("id", "secret:more"));
        assert_eq!(basic("id:"), pair("id", ""));
    }

    #[test]
    fn basic_credentials_are_form_decoded() {
        assert_eq!(basic("my%3Aid:a+b%2Bc%C3%A4"), pair("my:id", "a b+cä"));
    }

    #[test]
    fn basic_takes_any_case_of_its_name_and_base64_without_padding() {
        let read = BasicCredentials::parse("bAsIc  aWQ6cw").unwrap();
        assert_eq!((read.id.as_str(), read.secret.as_str()), ("id", "s"));
    }

    #[test]
    fn what_is_not_basic_is_refused() {
        for header in ["", "Basic", "Basic ", "Basic !!", "Bearer aWQ6cw==", "aWQ6cw==", "Basic aWQ="] {
            assert_eq!(BasicCredentials::parse(header).err(), Some(NotBasic), "{header}");
        }
        for broken in ["id:%", "id:%2", "id:%zz", "id:%+f", "%ff:x"] {
            assert_eq!(basic(broken), Err(NotBasic), "{broken}");
        }
        assert_eq!(basic([0xff, b':', b'x']), Err(NotBasic));
    }

    #[test]
    fn credentials_do_not_show_their_secret_in_debug_output() {
        let read = BasicCredentials::parse("Basic aWQ6c2VjcmV0").unwrap();
        assert_eq!(format!("{read:?}"), r#"BasicCredentials { id: "id", .. }"#);
    }
}
