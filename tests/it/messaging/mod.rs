//! The messaging face beside its documentation, row by row: calls, envelopes, fields, enumerated values and errors.

mod channels;
mod contact_info;
mod contacts;
mod deliveries;
mod envelopes;
mod fields;
mod filling;
pub mod hearing;
mod pushes;
mod routing;
mod send;
mod send_faults;
mod sessions;
mod statuses;
mod templates;
mod transcript;
mod vars;
mod webhook;

use serde_json::Value;

use crate::harness::Server;

/// `contactType` in the reference, every value. Written out here too: the tests do not lean on the code's own list.
const CONTACT_TYPES: [&str; 12] = [
    "SMS",
    "OA",
    "EMAIL",
    "WHATSAPP",
    "PUSH",
    "FACEBOOK",
    "TELEGRAM",
    "WEBSITE",
    "TWITTER",
    "INSTAGRAM",
    "DUMMY",
    "EMPTY",
];

/// The contact id of a customer on a demo channel of the Direct kind.
fn contact_id(server: &Server, binding: &str) -> String {
    format!("di{binding}_{}", server.demo().integration("customer"))
}

/// The id of the demo's Direct channel.
fn channel_id(server: &Server) -> String {
    format!("direct:{}", server.demo().integration("customer"))
}

/// Faults as they are compared.
fn faults(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect()
}

/// The members of an object, in the order of their names.
fn members(object: &Value) -> Vec<&str> {
    let mut names: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}
