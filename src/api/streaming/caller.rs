//! Who calls the streaming face: a token with the right scope, an API key of the same tenant, and the tenant's own
//! organization in the address. A handler that asks for none of these has no tenant to work for.
//! It must not know what is called.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use super::error::Refusal;
use crate::api::caller::{Denied, bearer};
use crate::api::state::ApiState;
use crate::auth::{Identity, secret};
use crate::broker::{SessionHead, WireFormat};
use crate::domain::client::{Scope, SecretHash};
use crate::domain::ids::{OrgId, SessionId};
use crate::telemetry::Face;

/// Names the streaming session of a request.
pub(super) const SESSION_HEADER: &str = "via-client-sessionid";

/// Opens the face beside the token.
pub(super) const API_KEY_HEADER: &str = "x-api-key";

/// Who may open and use sessions.
pub(super) struct Listener(pub(super) Arc<Identity>);

impl FromRequestParts<ApiState> for Listener {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Refusal> {
        let Credentials { identity, .. } = Credentials::from_request_parts(parts, state).await?;
        Ok(Self(identity))
    }
}

/// A [`Listener`] with the API key that it came with, for those who stay and call on.
pub(super) struct Credentials {
    pub(super) identity: Arc<Identity>,
    pub(super) key: SecretHash,
}

impl FromRequestParts<ApiState> for Credentials {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Refusal> {
        let identity = bearer(parts, state, Face::Streaming, Scope::Streaming)?;
        let key = admit(parts, state, &identity).await?;
        Ok(Self { identity, key })
    }
}

/// Who may publish events.
pub(super) struct Publisher(pub(super) Arc<Identity>);

impl FromRequestParts<ApiState> for Publisher {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Refusal> {
        match bearer(parts, state, Face::Streaming, Scope::StreamingPublish) {
            Ok(identity) => {
                admit(parts, state, &identity).await?;
                Ok(Self(identity))
            }
            // A listener is known here, and told that it may not; anybody else is not.
            Err(Denied::WrongScope) => {
                Listener::from_request_parts(parts, state).await?;
                Err(Refusal::Forbidden)
            }
            Err(denied) => Err(denied.into()),
        }
    }
}

/// A live session of the caller's organization.
pub(super) struct Session(SessionHead);

impl Session {
    /// The session that a request of this caller names.
    pub(super) fn of(identity: &Identity, parts: &Parts, state: &ApiState) -> Result<Self, Refusal> {
        header(parts, SESSION_HEADER)
            .and_then(|text| text.parse::<SessionId>().ok())
            .and_then(|id| state.engine.session(identity.tenant, id))
            .map(Self)
            .ok_or(Refusal::InvalidSession)
    }

    /// The session, when it was made with this version of the API.
    pub(super) fn made_with(self, format: WireFormat) -> Result<SessionHead, Refusal> {
        if self.0.format == format { Ok(self.0) } else { Err(Refusal::OtherVersion) }
    }

    /// The session, whichever version it was made with.
    pub(super) fn of_any_version(self) -> SessionHead {
        self.0
    }
}

impl FromRequestParts<ApiState> for Session {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Refusal> {
        let Listener(identity) = Listener::from_request_parts(parts, state).await?;
        Self::of(&identity, parts, state)
    }
}

/// Lets an identified caller in with a key of its tenant, into its own organization only; the key.
async fn admit(parts: &mut Parts, state: &ApiState, identity: &Identity) -> Result<SecretHash, Refusal> {
    let key = header(parts, API_KEY_HEADER).map(secret::hash).ok_or(Refusal::Unauthorized)?;
    if state.registry.api_key(key) != Some(identity.tenant) {
        return Err(Refusal::Unauthorized);
    }
    state.rate_limiters.count_api_key(Face::Streaming, key).map_err(Denied::TooMany)?;
    // The address may hold anything, which is no reason to answer otherwise than for an unknown name.
    let params = RawPathParams::from_request_parts(parts, state).await.ok();
    let organization = params.as_ref().and_then(|params| params.iter().find(|(name, _)| *name == "orgId"));
    let tenant = organization.and_then(|(_, org)| state.registry.organization(&OrgId::from(org)));
    if tenant == Some(identity.tenant) { Ok(key) } else { Err(Refusal::NoSuchOrganization) }
}

fn header<'p>(parts: &'p Parts, name: &str) -> Option<&'p str> {
    parts.headers.get(name)?.to_str().ok()
}
