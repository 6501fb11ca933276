//! What surrounds every answer of the face (messaging reference, `ApiResponse` and `ApiResultsMetaCompactResponse`):
//! the status in numbers and words, the moment, the trace, and in the full form everything that was asked.
//!
//! Handlers answer what they found, or refuse; the envelope is put around that on the way out, where the address is
//! known. It must not know what is answered.

use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::error::Refusal;
use crate::domain::clock::{Clock, SystemClock};

/// A good answer, in the form that the reference gives its call.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    /// `ApiResultsMetaCompactResponse`: a list of what was found.
    Compact(Vec<Value>),
    /// `ApiResponse`: a list of what was found.
    List(Vec<Value>),
    /// `ApiResponse`: the one thing that was asked for, as `data` and as the only one of `results`.
    One(Value),
}

/// What a handler gives.
pub(super) type Reply = Result<Answer, Refusal>;

/// What is to stand in an envelope; it travels in the extensions of a response that has no body yet.
#[derive(Clone, Debug)]
enum Content {
    Answer(Answer),
    Refusal(Refusal),
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        unenveloped(StatusCode::OK, Content::Answer(self))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        unenveloped(self.status(), Content::Refusal(self))
    }
}

fn unenveloped(status: StatusCode, content: Content) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(content);
    response
}

/// Puts the envelope around what a handler, or whoever refused before it, has to say.
pub(super) async fn enveloping(request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let mut response = next.run(request).await;
    let Some(content) = response.extensions_mut().remove::<Content>() else { return response };
    let mut enveloped = written(&uri, content);
    // What the router says of the address, such as the methods that it has; the length is that of no body.
    let mut headers = std::mem::take(response.headers_mut());
    headers.remove(CONTENT_LENGTH);
    headers.extend(std::mem::take(enveloped.headers_mut()));
    *enveloped.headers_mut() = headers;
    enveloped
}

/// A refusal of a request that no handler has seen.
pub(super) fn refused(path: &str, refusal: Refusal) -> Response {
    let uri = path.parse().unwrap_or_default();
    written(&uri, Content::Refusal(refusal))
}

fn written(uri: &Uri, content: Content) -> Response {
    let (status, retry_after, envelope) = match content {
        Content::Answer(answer) => (StatusCode::OK, None, answered(uri, answer)),
        Content::Refusal(refusal) => (refusal.status(), refusal.retry_after(), told(uri, &refusal)),
    };
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    let mut response = (status, headers, envelope.to_string()).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// The envelope of a good answer.
fn answered(uri: &Uri, answer: Answer) -> Value {
    let head = Head { status: StatusCode::OK, key: "SUCCESS", message: "Done".to_owned() };
    match answer {
        Answer::Compact(results) => {
            let mut envelope = head.compact();
            envelope["results"] = results.into();
            envelope
        }
        Answer::List(results) => {
            let mut envelope = head.full(uri);
            envelope["results"] = results.into();
            envelope
        }
        Answer::One(data) => {
            let mut envelope = head.full(uri);
            envelope["results"] = json!([data]);
            envelope["data"] = data;
            envelope
        }
    }
}

/// The envelope of a refusal, which is always the full one: the other has no place for faults.
fn told(uri: &Uri, refusal: &Refusal) -> Value {
    let head = Head { status: refusal.status(), key: refusal.key(), message: refusal.message() };
    let mut envelope = head.full(uri);
    envelope["error"] = refusal.key().into();
    envelope["errors"] = refusal.faults().iter().map(|fault| fault.render()).collect();
    envelope
}

/// What both forms have.
struct Head {
    status: StatusCode,
    key: &'static str,
    message: String,
}

impl Head {
    fn compact(self) -> Value {
        json!({
            "status": self.status.as_u16(),
            "statusKey": self.key,
            "message": self.message,
            "messageKey": self.key,
            "meta": {},
            "results": [],
            "timestamp": SystemClock.now().0,
            "traceid": Uuid::new_v4().simple().to_string(),
        })
    }

    fn full(self, uri: &Uri) -> Value {
        let Value::Object(mut envelope) = self.compact() else { unreachable!("written as an object above") };
        let rest = json!({
            "data": null,
            "details": [],
            "error": "",
            "errors": [],
            "exception": "",
            "extra": {},
            "logs": [],
            "params": {},
            "path": uri.path(),
            "query": query(uri),
            "redirectUrl": "",
            "warningKey": "",
            "warnings": [],
        });
        if let Value::Object(rest) = rest {
            envelope.extend(rest);
        }
        envelope.into()
    }
}

/// The arguments of the query; of several of one name the first.
fn query(uri: &Uri) -> Map<String, Value> {
    let mut arguments = Map::new();
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        arguments.entry(name).or_insert_with(|| value.into());
    }
    arguments
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::api::messaging::error::{FaultCode, FieldFault};

    const COMPACT: [&str; 8] =
        ["message", "messageKey", "meta", "results", "status", "statusKey", "timestamp", "traceid"];

    const FULL: [&str; 21] = [
        "data",
        "details",
        "error",
        "errors",
        "exception",
        "extra",
        "logs",
        "message",
        "messageKey",
        "meta",
        "params",
        "path",
        "query",
        "redirectUrl",
        "results",
        "status",
        "statusKey",
        "timestamp",
        "traceid",
        "warningKey",
        "warnings",
    ];

    fn members(envelope: &Value) -> BTreeSet<&str> {
        envelope.as_object().unwrap().keys().map(String::as_str).collect()
    }

    fn uri() -> Uri {
        Uri::from_static("/xms/api/v1/config/channels?sandbox=true&sandbox=false&x=%20y")
    }

    #[test]
    fn each_form_has_the_members_of_its_schema_and_no_others() {
        let compact = answered(&uri(), Answer::Compact(vec![json!(1)]));
        assert_eq!(members(&compact), COMPACT.into_iter().collect());
        assert_eq!((&compact["status"], &compact["statusKey"]), (&json!(200), &json!("SUCCESS")));
        let list = answered(&uri(), Answer::List(vec![json!(1), json!(2)]));
        assert_eq!(members(&list), FULL.into_iter().collect());
        assert_eq!((&list["data"], &list["results"]), (&Value::Null, &json!([1, 2])));
        let one = answered(&uri(), Answer::One(json!(1)));
        assert_eq!((&one["data"], &one["results"]), (&json!(1), &json!([1])));
    }

    #[test]
    fn the_full_form_repeats_what_was_asked() {
        let list = answered(&uri(), Answer::List(Vec::new()));
        assert_eq!(list["path"], "/xms/api/v1/config/channels");
        assert_eq!(list["query"], json!({"sandbox": "true", "x": " y"}));
    }

    #[test]
    fn a_refusal_tells_every_fault_in_the_full_form() {
        let fault = |field: &str| FieldFault::new("S", field, FaultCode::Required, "is required");
        let envelope = told(&uri(), &Refusal::Invalid(vec![fault("a"), fault("b")]));
        assert_eq!(members(&envelope), FULL.into_iter().collect());
        assert_eq!((&envelope["status"], &envelope["error"]), (&json!(400), &json!("BAD_REQUEST")));
        assert_eq!(envelope["errors"][1], fault("b").render());
        assert_eq!(told(&uri(), &Refusal::Unauthorized)["errors"], json!([]));
    }
}
