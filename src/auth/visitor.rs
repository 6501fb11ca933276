//! Visitors of web chats: strangers on a tenant's page, who get a token without a secret. Knows no conversations;
//! which of them are a visitor's own is kept with them.
//!
//! A visitor's token carries no scope, so it opens nothing that does not ask for visitors by name.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::keys::{KeyError, SigningKeys};
use super::token::{Identity, Minted, moment, seconds};
use crate::domain::client::{Api, Scopes};
use crate::domain::clock::Millis;
use crate::domain::ids::{ClientId, IntegrationId, SecretId, TenantId, VisitorId};

/// Who visits which web chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// Tells this visit from all others.
    pub id: VisitorId,
    /// The web chat.
    pub integration: IntegrationId,
}

/// What a visitor's token says. Times are whole seconds since 1970.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct VisitorClaims {
    iss: String,
    sub: VisitorId,
    tenant: TenantId,
    web_chat: IntegrationId,
    iat: i64,
    pub(super) nbf: i64,
    exp: i64,
}

impl VisitorClaims {
    pub(super) fn identity(&self) -> Identity {
        let visitor = Visitor { id: self.sub, integration: self.web_chat };
        Identity {
            client: visitors_of(visitor.integration),
            tenant: self.tenant,
            api: Api::Engine,
            scopes: Scopes::NONE,
            secret: SecretId::new(),
            visitor: Some(visitor),
            expires: moment(self.exp),
        }
    }
}

/// A token for a new visitor of a web chat.
pub(super) fn mint(
    keys: &SigningKeys,
    (tenant, web_chat): (TenantId, IntegrationId),
    issuer: &str,
    now: Millis,
    lifetime: Duration,
) -> Result<Minted, KeyError> {
    let (issued, expires) = (seconds(now), seconds(now.plus(lifetime)));
    let token = keys.sign(&VisitorClaims {
        iss: issuer.to_owned(),
        sub: VisitorId::new(),
        tenant,
        web_chat,
        iat: issued,
        nbf: issued,
        exp: expires,
    })?;
    let expires_in = Duration::from_secs((expires - issued).unsigned_abs());
    Ok(Minted { token, expires_in, scopes: Scopes::NONE })
}

/// The name under which all visitors of a web chat are counted: as one client, since whoever wants to call more often
/// than one may would else only ask for more tokens.
pub fn visitors_of(web_chat: IntegrationId) -> ClientId {
    ClientId::from(format!("web-chat.{web_chat}"))
}
