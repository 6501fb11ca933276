//! Who calls: the bearer token of a request, checked for the scope that the route names, or for the page that a
//! visitor calls from. Each face turns a [`Denied`] into its own answer.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::platform::{Family, Problems, denied};
use super::rate_limit::TooManyRequests;
use super::state::ApiState;
use super::visitor;
use crate::auth::Identity;
use crate::domain::client::Scope;
use crate::domain::ids::{ClientId, TenantId};
use crate::server;
use crate::telemetry::Face;

/// The scheme of clients' tokens (RFC 6750).
const BEARER: &str = "Bearer";

/// The scheme of visitors' tokens (wire facts).
const WEB_BEARER: &str = "WebBearer";

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

/// The caller of those engine routes that visitors of web chats call too; what it may have part in is in [`visitor`].
pub(super) struct ChatCaller(pub(super) Arc<Identity>);

impl FromRequestParts<ApiState> for ChatCaller {
    type Rejection = Problems;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problems> {
        chatting(parts, state, Face::Engine, Page::IfNamed)
            .map(Self)
            .map_err(|reason| denied(Family::Engine, reason))
    }
}

/// Whether a visitor's page has to be named. Browsers name it with every websocket, and with every call to another
/// origin than the page's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// It is checked when it is named.
    IfNamed,
    /// It has to be named.
    Required,
}

/// Why a caller is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// There is no token, or it is not valid (any more).
    Unauthenticated,
    /// The token is valid, and for something else.
    WrongScope,
    /// The token is a visitor's, and it calls from a page that may not carry its web chat.
    WrongPage,
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
    let (scheme, token) = authorization(parts)?;
    if !scheme.eq_ignore_ascii_case(BEARER) {
        return Err(Denied::Unauthenticated);
    }
    identify(parts, state, face, scope, token)
}

/// The caller of a request that names its token in the `Authorization` header, and may be a visitor. SignalR clients
/// know one scheme only, so a visitor's token is good by both.
pub(super) fn chatting(
    parts: &Parts,
    state: &ApiState,
    face: Face,
    page: Page,
) -> Result<Arc<Identity>, Denied> {
    let (scheme, token) = authorization(parts)?;
    let is_visitors_own = scheme.eq_ignore_ascii_case(WEB_BEARER);
    if !is_visitors_own && !scheme.eq_ignore_ascii_case(BEARER) {
        return Err(Denied::Unauthenticated);
    }
    let identity = identify_chatting(parts, state, face, page, token)?;
    if is_visitors_own && identity.visitor.is_none() {
        return Err(Denied::Unauthenticated);
    }
    Ok(identity)
}

/// The scheme and the token of the `Authorization` header.
fn authorization(parts: &Parts) -> Result<(&str, &str), Denied> {
    let value = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, token) = value.and_then(|value| value.split_once(' ')).ok_or(Denied::Unauthenticated)?;
    Ok((scheme, token.trim()))
}

/// The caller that a token names, who may be a visitor, wherever it came from.
pub(super) fn identify_chatting(
    parts: &Parts,
    state: &ApiState,
    face: Face,
    page: Page,
    token: &str,
) -> Result<Arc<Identity>, Denied> {
    let identity = state.tokens.verify(token, state.engine.now()).map_err(|_| Denied::Unauthenticated)?;
    match identity.visitor {
        None => admit(parts, state, face, Scope::EngineApi, &identity)?,
        Some(visitor) => {
            let comes_well = match visitor::origin(&parts.headers) {
                Some(origin) => visitor::may_call_from(origin, state, identity.tenant, visitor),
                None => page == Page::IfNamed,
            };
            tell_log(parts, identity.tenant, &identity.client);
            if !comes_well {
                return Err(Denied::WrongPage);
            }
            count(state, face, &identity)?;
        }
    }
    Ok(identity)
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
    tell_log(parts, identity.tenant, &identity.client);
    if !identity.scopes.contains(scope) {
        return Err(Denied::WrongScope);
    }
    count(state, face, identity)
}

/// Tells the log who calls.
pub(super) fn tell_log(parts: &Parts, tenant: TenantId, client: &ClientId) {
    if let Some(slot) = parts.extensions.get::<server::CallerSlot>() {
        slot.fill(server::Caller { tenant, client: client.clone() });
    }
}

fn count(state: &ApiState, face: Face, identity: &Identity) -> Result<(), Denied> {
    state.rate_limiters.count(face, identity.client.as_str()).map_err(Denied::TooMany)
}
