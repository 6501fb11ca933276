//! Clients and their tokens.

use axum::http::StatusCode;
use serde_json::json;

use crate::api::openapi::schema::{
    about, answered, asked, boolean, guid, list, moment, moment_of_utc, named, telling_text, text, whole,
    whole_from, word,
};
use crate::api::openapi::{Call, Group, Parameter};
use crate::api::platform::codes::{prt, shared};
use crate::api::platform::{Family, Portal};
use crate::api::portal::hub_body::MAX_NAME;
use crate::domain::client::Scope;
use crate::pipeline::FaultKind::{Missing, TooLong, WrongType};

const ONE: &str = "/api/v1/tenants/clients/{clientId}";
const TOKENS: &str = "/api/v1/tenants/clients/{clientId}/tokens";
const TOKEN: &str = "/api/v1/tenants/clients/{clientId}/tokens/{tokenId}";

pub(super) fn group() -> Group {
    let get = Call::get(ONE, "getClient", "Get a client with its tokens")
        .about("Tokens are shown by their last characters: they are kept hashed.")
        .for_portal()
        .on_chosen::<Portal>("clientId", "The client.")
        .answers(StatusCode::OK, "The client.", named("Client"))
        .refused_as(Family::Portal, &[shared::NOT_FOUND]);
    let examples = [
        ("forEver", json!({"name": "rotated"})),
        ("untilThen", json!({"name": "of the century", "expiration": "2099-12-31T00:00:00Z"})),
    ];
    let add = Call::post(TOKENS, "addToken", "Make a token for a client")
        .about("The answer shows the token, which nothing does again. Names of a client's tokens are unique.")
        .for_portal()
        .on_chosen::<Portal>("clientId", "The client.")
        .with_object::<Portal>(named("TokenIn"), examples, &[Missing, WrongType, TooLong])
        .answers(StatusCode::OK, "The token.", named("Token"))
        .leading_to(&["deleteToken"], "tokenId", "id")
        .with_header(StatusCode::OK, "Cache-Control", word(["no-store"]), "It is nobody else's.")
        .refused_as(Family::Portal, &[shared::VALUE_NOT_SUPPORTED, shared::NOT_ALLOWED, shared::NOT_FOUND])
        .refused_by(&[prt::HUB_NAME_TAKEN]);
    let delete = Call::delete(TOKEN, "deleteToken", "Delete a token of a client")
        .about(
            "What it opened ends: access tokens are refused, and websockets closed, within a second. The last token \
             that opens the portal stays.",
        )
        .for_portal()
        .on_chosen::<Portal>("clientId", "The client.")
        .taking(Parameter::path("tokenId", token_id(), "The token's number among the client's."))
        .answers_nothing(StatusCode::OK, "It is gone.")
        .refused_as(Family::Portal, &[shared::BAD_NUMBER, shared::NOT_ALLOWED, shared::NOT_FOUND]);
    Group {
        name: "Clients",
        about: "Who may call, and with which tokens.",
        calls: vec![get, add, delete],
        schemas: vec![
            ("Client", client()),
            ("Token", token()),
            ("TokenIn", asked([("name", telling_text(MAX_NAME))], [("expiration", expiration())])),
        ],
    }
}

fn client() -> serde_json::Value {
    let claim = answered([("type", text()), ("value", text())], []);
    answered(
        [
            ("tenantId", guid()),
            ("clientId", text()),
            ("name", text()),
            ("enabled", boolean()),
            ("allowedScopes", list(word(Scope::ALL.map(Scope::as_str)))),
            ("claims", list(claim)),
            ("secrets", list(named("Token"))),
        ],
        [],
    )
}

fn token() -> serde_json::Value {
    let shown = "The token itself in the answer that makes it; ever after its last characters, behind dots.";
    answered(
        [("id", whole()), ("name", text()), ("token", about(text(), shown))],
        [("expiration", moment_of_utc())],
    )
}

fn token_id() -> serde_json::Value {
    let mut id = whole_from(0);
    id["maximum"] = u32::MAX.into();
    id
}

fn expiration() -> serde_json::Value {
    about(moment(), "In the future, of UTC where it names no zone; without it the token is good for ever.")
}
