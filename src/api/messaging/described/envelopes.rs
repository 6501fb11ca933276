//! The envelopes of answers: both good forms, and the one of refusals.

use serde_json::{Value, json};

use crate::api::messaging::error::FaultCode;
use crate::api::openapi::schema::{about, answered, any_object, list, named, text, whole, word};

/// The schema of a refusal.
pub(super) const REFUSED: &str = "MessagingRefused";

/// The schema of a fault of one field.
const FAULT: &str = "ApiFieldError";

/// A good answer in the compact form, with a list of these.
pub(super) fn compact(schema: &str) -> Value {
    answered([head(), vec![("results", list(named(schema)))]].concat(), [])
}

/// A good answer in the full form, with a list of these, and the one alone where one was asked for.
pub(super) fn full(schema: &str) -> Value {
    let data = json!({"anyOf": [named(schema), {"type": "null"}]});
    answered([head(), rest(), vec![("data", data), ("results", list(named(schema)))]].concat(), [])
}

/// The schemas that all calls of the face name.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let code = || word(FaultCode::ALL.map(FaultCode::as_str));
    let fault = answered(
        [
            ("field", about(text(), "The path of the member or the name of the parameter.")),
            ("obzect", about(text(), "The schema of the object that has the field.")),
            ("code", code()),
            ("codeKey", code()),
            ("codes", list(text())),
            ("description", text()),
            ("descriptionKey", text()),
            ("possibleValues", list(json!({}))),
            ("body", any_object()),
        ],
        [],
    );
    let nothing = [("data", json!({"type": "null"})), ("results", list(json!({})))];
    vec![(FAULT, fault), (REFUSED, answered([head(), rest(), nothing.to_vec()].concat(), []))]
}

type Members = Vec<(&'static str, Value)>;

fn head() -> Members {
    vec![
        ("status", about(whole(), "The HTTP status.")),
        ("statusKey", about(text(), "The status in words, such as `SUCCESS`.")),
        ("message", text()),
        ("messageKey", text()),
        ("meta", any_object()),
        ("timestamp", about(whole(), "Milliseconds since 1970.")),
        ("traceid", text()),
    ]
}

fn rest() -> Members {
    vec![
        ("details", list(any_object())),
        ("error", about(text(), "As `statusKey`; empty on success.")),
        ("errors", about(list(named(FAULT)), "Everything that is wrong with the fields.")),
        ("exception", text()),
        ("extra", any_object()),
        ("logs", list(text())),
        ("params", any_object()),
        ("path", text()),
        ("query", about(any_object(), "The arguments of the query.")),
        ("redirectUrl", text()),
        ("warningKey", text()),
        ("warnings", list(named(FAULT))),
    ]
}
