//! The token call (platform documentation §9.1).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::form::TokenForm;
use super::refusal::Refusal;
use crate::api::state::ApiState;
use crate::auth::{BasicCredentials, ClientDirectory, GrantError, GrantRequest, Minted, authenticate, grant};
use crate::domain::client::Client;
use crate::domain::ids::ClientId;
use crate::server;
use crate::telemetry::Face;

/// The address that clients are told.
pub(super) const PATH: &str = "/connect/token";

#[derive(Serialize)]
struct TokenOut {
    access_token: String,
    /// Seconds.
    expires_in: u64,
    token_type: &'static str,
    scope: String,
}

impl From<Minted> for TokenOut {
    fn from(minted: Minted) -> Self {
        Self {
            access_token: minted.token,
            expires_in: minted.expires_in.as_secs(),
            token_type: "Bearer",
            scope: minted.scopes.to_string(),
        }
    }
}

pub(super) async fn grant_token(
    State(state): State<ApiState>,
    slot: Option<Extension<server::CallerSlot>>,
    headers: HeaderMap,
    form: TokenForm,
) -> Result<Response, Refusal> {
    let basic = basic_credentials(&headers)?;
    let request = GrantRequest {
        grant_type: form.get("grant_type"),
        client_id: form.get("client_id"),
        client_secret: form.get("client_secret"),
        scope: form.get("scope"),
        basic: basic.as_ref(),
    };
    let client = count(&state, &request)?;
    let minted = grant(&request, &*state.registry, &state.tokens, &state.base_url, state.engine.now())
        .map_err(|error| match (error, &basic) {
            (GrantError::InvalidClient, Some(_)) => Refusal::Basic,
            (error, _) => Refusal::Grant(error),
        })?;
    if let (Some(Extension(slot)), Some(client)) = (slot, client) {
        slot.fill(server::Caller { tenant: client.tenant, client: client.id.clone() });
    }
    Ok(([(CACHE_CONTROL, "no-store")], Json(TokenOut::from(minted))).into_response())
}

/// Counts one request, and says which client it names. Requests that do not know the client's secret count apart from
/// those that do: client ids are no secret, and a stranger who tries them must not use up their owner's share. All
/// clients that do not exist count as one, so that inventing names neither gets round the limit nor makes the limiter
/// grow.
fn count(state: &ApiState, request: &GrantRequest<'_>) -> Result<Option<Arc<Client>>, Refusal> {
    let (id, secret) = match request.basic {
        Some(basic) => (basic.id.as_str(), basic.secret.as_str()),
        None => (request.client_id.unwrap_or_default(), request.client_secret.unwrap_or_default()),
    };
    let id = ClientId::from(id);
    let client = state.registry.find(&id);
    let name = match &client {
        None => String::new(),
        Some(_) if authenticate(&*state.registry, &id, secret, state.engine.now()).is_some() => {
            id.to_string()
        }
        Some(_) => format!("stranger {id}"),
    };
    state.rate_limiters.count(Face::Identity, &name).map_err(Refusal::TooMany)?;
    Ok(client)
}

/// The credentials of the `Authorization` header. Other schemes are passed over: clients that add an old bearer token
/// to every request can still ask for a new one.
fn basic_credentials(headers: &HeaderMap) -> Result<Option<BasicCredentials>, Refusal> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let is_basic = value.as_bytes().get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic"));
    if !is_basic {
        return Ok(None);
    }
    let credentials = value.to_str().ok().and_then(|text| BasicCredentials::parse(text).ok());
    credentials.map(Some).ok_or(Refusal::Basic)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::client::Api;

    fn id_in(header: &[u8]) -> Result<Option<String>, Refusal> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, axum::http::HeaderValue::from_bytes(header).unwrap());
        Ok(basic_credentials(&headers)?.map(|basic| basic.id))
    }

    #[test]
    fn a_basic_header_is_read_and_another_scheme_passed_over() {
        assert_eq!(id_in(b"Basic aWQ6cw==").unwrap().as_deref(), Some("id"));
        assert_eq!(id_in(b"Bearer old").unwrap(), None);
        assert!(basic_credentials(&HeaderMap::new()).unwrap().is_none());
    }

    #[test]
    fn a_basic_header_that_cannot_be_read_is_refused_as_such() {
        for header in [&b"Basic"[..], b"basic !!", b"Basic \xff"] {
            assert!(matches!(id_in(header), Err(Refusal::Basic)), "{header:?}");
        }
    }

    #[test]
    fn a_token_is_shown_as_documented() {
        let minted = Minted {
            token: "eyJ".into(),
            expires_in: Duration::from_secs(2_592_000),
            scopes: Api::Portal.scopes(),
        };
        let json = serde_json::to_string(&TokenOut::from(minted)).unwrap();
        let expected = concat!(
            r#"{"access_token":"eyJ","expires_in":2592000,"#,
            r#""token_type":"Bearer","scope":"hubster-portal-api"}"#
        );
        assert_eq!(json, expected);
    }
}
