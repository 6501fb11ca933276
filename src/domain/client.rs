//! Clients: the credentials with which a program calls an API, and the scopes they open.
//! Knows nothing of how a secret is made, hashed or sent; that is `auth`'s.

use std::fmt;
use std::str::FromStr;

use subtle::ConstantTimeEq;

use super::clock::Millis;
use super::ids::{ClientId, SecretId, TenantId};

/// The API that a client's credentials are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {
    /// The control plane.
    Portal,
    /// Conversations, interactions and their live events.
    Engine,
    /// Streaming sessions and the publishing of engagement events.
    Streaming,
    /// The messaging (XMS) calls, opened by an API key.
    Messaging,
    /// The handoff and FAQ calls of bot platforms, opened by an API key.
    Handoff,
}

impl Api {
    const ALL: [Self; 5] = [Self::Portal, Self::Engine, Self::Streaming, Self::Messaging, Self::Handoff];

    /// The word for this API in the store and in our own tokens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Engine => "engine",
            Self::Streaming => "streaming",
            Self::Messaging => "messaging",
            Self::Handoff => "handoff",
        }
    }

    /// The scopes that a client of this API is made with. None for an API whose callers send their key with
    /// every call: such a client gets no tokens.
    pub fn scopes(self) -> Scopes {
        match self {
            Self::Portal => Scopes::from_iter([Scope::PortalApi]),
            Self::Engine => Scopes::from_iter([Scope::EngineApi]),
            Self::Streaming => Scopes::from_iter([Scope::Streaming, Scope::StreamingPublish]),
            Self::Messaging | Self::Handoff => Scopes::NONE,
        }
    }

    /// Whether clients of this API exchange their secret for access tokens.
    pub fn grants_tokens(self) -> bool {
        !self.scopes().is_empty()
    }
}

/// A word that names no [`Api`].
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an API")]
pub struct UnknownApi(pub String);

impl FromStr for Api {
    type Err = UnknownApi;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|api| api.as_str() == text).ok_or_else(|| UnknownApi(text.to_owned()))
    }
}

/// One right that a token can carry; every route names the one it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everything under the portal.
    PortalApi,
    /// Conversations, interactions, inbound activities and events.
    EngineApi,
    /// Streaming sessions, subscriptions and polls.
    Streaming,
    /// Publishing engagement events into an organization.
    StreamingPublish,
}

impl Scope {
    /// In the order in which a list of scopes is written.
    pub const ALL: [Self; 4] = [Self::PortalApi, Self::EngineApi, Self::Streaming, Self::StreamingPublish];

    /// The scope as it stands in a token request and in a token.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PortalApi => "hubster-portal-api",
            Self::EngineApi => "hubster-engine-api",
            Self::Streaming => "streamingapi",
            Self::StreamingPublish => "streamingapi.publish",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A scope that this broker does not know.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a scope")]
pub struct UnknownScope(pub String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

/// A set of scopes: one bit for each, so that asking costs nothing.
///
/// As text it is a space separated list, always in the same order.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scopes {
    /// No scope at all.
    pub const NONE: Self = Self(0);

    /// Whether `scope` is in the set.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether every scope of this set is in `other`.
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether there is no scope in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes, in the order in which they are written.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl FromStr for Scopes {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(' ').filter(|word| !word.is_empty()).map(str::parse).collect()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// A program that may call one API of a tenant.
#[derive(Clone, Debug)]
pub struct Client {
    /// What the program gives as `client_id` (or `x-api-id`).
    pub id: ClientId,
    /// Whose client it is.
    pub tenant: TenantId,
    /// What it may call.
    pub api: Api,
    /// Its name, for people.
    pub name: String,
    /// The most that a token of this client can carry.
    pub scopes: Scopes,
    /// Every secret that has not been deleted; several, so that one can be replaced without an outage.
    pub secrets: Vec<Secret>,
    /// How many secrets it has had so far, which is also the highest number that one of them got: a number is not given
    /// again when its secret is gone.
    pub secrets_made: u32,
}

impl Client {
    /// Whether `secret` is one of this client's and still opens it at `now`: neither deleted nor expired.
    pub fn has_live_secret(&self, secret: SecretId, now: Millis) -> bool {
        self.secrets.iter().any(|own| own.id == secret && own.is_live(now))
    }
}

/// One secret of a client, of which only the hash is kept.
#[derive(Clone, Debug)]
pub struct Secret {
    /// What tokens remember of the secret that opened them.
    pub id: SecretId,
    /// The small number by which the portal shows and deletes it.
    pub number: u32,
    /// Its name, for people.
    pub name: String,
    /// What is compared with an offered secret.
    pub hash: SecretHash,
    /// The secret's last characters, shown in its place.
    pub hint: String,
    /// From this moment on it opens nothing; `None` never.
    pub expires: Option<Millis>,
}

impl Secret {
    /// Whether the secret still opens its client at `now`.
    pub fn is_live(&self, now: Millis) -> bool {
        self.expires.is_none_or(|end| now < end)
    }
}

/// The hash of a secret (SHA-256). Equality takes the same time wherever two of them differ, and `Debug`
/// shows nothing.
#[derive(Clone, Copy)]
pub struct SecretHash(pub [u8; 32]);

impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SecretHash {}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_written_in_one_order_whatever_the_order_they_were_asked_in() {
        let scopes: Scopes = "streamingapi.publish  hubster-portal-api streamingapi".parse().unwrap();
        assert_eq!(scopes.to_string(), "hubster-portal-api streamingapi streamingapi.publish");
    }

    #[test]
    fn every_scope_reads_back_from_its_wire_string() {
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
        }
    }

    #[test]
    fn an_unknown_scope_is_named_in_the_error() {
        let error = "streamingapi openid".parse::<Scopes>().unwrap_err();
        assert_eq!(error, UnknownScope("openid".to_owned()));
    }

    #[test]
    fn an_empty_list_is_the_empty_set() {
        assert_eq!("".parse(), Ok(Scopes::NONE));
        assert_eq!(Scopes::NONE.to_string(), "");
    }

    #[test]
    fn a_set_is_within_another_only_when_nothing_of_it_is_missing_there() {
        let streaming = Api::Streaming.scopes();
        let publish = Scopes::from_iter([Scope::StreamingPublish]);
        assert!(publish.is_within(streaming));
        assert!(!streaming.is_within(publish));
        assert!(Scopes::NONE.is_within(publish));
    }

    #[test]
    fn every_api_reads_back_from_its_word() {
        for api in Api::ALL {
            assert_eq!(api.as_str().parse(), Ok(api));
        }
        assert_eq!("Portal".parse::<Api>(), Err(UnknownApi("Portal".to_owned())));
    }

    #[test]
    fn clients_that_send_a_key_with_every_call_get_no_tokens() {
        assert!(Api::Engine.grants_tokens());
        assert!(!Api::Messaging.grants_tokens());
        assert!(!Api::Handoff.grants_tokens());
    }

    #[test]
    fn a_secret_stops_at_its_expiration_and_not_before() {
        let secret = Secret {
            id: SecretId::new(),
            number: 1,
            name: "first".to_owned(),
            hash: SecretHash([0; 32]),
            hint: String::new(),
            expires: Some(Millis(1_000)),
        };
        assert!(secret.is_live(Millis(999)));
        assert!(!secret.is_live(Millis(1_000)));
    }

    #[test]
    fn a_hash_does_not_show_itself_in_debug_output() {
        assert_eq!(format!("{:?}", SecretHash([0xab; 32])), "SecretHash(..)");
    }
}
