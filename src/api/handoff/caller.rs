//! Who calls: the client that `client-id` names, and its token in the `Authorization` header. Every call of the
//! family is opened in this way, and each has words of its own for what is wrong. It must not know what is called.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::IntoResponse;

use crate::api::caller::tell_log;
use crate::api::rate_limit::TooManyRequests;
use crate::api::state::ApiState;
use crate::auth::{Authenticated, ClientDirectory, authenticate};
use crate::domain::client::Api;
use crate::domain::ids::{ClientId, TenantId};
use crate::telemetry::Face;

/// Names the client of a request.
pub(in crate::api) const CLIENT_HEADER: &str = "client-id";

/// The scheme of the token.
const BEARER: &str = "bearer";

/// The hand-off client of a tenant, with its token; everything that it asks for has to belong to its tenant. Who is
/// none is refused as `R` says.
pub(in crate::api) struct HandoffCaller<R> {
    /// Whose client it is.
    pub(in crate::api) tenant: TenantId,
    /// The client, and the secret with which it came.
    pub(in crate::api) by: Authenticated,
    refused: PhantomData<fn() -> R>,
}

/// Why a caller is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) enum NotAdmitted {
    /// No client is named.
    ClientMissing,
    /// There is no such client.
    ClientUnknown,
    /// The client is another API's, and its own token came with it.
    ClientOfAnotherApi,
    /// No token is given.
    TokenMissing,
    /// The header is of another scheme than `Bearer`.
    NotBearer,
    /// The token is not the client's, or not any more.
    TokenWrong,
    /// The client calls too often.
    TooMany(TooManyRequests),
}

impl<R> FromRequestParts<ApiState> for HandoffCaller<R>
where
    R: From<NotAdmitted> + IntoResponse,
{
    type Rejection = R;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, R> {
        let by = admit(parts, state)?;
        Ok(Self { tenant: by.client.tenant, by, refused: PhantomData })
    }
}

/// What the headers say of the caller, looked at in the order in which the documentation lists what can be wrong.
fn admit(parts: &Parts, state: &ApiState) -> Result<Authenticated, NotAdmitted> {
    let header = |name: &str| Some(parts.headers.get(name)?.to_str().unwrap_or_default().trim());
    let named = header(CLIENT_HEADER).filter(|id| !id.is_empty()).ok_or(NotAdmitted::ClientMissing)?;
    let id = ClientId::from(named);
    let client = state.registry.find(&id).ok_or(NotAdmitted::ClientUnknown)?;
    let token = bearer_token(header(AUTHORIZATION.as_str()).unwrap_or_default())?;
    let offered = authenticate(&*state.registry, &id, token, state.engine.now());
    if client.api != Api::Handoff {
        // Only who has its token may learn that there is such a client.
        return Err(offered.map_or(NotAdmitted::ClientUnknown, |_| NotAdmitted::ClientOfAnotherApi));
    }
    let by = offered.ok_or(NotAdmitted::TokenWrong)?;
    tell_log(parts, by.client.tenant, &by.client.id);
    state.rate_limiters.count(Face::Handoff, by.client.id.as_str()).map_err(NotAdmitted::TooMany)?;
    Ok(by)
}

/// The token in the value of an `Authorization` header, which is empty where there is no header.
fn bearer_token(value: &str) -> Result<&str, NotAdmitted> {
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    match token.trim() {
        _ if value.is_empty() => Err(NotAdmitted::TokenMissing),
        _ if !scheme.eq_ignore_ascii_case(BEARER) => Err(NotAdmitted::NotBearer),
        "" => Err(NotAdmitted::TokenMissing),
        token => Ok(token),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_from_a_bearer_header_and_from_nothing_else() {
        for (value, read) in [
            ("Bearer abc", Ok("abc")),
            ("bearer  abc", Ok("abc")),
            ("", Err(NotAdmitted::TokenMissing)),
            ("Bearer", Err(NotAdmitted::TokenMissing)),
            ("Bearer  ", Err(NotAdmitted::TokenMissing)),
            ("abc", Err(NotAdmitted::NotBearer)),
            ("Basic abc", Err(NotAdmitted::NotBearer)),
        ] {
            assert_eq!(bearer_token(value), read, "{value:?}");
        }
    }
}
