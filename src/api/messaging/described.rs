//! The messaging face's calls as the document describes them, a file per group, and what they have in common: who may
//! call, and the envelopes.

mod configuration;
mod contacts;
mod deliveries;
mod envelopes;
mod schemas;
mod sending;
mod sessions;

use axum::http::StatusCode;
use serde_json::Value;

use self::envelopes::{REFUSED, compact, full};
use crate::api::openapi::schema::{named, text, whole_from};
use crate::api::openapi::{Call, Group, JSON, Parameter};

/// Everything that [`router`](super::router) routes.
pub(in crate::api) fn described() -> Vec<Group> {
    let mut configuration = configuration::group();
    configuration.schemas.extend(envelopes::schemas());
    configuration.schemas.extend(schemas::shared());
    vec![configuration, deliveries::group(), contacts::group(), sending::group(), sessions::group()]
}

/// A call of a messaging client, refused as every call of the face may be.
fn for_messaging(call: Call) -> Call {
    let call = call.opened_by([("messagingKey", &[])]);
    let mut call = call.opened_by([("messagingId", &[]), ("messagingKey", &[])]);
    for (status, about) in [
        (StatusCode::UNAUTHORIZED, "The key is missing or wrong, or is not the key of the id beside it."),
        (StatusCode::FORBIDDEN, "It is right, and for another API."),
        (StatusCode::TOO_MANY_REQUESTS, "The client calls too often."),
        (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side."),
        (StatusCode::SERVICE_UNAVAILABLE, "The server is stopping."),
    ] {
        call = call.answers(status, about, named(REFUSED));
    }
    for status in [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE] {
        let about = "Seconds after which the client may call again.";
        call = call.with_header(status, "Retry-After", whole_from(1), about);
    }
    call
}

/// The call may have faults in its fields.
fn faulty(call: Call, about: &str) -> Call {
    call.answers(StatusCode::BAD_REQUEST, about, named(REFUSED))
}

/// What the call names may not be there.
fn missing(call: Call, about: &str) -> Call {
    call.answers(StatusCode::NOT_FOUND, about, named(REFUSED))
}

/// The call takes a JSON object, with an example that is good as it stands.
fn taking_object<const N: usize>(call: Call, schema: &str, examples: [(&str, Value); N]) -> Call {
    let mut call = faulty(call.with_body(JSON, named(schema), examples), "Fields are not what they must be.");
    for (status, about) in [
        (StatusCode::REQUEST_TIMEOUT, "The body took too long."),
        (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is something else than JSON."),
    ] {
        call = call.answers(status, about, named(REFUSED));
    }
    call
}

/// The call is answered in the compact form.
fn answering_compact(call: Call, about: &str, schema: &str) -> Call {
    call.answers(StatusCode::OK, about, compact(schema))
}

/// The call is answered in the full form.
fn answering_full(call: Call, about: &str, schema: &str) -> Call {
    call.answers(StatusCode::OK, about, full(schema))
}

/// An argument of the query.
fn argument(name: &str, schema: Value, about: &str) -> Parameter {
    Parameter::query(name, schema, about).possibly_empty()
}

/// The id of the thing that is replaced or deleted.
fn on_one(call: Call) -> Call {
    missing(call.taking(Parameter::path("id", text(), "Its id.")), "There is nothing of that id.")
}
