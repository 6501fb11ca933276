//! The faces as an OpenAPI 3.1 document, and the page that shows it. Each face describes its own calls, in words for
//! what its handlers are made of; a test holds the descriptions against the router's routes. It must not know what
//! any call does.

mod call;
mod document;
mod group;
mod page;
pub(in crate::api) mod schema;

use std::sync::LazyLock;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;

use super::state::ApiState;

pub(in crate::api) use call::{Call, JSON, Parameter};
pub(in crate::api) use group::Group;

const DOCUMENT: &str = "/openapi.json";

/// The document's address and those of the page.
pub(super) fn router() -> Router<ApiState> {
    Router::new().route(DOCUMENT, get(serve)).merge(page::router())
}

/// These addresses as the document has them.
pub(super) fn described() -> Vec<Group> {
    let document = Call::get(DOCUMENT, "getOpenApi", "This document").answers(
        StatusCode::OK,
        "All calls of all faces.",
        schema::any_object(),
    );
    let calls = [vec![document], page::described()].concat();
    vec![Group { name: "Documents", about: "What can be called and heard.", calls, schemas: Vec::new() }]
}

/// It never changes while the process lives, so it is written once, when somebody asks first.
static TEXT: LazyLock<Bytes> = LazyLock::new(|| document::text(super::described()).into());

async fn serve() -> impl IntoResponse {
    ([(CONTENT_TYPE, JSON)], TEXT.clone())
}
