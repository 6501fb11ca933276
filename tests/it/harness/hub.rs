//! A SignalR client without a websocket, by hand: negotiated, then a stream or polls beside requests.

use std::collections::VecDeque;

use reqwest::Response;
use serde_json::{Value, json};

use super::signalr::SEPARATOR;
use super::{Answer, Http, SignalR, within};

/// A negotiated connection of the hub. Clones are of the same connection.
#[derive(Clone)]
pub struct Hub {
    pub http: Http,
    /// What joins its requests.
    pub id: String,
}

impl Hub {
    /// Negotiates a connection and does not open it.
    pub async fn negotiate(http: &Http, query: &str) -> Self {
        let negotiated = SignalR::negotiate(http, &format!("negotiateVersion=1&{query}")).await.ok();
        let id = negotiated["connectionToken"].as_str().unwrap().to_owned();
        Self { http: http.clone(), id }
    }

    /// Opens a connection that polls, its handshake done.
    pub async fn polling(http: &Http, query: &str) -> Self {
        let hub = Self::negotiate(http, query).await;
        assert_eq!(hub.poll().await.has_status(200).text, "");
        hub.say(&json!({"protocol": "json", "version": 1})).await.has_status(200);
        assert_eq!(hub.poll_messages().await, [json!({})]);
        hub
    }

    /// The same connection as another caller would ask for it.
    #[must_use]
    pub fn seen_by(&self, http: &Http) -> Self {
        Self { http: http.clone(), id: self.id.clone() }
    }

    /// The hub's address with the id in it.
    pub fn path(&self) -> String {
        format!("/engine-chat-hub?id={}", self.id)
    }

    pub async fn poll(&self) -> Answer {
        within("a poll", self.http.get(&self.path())).await
    }

    /// The messages of a poll, which has to bring some.
    pub async fn poll_messages(&self) -> Vec<Value> {
        messages(&self.poll().await.has_status(200).text)
    }

    /// The texts of the next activities, however many polls they take; pings are let go.
    pub async fn poll_texts(&self, count: usize) -> Vec<String> {
        let mut texts = Vec::new();
        while texts.len() < count {
            texts.extend(self.poll_messages().await.iter().filter(|message| message["type"] != 6).map(text));
        }
        texts
    }

    /// The last messages of a connection that polls: what comes before the answer that it is over.
    pub async fn poll_to_the_end(&self) -> Vec<Value> {
        let mut heard = Vec::new();
        loop {
            let answer = self.poll().await;
            if answer.status == 204 {
                assert_eq!(answer.text, "");
                return heard;
            }
            heard.extend(messages(&answer.has_status(200).text));
        }
    }

    /// Says a message in JSON.
    pub async fn say(&self, message: &Value) -> Answer {
        self.say_bytes(format!("{message}{SEPARATOR}")).await
    }

    pub async fn say_bytes(&self, bytes: impl Into<reqwest::Body>) -> Answer {
        self.http.send("POST", &self.path(), Some("text/plain;charset=UTF-8"), bytes).await
    }

    pub async fn end(&self) -> Answer {
        self.http.delete(&self.path()).await
    }

    /// Asks for the stream of the connection.
    pub async fn listen(&self) -> Answer {
        self.http.with_header("accept", "text/event-stream").get(&self.path()).await
    }

    /// Opens the stream of the connection and shakes hands.
    pub async fn stream(&self) -> EventStream {
        let http = self.http.with_header("accept", "text/event-stream");
        let response = within("the stream", http.begin("GET", &self.path())).await;
        assert_eq!(response.status(), 200);
        let mut stream = EventStream { response, unread: Vec::new(), waiting: VecDeque::new() };
        self.say(&json!({"protocol": "json", "version": 1})).await.has_status(200);
        assert_eq!(stream.next().await, Some(json!({})));
        stream
    }
}

/// What an invocation of the client's method says.
fn text(message: &Value) -> String {
    assert_eq!(message["target"], "ReceiveDirectActivities", "{message:#}");
    message["arguments"][0]["message"]["text"].as_str().unwrap().to_owned()
}

/// The messages in a row of them, each with its separator.
fn messages(text: &str) -> Vec<Value> {
    let ended = text.strip_suffix(SEPARATOR).unwrap_or_else(|| panic!("{text:?} is not ended"));
    ended.split(SEPARATOR).map(|message| serde_json::from_str(message).unwrap()).collect()
}

/// An open stream of server-sent events.
pub struct EventStream {
    pub response: Response,
    unread: Vec<u8>,
    waiting: VecDeque<Value>,
}

impl EventStream {
    /// The next message; `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<Value> {
        while self.waiting.is_empty() {
            let event = within("an event", self.next_event()).await?;
            self.waiting.extend(messages(&event));
        }
        self.waiting.pop_front()
    }

    /// The text of the next activity; pings are let go.
    pub async fn next_text(&mut self) -> String {
        loop {
            let message = self.next().await.expect("the stream has ended");
            if message["type"] != 6 {
                return text(&message);
            }
        }
    }

    /// The messages that still come.
    pub async fn rest(&mut self) -> Vec<Value> {
        let mut heard = Vec::new();
        while let Some(message) = self.next().await {
            heard.push(message);
        }
        heard
    }

    /// The data of the next event; comments are let go.
    async fn next_event(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.unread.windows(4).position(|window| window == b"\r\n\r\n") {
                let event: Vec<u8> = self.unread.drain(..end + 4).collect();
                let event = String::from_utf8(event).unwrap();
                match event.trim_end_matches("\r\n").strip_prefix("data: ") {
                    Some(data) => return Some(data.to_owned()),
                    None => assert!(event.starts_with(':'), "{event:?}"),
                }
            } else {
                let chunk = self.response.chunk().await.ok()??;
                self.unread.extend_from_slice(&chunk);
            }
        }
    }
}
