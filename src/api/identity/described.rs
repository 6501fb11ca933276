//! The identity face's calls as the document describes them. It must not know how a token comes about.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{discovery, token};
use crate::api::openapi::schema::{about, answered, any_object, list, named, text, whole_from, word};
use crate::api::openapi::{Call, Group};
use crate::domain::client::Scope;

const FORM: &str = "application/x-www-form-urlencoded";

/// Everything that [`router`](super::router) routes.
pub(in crate::api) fn described() -> Vec<Group> {
    let keys = Call::get(discovery::JWKS_PATH, "getKeys", "The keys that tokens are signed with")
        .answers(StatusCode::OK, "A JSON Web Key Set (RFC 7517).", named("Keys"))
        .with_header(StatusCode::OK, "Cache-Control", text(), "How long it may be kept.");
    let configuration = Call::get(
        "/.well-known/openid-configuration",
        "getOpenIdConfiguration",
        "Where tokens are got and checked (OpenID Connect Discovery)",
    )
    .answers(StatusCode::OK, "The addresses, and what they can.", any_object())
    .with_header(StatusCode::OK, "Cache-Control", text(), "How long it may be kept.");
    vec![Group {
        name: "Identity",
        about: "Access tokens for clients, and what others need to check them.",
        calls: vec![
            grant(token::PATH, "grantToken"),
            grant("/tokenservice/oauth2/access_token", "grantStreamingToken"),
            configuration,
            keys,
        ],
        schemas: vec![
            ("AccessToken", access_token()),
            ("OAuthError", oauth_error()),
            ("Keys", answered([("keys", list(any_object()))], [])),
        ],
    }]
}

fn grant(path: &'static str, id: &str) -> Call {
    let example = json!({"grant_type": "client_credentials", "client_id": "hubster.portal.api.0123456789",
        "client_secret": "the secret of the client"});
    let late = "Seconds after which it makes sense to ask again.";
    let refused =
        |call: Call, status: StatusCode, about: &str| call.answers(status, about, named("OAuthError"));
    let call = Call::post(path, id, "Get an access token for a client's credentials")
        .about("The client presents itself in the form or by HTTP Basic. Both addresses are the same call.")
        .opened_by([])
        .opened_by([("basic", &[])])
        .with_body(FORM, form(), [("form", example)])
        .answers(StatusCode::OK, "A token.", named("AccessToken"))
        .with_header(StatusCode::OK, "Cache-Control", word(["no-store"]), "It is nobody else's.");
    let call = [
        (StatusCode::BAD_REQUEST, "The form, the grant type or the scope is not as it has to be."),
        (StatusCode::UNAUTHORIZED, "The client is unknown or its secret is wrong."),
        (StatusCode::REQUEST_TIMEOUT, "The body took too long."),
        (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
        (StatusCode::TOO_MANY_REQUESTS, "The client asks too often."),
        (StatusCode::INTERNAL_SERVER_ERROR, "Something failed on our side."),
    ]
    .into_iter()
    .fold(call, |call, (status, about)| refused(call, status, about));
    call.with_header(StatusCode::TOO_MANY_REQUESTS, "Retry-After", whole_from(1), late).with_header(
        StatusCode::UNAUTHORIZED,
        "WWW-Authenticate",
        text(),
        "Where the client came by HTTP Basic.",
    )
}

fn form() -> Value {
    json!({
        "type": "object",
        "required": ["grant_type"],
        "properties": {
            "grant_type": word(["client_credentials"]),
            "client_id": text(),
            "client_secret": text(),
            "scope": about(text(), "Scopes, a blank between two; without it the token has all of the client's."),
        },
    })
}

fn access_token() -> Value {
    let seconds = about(whole_from(1), "Seconds for which it is good.");
    let scopes = Scope::ALL.map(Scope::as_str).join(", ");
    answered(
        [
            ("access_token", text()),
            ("expires_in", seconds),
            ("token_type", word(["Bearer", "WebBearer"])),
            (
                "scope",
                about(
                    text(),
                    &format!("Scopes, a blank between two: of {scopes}, or a visitor's `web-chat`."),
                ),
            ),
        ],
        [],
    )
}

/// RFC 6749 §5.2.
fn oauth_error() -> Value {
    let words = [
        "invalid_request",
        "invalid_client",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "temporarily_unavailable",
        "server_error",
    ];
    answered([("error", word(words)), ("error_description", text())], [])
}
