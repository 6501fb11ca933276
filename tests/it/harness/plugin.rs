//! A plug-in on a port of its own: it answers as a test says, and remembers what it was asked.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::Listener;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::eventually;
use super::secure::{SecureListener, SelfSigned};

/// How the plug-in answers.
#[derive(Clone, Debug, PartialEq)]
pub enum PluginMood {
    /// With this JSON.
    Answering(Value),
    /// With this status and no content.
    Status(u16),
    /// Never, until it is in another mood.
    Silent,
    /// With a redirect to itself.
    Elsewhere,
}

/// One question as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Asked {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// The text of the message that was asked about.
    pub fn text(&self) -> String {
        self.json()["activity"]["message"]["text"].as_str().unwrap().to_owned()
    }
}

struct Shared {
    mood: watch::Sender<PluginMood>,
    asked: std::sync::Mutex<Vec<Asked>>,
}

/// A plug-in. Dropped, it is gone.
pub struct Plugin {
    url: String,
    state: Arc<Shared>,
    serving: JoinHandle<()>,
}

impl Drop for Plugin {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Plugin {
    /// A plug-in that lets everything pass.
    pub async fn start() -> Self {
        Self::serve("http", TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    /// One that is asked over TLS and shows this certificate.
    pub async fn secured(signed: &SelfSigned) -> Self {
        Self::serve("https", SecureListener::bind(signed).await)
    }

    fn serve(scheme: &str, listener: impl Listener<Addr = SocketAddr>) -> Self {
        let mood = watch::Sender::new(PluginMood::Answering(json!({"action": "pass"})));
        let state = Arc::new(Shared { mood, asked: std::sync::Mutex::default() });
        let router = Router::new().route("/ask", post(answer)).with_state(state.clone());
        let url = format!("{scheme}://{}/ask", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, state, serving }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The stage that asks it, with the properties of `change`.
    pub fn stage(&self, change: Value) -> Value {
        let mut stage = json!({"type": "plugin", "name": "stand-in", "url": self.url()});
        stage.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        stage
    }

    pub fn becomes(&self, mood: PluginMood) {
        self.state.mood.send_replace(mood);
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.state.asked.lock().unwrap().clone()
    }

    /// Waits until it was asked so often.
    pub async fn was_asked(&self, times: usize) -> Vec<Asked> {
        eventually("a question", async || Some(self.asked()).filter(|asked| asked.len() >= times)).await
    }
}

async fn answer(State(state): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    state.asked.lock().unwrap().push(Asked { headers, body });
    let mut mood = state.mood.subscribe();
    let mood = mood.wait_for(|mood| *mood != PluginMood::Silent).await.unwrap().clone();
    match mood {
        PluginMood::Answering(answer) => axum::Json(answer).into_response(),
        PluginMood::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        PluginMood::Elsewhere => (StatusCode::TEMPORARY_REDIRECT, [("location", "/ask")]).into_response(),
        PluginMood::Silent => unreachable!("it was waited for"),
    }
}
