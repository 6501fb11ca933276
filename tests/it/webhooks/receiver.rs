//! A webhook's receiver on a port of its own: it takes what it is sent or refuses it, and remembers all of it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// One call as it came.
#[derive(Clone, Debug)]
pub(super) struct Posted {
    /// What a receiver knows a repetition by.
    pub(super) webhook_id: String,
    pub(super) conversation: String,
    /// The text of the message.
    pub(super) text: String,
    /// The status that it was answered with.
    pub(super) answered: u16,
}

struct Shared {
    answer: Mutex<StatusCode>,
    posted: Mutex<Vec<Posted>>,
}

/// A receiver, which takes everything at first. Dropped, it is gone.
pub(super) struct Receiver {
    url: String,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Receiver {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shared = Arc::new(Shared { answer: Mutex::new(StatusCode::OK), posted: Mutex::default() });
        let router = Router::new().route("/hook", post(take)).with_state(shared.clone());
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shared, serving }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// From now on it answers with this status.
    pub(super) fn answers(&self, status: u16) {
        *self.shared.answer.lock().unwrap() = StatusCode::from_u16(status).unwrap();
    }

    /// The calls that came so far.
    pub(super) fn posted(&self) -> Vec<Posted> {
        self.shared.posted.lock().unwrap().clone()
    }

    /// The calls that it took.
    pub(super) fn taken(&self) -> Vec<Posted> {
        self.posted().into_iter().filter(|call| call.answered == 200).collect()
    }
}

async fn take(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let body: Value = serde_json::from_slice(&body).unwrap();
    let status = *shared.answer.lock().unwrap();
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let call = Posted {
        webhook_id: header("webhook-id").unwrap_or_default().to_owned(),
        conversation: text("/conversationId"),
        text: text("/activity/message/text"),
        answered: status.as_u16(),
    };
    shared.posted.lock().unwrap().push(call);
    status
}
