//! What others need to check tokens themselves: the discovery document and the public keys (OpenID Connect Discovery
//! §3, RFC 7517 §5).

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use serde::Serialize;

use super::token;
use crate::api::state::ApiState;
use crate::domain::client::{Api, Scope};

/// The address of the public keys.
pub(super) const JWKS_PATH: &str = "/.well-known/jwks.json";

/// How long both documents may be kept. Libraries ask again at once for a key that they do not know, so a rotation is
/// noticed earlier.
const CACHEABLE: &str = "public, max-age=300";

#[derive(Serialize)]
struct ConfigurationOut<'a> {
    issuer: &'a str,
    token_endpoint: String,
    jwks_uri: String,
    grant_types_supported: [&'static str; 1],
    scopes_supported: Vec<&'static str>,
    token_endpoint_auth_methods_supported: [&'static str; 2],
    id_token_signing_alg_values_supported: [&'static str; 1],
    /// None: there are no users to be sent to a page.
    response_types_supported: [&'static str; 0],
    subject_types_supported: [&'static str; 1],
}

impl<'a> ConfigurationOut<'a> {
    fn of(base_url: &'a str) -> Self {
        let scopes =
            [Api::Portal, Api::Engine, Api::Streaming].into_iter().flat_map(|api| api.scopes().iter());
        Self {
            issuer: base_url,
            token_endpoint: format!("{base_url}{}", token::PATH),
            jwks_uri: format!("{base_url}{JWKS_PATH}"),
            grant_types_supported: ["client_credentials"],
            scopes_supported: scopes.map(Scope::as_str).collect(),
            token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
            id_token_signing_alg_values_supported: ["RS256"],
            response_types_supported: [],
            subject_types_supported: ["public"],
        }
    }
}

pub(super) async fn configuration(State(state): State<ApiState>) -> impl IntoResponse {
    let body = Json(ConfigurationOut::of(&state.base_url)).into_response();
    ([(CACHE_CONTROL, CACHEABLE)], body)
}

pub(super) async fn jwks(State(state): State<ApiState>) -> impl IntoResponse {
    ([(CACHE_CONTROL, CACHEABLE), (CONTENT_TYPE, "application/json")], state.keys.jwks())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_discovery_document_leads_to_the_token_call_and_the_keys() {
        let document: Value = serde_json::to_value(ConfigurationOut::of("https://chat.example.com")).unwrap();
        assert_eq!(document["issuer"], "https://chat.example.com");
        assert_eq!(document["token_endpoint"], "https://chat.example.com/connect/token");
        assert_eq!(document["jwks_uri"], "https://chat.example.com/.well-known/jwks.json");
        assert_eq!(
            document["scopes_supported"],
            json!(["hubster-portal-api", "hubster-engine-api", "streamingapi", "streamingapi.publish"])
        );
        assert_eq!(document["response_types_supported"], json!([]));
    }
}
