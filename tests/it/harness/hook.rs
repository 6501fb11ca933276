//! The receiver of webhooks on a port of its own: it answers as a test says, and remembers what it was sent.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::eventually;

/// Webhooks may go to this machine.
pub const TO_THIS_MACHINE: (&str, &str) = ("SWITCHBOARD_WEBHOOKS__ALLOW_PRIVATE", "true");

/// One call as it came.
#[derive(Clone, Debug)]
pub struct Delivered {
    pub headers: HeaderMap,
    pub body: Bytes,
    /// What it was answered; none while it is not.
    pub status: Option<u16>,
}

impl Delivered {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// The activities, whether it carries one or several.
    pub fn activities(&self) -> Vec<Value> {
        let body = self.json();
        match body["activities"].as_array() {
            Some(several) => several.clone(),
            None => vec![body["activity"].clone()],
        }
    }

    /// The texts of its messages.
    pub fn texts(&self) -> Vec<String> {
        let activities = self.activities();
        activities.iter().map(|one| one["message"]["text"].as_str().unwrap_or("").to_owned()).collect()
    }
}

struct Shared {
    /// Whether calls are answered at all.
    answers: watch::Sender<bool>,
    next: std::sync::Mutex<VecDeque<u16>>,
    delivered: std::sync::Mutex<Vec<Delivered>>,
}

/// A receiver. Dropped, it is gone.
pub struct Hook {
    url: String,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Hook {
    /// One that takes everything.
    pub async fn start() -> Self {
        let answers = watch::Sender::new(true);
        let shared = Arc::new(Shared { answers, next: Default::default(), delivered: Default::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let router = Router::new().route("/hook", post(take)).with_state(shared.clone());
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shared, serving }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Answers the next calls with these statuses; later ones with 200.
    pub fn answers_next(&self, statuses: impl IntoIterator<Item = u16>) {
        self.shared.next.lock().unwrap().extend(statuses);
    }

    /// Answers nobody until it [`wakes`](Self::wakes).
    pub fn sleeps(&self) {
        self.shared.answers.send_replace(false);
    }

    /// Answers again, also those who wait.
    pub fn wakes(&self) {
        self.shared.answers.send_replace(true);
    }

    /// All calls so far, in the order in which they came.
    pub fn calls(&self) -> Vec<Delivered> {
        self.shared.delivered.lock().unwrap().clone()
    }

    /// Waits until so many calls have come.
    pub async fn was_called(&self, times: usize) -> Vec<Delivered> {
        eventually("a call of the webhook", async || Some(self.calls()).filter(|calls| calls.len() >= times))
            .await
    }

    /// The texts that it has taken, in their order.
    pub fn taken(&self) -> Vec<String> {
        let calls = self.calls();
        calls.iter().filter(|call| call.status == Some(200)).flat_map(Delivered::texts).collect()
    }

    /// Waits until it has taken so many texts.
    pub async fn took(&self, count: usize) -> Vec<String> {
        eventually("texts at the webhook", async || Some(self.taken()).filter(|taken| taken.len() >= count))
            .await
    }
}

async fn take(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let index = {
        let mut delivered = shared.delivered.lock().unwrap();
        delivered.push(Delivered { headers, body, status: None });
        delivered.len() - 1
    };
    shared.answers.subscribe().wait_for(|answers| *answers).await.unwrap();
    let status = shared.next.lock().unwrap().pop_front().unwrap_or(200);
    shared.delivered.lock().unwrap()[index].status = Some(status);
    StatusCode::from_u16(status).unwrap()
}
