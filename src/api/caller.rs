//! Who calls: the bearer token of a request, checked for the scope that the route names. Each face turns a
//! [`Denied`] into its own answer.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::platform::{Family, Problems, denied};
use super::rate_limit::TooManyRequests;
use super::state::ApiState;
use crate::auth::Identity;
use crate::domain::client::Scope;
use crate::server;
use crate::telemetry::Face;

/// The caller of the engine and events faces, which both take engine tokens.
pub(super) struct EngineCaller(pub(super) Arc<Identity>);

impl FromRequestParts<ApiState> for EngineCaller {
    type Rejection = Problems;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problems> {
        bearer(parts, state, Face::Engine, Scope::EngineApi)
            .map(Self)
            .map_err(|reason| denied(Family::Engine, reason))
    }
}

/// Why a caller is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// There is no token, or it is not valid (any more).
    Unauthenticated,
    /// The token is valid, and for something else.
    WrongScope,
    /// The client calls too often.
    TooMany(TooManyRequests),
}

/// The caller of a request that names its token in the `Authorization` header.
pub(super) fn bearer(
    parts: &Parts,
    state: &ApiState,
    face: Face,
    scope: Scope,
) -> Result<Arc<Identity>, Denied> {
    let token = parts
        .headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
        .map(|(_, token)| token.trim())
        .ok_or(Denied::Unauthenticated)?;
    identify(parts, state, face, scope, token)
}

/// The caller that a token names, wherever it came from.
pub(super) fn identify(
    parts: &Parts,
    state: &ApiState,
    face: Face,
    scope: Scope,
    token: &str,
) -> Result<Arc<Identity>, Denied> {
    let identity = state.tokens.verify(token, state.engine.now()).map_err(|_| Denied::Unauthenticated)?;
    admit(parts, state, face, scope, &identity)?;
    Ok(identity)
}

/// Lets an identified caller in when it has the scope and does not call too often.
pub(super) fn admit(
    parts: &Parts,
    state: &ApiState,
    face: Face,
    scope: Scope,
    identity: &Identity,
) -> Result<(), Denied> {
    if let Some(slot) = parts.extensions.get::<server::CallerSlot>() {
        slot.fill(server::Caller { tenant: identity.tenant, client: identity.client.clone() });
    }
    if !identity.scopes.contains(scope) {
        return Err(Denied::WrongScope);
    }
    state.rate_limiters.count(face, identity.client.as_str()).map_err(Denied::TooMany)
}
