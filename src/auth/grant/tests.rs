use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::auth::testing::{LIFETIME, OneClient, START, client};
use crate::domain::client::Api;

/// A client of one API, and the broker that it asks.
struct Setting {
    clients: Arc<OneClient>,
    tokens: Tokens,
    id: String,
    secret: String,
}

impl Setting {
    fn of(api: Api) -> Self {
        let (client, secret) = client(api);
        let id = client.id.to_string();
        let clients = OneClient::new(client);
        Self { tokens: clients.tokens(), clients, id, secret }
    }

    /// A complete request with the credentials in the form.
    fn request(&self) -> GrantRequest<'_> {
        GrantRequest {
            grant_type: Some("client_credentials"),
            client_id: Some(&self.id),
            client_secret: Some(&self.secret),
            ..GrantRequest::default()
        }
    }

    fn basic(&self) -> BasicCredentials {
        BasicCredentials { id: self.id.clone(), secret: self.secret.clone() }
    }

    fn ask(&self, request: &GrantRequest<'_>) -> Result<Minted, GrantError> {
        grant(request, &*self.clients, &self.tokens, "https://broker.test", START)
    }

    /// The error's code for a request that must be refused.
    fn refusal(&self, request: &GrantRequest<'_>) -> &'static str {
        self.ask(request).unwrap_err().code()
    }
}

#[test]
fn a_client_gets_a_token_that_verifies() {
    let setting = Setting::of(Api::Portal);
    let minted = setting.ask(&setting.request()).unwrap();
    assert_eq!(minted.expires_in, LIFETIME);
    assert_eq!(minted.scopes.to_string(), "hubster-portal-api");
    let identity = setting.tokens.verify(&minted.token, START).unwrap();
    assert_eq!(identity.client.as_str(), setting.id);
}

#[test]
fn without_scope_a_token_carries_all_of_its_clients_scopes() {
    let setting = Setting::of(Api::Streaming);
    for scope in [None, Some(""), Some(" ")] {
        let minted = setting.ask(&GrantRequest { scope, ..setting.request() }).unwrap();
        assert_eq!(minted.scopes.to_string(), "streamingapi streamingapi.publish");
    }
}

#[test]
fn a_client_can_ask_for_less_than_it_has() {
    let setting = Setting::of(Api::Streaming);
    let minted = setting.ask(&GrantRequest { scope: Some("streamingapi"), ..setting.request() }).unwrap();
    assert_eq!(minted.scopes.to_string(), "streamingapi");
}

#[test]
fn a_scope_that_is_unknown_or_not_the_clients_is_refused() {
    let setting = Setting::of(Api::Engine);
    for scope in ["openid", "hubster-portal-api", "hubster-engine-api streamingapi", "HUBSTER-ENGINE-API"] {
        let request = GrantRequest { scope: Some(scope), ..setting.request() };
        assert_eq!(setting.refusal(&request), "invalid_scope", "{scope}");
    }
}

#[test]
fn a_client_without_any_scope_gets_no_token() {
    let setting = Setting::of(Api::Engine);
    setting.clients.change(|client| client.scopes = Scopes::NONE);
    assert_eq!(setting.refusal(&setting.request()), "invalid_scope");
}

#[test]
fn a_missing_grant_type_is_an_invalid_request() {
    let setting = Setting::of(Api::Engine);
    for grant_type in [None, Some("")] {
        let request = GrantRequest { grant_type, ..setting.request() };
        assert_eq!(setting.refusal(&request), "invalid_request");
    }
}

#[test]
fn any_other_grant_type_is_unsupported() {
    let setting = Setting::of(Api::Engine);
    for grant_type in ["password", "authorization_code", "Client_Credentials"] {
        let request = GrantRequest { grant_type: Some(grant_type), ..setting.request() };
        assert_eq!(setting.refusal(&request), "unsupported_grant_type", "{grant_type}");
    }
}

#[test]
fn missing_or_wrong_credentials_are_an_invalid_client() {
    let setting = Setting::of(Api::Engine);
    let full = setting.request();
    for request in [
        GrantRequest { client_id: None, ..full },
        GrantRequest { client_secret: None, ..full },
        GrantRequest { client_secret: Some(""), ..full },
        GrantRequest { client_secret: Some("wrong"), ..full },
        GrantRequest { client_id: Some("unknown"), ..full },
    ] {
        assert_eq!(setting.refusal(&request), "invalid_client");
    }
}

#[test]
fn an_unknown_client_and_a_wrong_secret_are_told_the_same() {
    let setting = Setting::of(Api::Engine);
    let unknown = setting.ask(&GrantRequest { client_id: Some("unknown"), ..setting.request() });
    let wrong = setting.ask(&GrantRequest { client_secret: Some("wrong"), ..setting.request() });
    assert_eq!(unknown.unwrap_err().to_string(), wrong.unwrap_err().to_string());
}

#[test]
fn an_expired_secret_is_an_invalid_client() {
    let setting = Setting::of(Api::Engine);
    setting.clients.change(|client| client.secrets[0].expires = Some(START));
    assert_eq!(setting.refusal(&setting.request()), "invalid_client");
}

#[test]
fn a_secret_about_to_expire_gives_a_token_as_short() {
    let setting = Setting::of(Api::Engine);
    let left = Duration::from_secs(5);
    setting.clients.change(|client| client.secrets[0].expires = Some(START.plus(left)));
    assert_eq!(setting.ask(&setting.request()).unwrap().expires_in, left);
}

#[test]
fn credentials_in_the_header_are_as_good_as_in_the_form() {
    let setting = Setting::of(Api::Engine);
    let basic = setting.basic();
    let request =
        GrantRequest { client_id: None, client_secret: None, basic: Some(&basic), ..setting.request() };
    assert!(setting.ask(&request).is_ok());
    assert!(setting.ask(&GrantRequest { client_id: Some(&setting.id), ..request }).is_ok());
}

#[test]
fn credentials_in_two_places_are_an_invalid_request() {
    let setting = Setting::of(Api::Engine);
    let basic = setting.basic();
    let request = GrantRequest { basic: Some(&basic), ..setting.request() };
    assert_eq!(setting.refusal(&request), "invalid_request");
    let other = GrantRequest { client_id: Some("other"), client_secret: None, ..request };
    assert_eq!(setting.refusal(&other), "invalid_request");
}

#[test]
fn clients_that_call_with_an_api_key_get_no_tokens() {
    for api in [Api::Messaging, Api::Handoff] {
        let setting = Setting::of(api);
        assert_eq!(setting.refusal(&setting.request()), "unauthorized_client");
        let wrong = GrantRequest { client_secret: Some("wrong"), ..setting.request() };
        assert_eq!(setting.refusal(&wrong), "invalid_client");
    }
}
