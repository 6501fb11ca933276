//! A SignalR client by hand: the JSON hub protocol over a websocket.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::socket::Told;
use super::{Answer, Http, Socket, within};

/// Ends every message of the JSON hub protocol.
pub const SEPARATOR: char = '\u{1e}';

/// An open connection.
pub struct SignalR {
    socket: Socket,
    waiting: VecDeque<Value>,
}

impl SignalR {
    /// Asks where and how to connect.
    pub async fn negotiate(http: &Http, query: &str) -> Answer {
        http.send("POST", &format!("/engine-chat-hub/negotiate?{query}"), None, "").await
    }

    /// Opens a connection without negotiation, which the WebSockets transport allows, and says nothing yet.
    pub async fn open(http: &Http, query: &str) -> Result<Self, Answer> {
        let path = format!("/engine-chat-hub?{query}");
        let socket = Socket::open_with(http.base(), &path, http.headers()).await?;
        Ok(Self { socket, waiting: VecDeque::new() })
    }

    /// Negotiates, connects and shakes hands, as the official clients do.
    pub async fn connect(http: &Http, query: &str) -> Self {
        let negotiated = Self::negotiate(http, &format!("negotiateVersion=1&{query}")).await.ok();
        let id = negotiated["connectionToken"].as_str().unwrap();
        let opened = Self::open(http, &format!("id={id}&{query}")).await;
        let mut connection = opened.unwrap_or_else(|answer| panic!("{answer}"));
        assert_eq!(connection.shake_hands("json", 1).await, json!({}));
        connection
    }

    /// Sends a handshake; the answer.
    pub async fn shake_hands(&mut self, protocol: &str, version: i64) -> Value {
        self.send(json!({"protocol": protocol, "version": version})).await;
        self.next_message().await
    }

    pub async fn send(&mut self, message: Value) {
        self.send_text(&format!("{message}{SEPARATOR}")).await;
    }

    /// Sends messages in one frame, each with its separator.
    pub async fn send_text(&mut self, messages: &str) {
        self.socket.send_text(messages).await;
    }

    /// The next message of whatever type.
    pub async fn next_message(&mut self) -> Value {
        loop {
            if let Some(message) = self.waiting.pop_front() {
                return message;
            }
            let text = self.socket.next_text().await;
            let messages = text.strip_suffix(SEPARATOR).unwrap_or_else(|| panic!("{text} is not ended"));
            for message in messages.split(SEPARATOR) {
                self.waiting.push_back(serde_json::from_str(message).unwrap());
            }
        }
    }

    /// The next message that is not a ping.
    pub async fn next(&mut self) -> Value {
        let next = async {
            loop {
                let message = self.next_message().await;
                if message["type"] != 6 {
                    return message;
                }
            }
        };
        within("a message", next).await
    }

    /// The activity of the next message, which has to be one.
    pub async fn next_activity(&mut self) -> Value {
        let message = self.next().await;
        assert_eq!((&message["type"], &message["target"]), (&json!(1), &json!("ReceiveDirectActivities")));
        let arguments = message["arguments"].as_array().unwrap();
        assert_eq!(arguments.len(), 1, "{message:#}");
        arguments[0].clone()
    }

    /// The code with which the websocket beneath is closed; messages on the way are let go.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Told::Closed(code) = self.socket.told().await {
                return code;
            }
        }
    }
}
