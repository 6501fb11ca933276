//! The web chat face's call as the document describes it.

use axum::http::StatusCode;

use crate::api::openapi::schema::{named, text, word};
use crate::api::openapi::{Call, Group, Parameter};
use crate::api::platform::codes::{prt, shared};
use crate::api::platform::{Family, Portal};

/// Everything that [`router`](super::router) routes.
pub(in crate::api) fn described() -> Vec<Group> {
    let page =
        "The page that carries the chat, as its browser names it; its host has to be among `allowedOrigins`.";
    let grant = Call::get(
        "/api/v1/integrations/web-chat/token/{integrationId}",
        "grantVisitorToken",
        "Get an access token for a new visitor of a web chat",
    )
    .about(
        "It opens what the visitor establishes on this integration, and nothing else. All visitors of one web chat \
         share one rate of these calls, and whoever can see the page can use it up.",
    )
    .opened_by([])
    .on_guid::<Portal>("integrationId", "The web chat.")
    .taking(Parameter::header("Origin", text(), page).required())
    .answers(StatusCode::OK, "A token of the type `WebBearer`.", named("AccessToken"))
    .with_header(StatusCode::OK, "Cache-Control", word(["no-store"]), "It is nobody else's.")
    .refused_as(Family::Portal, &[shared::FORBIDDEN, shared::SYSTEM_ERROR])
    .refused_by(&[prt::INTEGRATION_NOT_FOUND])
    .not_too_often();
    vec![Group {
        name: "Web chat",
        about: "Tokens for the visitors of a tenant's pages.",
        calls: vec![grant],
        schemas: Vec::new(),
    }]
}
