//! A streaming service that refuses the first calls of some operations as it was told, and notes all calls.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::session::Account;

/// A running service, until it is dropped.
pub(super) struct Scripted {
    base_url: String,
    shared: Arc<Shared>,
    _serving: JoinSet<()>,
}

/// How a call is refused: a status, a time in seconds to stay away for, and a message. Without one there is no body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    retry_after: Option<u64>,
    message: Option<&'static str>,
}

/// A call that was made.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) at: Instant,
    pub(super) authorization: String,
    pub(super) session: String,
    pub(super) body: Value,
}

struct Shared {
    /// The operation whose next call is refused, and how.
    refusals: Mutex<Vec<(String, Refusal)>>,
    calls: Mutex<Vec<(String, Call)>>,
}

pub(super) fn throttled(seconds: u64) -> Refusal {
    let status = StatusCode::TOO_MANY_REQUESTS;
    Refusal { status, retry_after: Some(seconds), message: Some("Too many requests") }
}

pub(super) fn failed() -> Refusal {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    Refusal { status, retry_after: None, message: Some("Internal server error") }
}

pub(super) fn expired() -> Refusal {
    let status = StatusCode::BAD_REQUEST;
    Refusal { status, retry_after: None, message: Some("Invalid or expired session") }
}

pub(super) fn unauthorized() -> Refusal {
    Refusal { status: StatusCode::UNAUTHORIZED, retry_after: None, message: None }
}

impl Scripted {
    /// A service with these refusals, each for one call of an operation. An operation may have several: one after
    /// the other.
    pub(super) async fn start(refusals: &[(&str, Refusal)]) -> Self {
        let refusals = refusals.iter().map(|(operation, refusal)| ((*operation).to_owned(), *refusal));
        let shared = Arc::new(Shared { refusals: Mutex::new(refusals.collect()), calls: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(shared.clone());
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { base_url, shared, _serving: serving }
    }

    /// An account that leads here.
    pub(super) fn account(&self) -> Account {
        let [org_id, client_id, client_secret, api_key] = ["org", "c", "s", "k"].map(str::to_owned);
        Account { base_url: self.base_url.clone(), org_id, client_id, client_secret, api_key }
    }

    /// Refuses one more call of an operation.
    pub(super) fn refuse(&self, operation: &str, refusal: Refusal) {
        self.shared.refusals.lock().unwrap().push((operation.to_owned(), refusal));
    }

    /// The calls of an operation so far.
    pub(super) fn calls(&self, operation: &str) -> Vec<Call> {
        let calls = self.shared.calls.lock().unwrap();
        calls.iter().filter(|(of, _)| of == operation).map(|(_, call)| call.clone()).collect()
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let operation = head.uri.path().rsplit('/').next().unwrap().to_owned();
    let header = |name| head.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    let (authorization, session) = (header("authorization"), header("via-client-sessionid"));
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    shared.note(&operation, Call { at: Instant::now(), authorization, session, body });
    if let Some(refusal) = shared.refusal(&operation) {
        return refusal.into_response();
    }
    let event = json!({
        "eventId": "7-0", "eventType": "engagementCenter.Idle",
        "payload": r#"{"payload":{"interactionId":7}}"#,
    });
    let body = match operation.as_str() {
        "token" => json!({"access_token": format!("token-{}", shared.count("token"))}),
        "session" => json!({"sessionId": format!("session-{}", shared.count("session"))}),
        "events" => json!({"totalItems": 1, "events": [event]}),
        _ => json!({}),
    };
    axum::Json(body).into_response()
}

impl Shared {
    fn note(&self, operation: &str, call: Call) {
        self.calls.lock().unwrap().push((operation.to_owned(), call));
    }

    /// How the call at hand is refused, if it is.
    fn refusal(&self, operation: &str) -> Option<Refusal> {
        let mut refusals = self.refusals.lock().unwrap();
        let next = refusals.iter().position(|(of, _)| of == operation)?;
        Some(refusals.remove(next).1)
    }

    fn count(&self, operation: &str) -> usize {
        self.calls.lock().unwrap().iter().filter(|(of, _)| of == operation).count()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Some(message) = self.message else { return self.status.into_response() };
        let body = json!({"code": self.status.as_u16(), "message": message, "errors": []});
        let mut response = (self.status, axum::Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert("retry-after", seconds.into());
        }
        response
    }
}
