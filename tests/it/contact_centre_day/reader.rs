//! Readers of activities on either kind of websocket, who write down what they hear, through as many connections as
//! it takes. They must not know the story.

use serde_json::{Value, json};

use super::story::Place;
use crate::harness::{Http, SEPARATOR, Socket, Told};

/// How a reader listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// The plain websocket.
    Plain,
    /// The SignalR hub.
    SignalR,
}

/// Somebody who listens at a place.
pub struct Reader {
    /// Where in the story it is.
    pub place: Place,
    face: Face,
    http: Http,
    integration: String,
    conversation: Option<String>,
    socket: Option<Socket>,
    /// Where it stands.
    cursor: Option<String>,
    /// The activities that it has heard, each with its conversation.
    pub heard: Vec<(Value, Value)>,
}

impl Reader {
    /// Somebody who listens as an integration.
    pub fn new(place: Place, face: Face, http: &Http, integration: &str) -> Self {
        let (http, integration) = (http.clone(), integration.to_owned());
        Self {
            place,
            face,
            http,
            integration,
            conversation: None,
            socket: None,
            cursor: None,
            heard: Vec::new(),
        }
    }

    /// The same, of one conversation.
    pub fn of(self, conversation: &str) -> Self {
        Self { conversation: Some(conversation.to_owned()), ..self }
    }

    /// The same, beginning after a cursor.
    pub fn since(self, cursor: &str) -> Self {
        Self { cursor: Some(cursor.to_owned()), ..self }
    }

    /// Whether it listens as this integration.
    pub fn is_at(&self, integration: &str) -> bool {
        self.integration == integration
    }

    pub fn is_connected(&self) -> bool {
        self.socket.is_some()
    }

    /// Connects, and goes on where it stands; it hears all that is said from then on.
    pub async fn connect(&mut self) {
        let (path, id, of) = match self.face {
            Face::Plain => ("/events/v1/direct", "integrationId", "conversationId"),
            Face::SignalR => ("/engine-chat-hub", "iId", "cId"),
        };
        let named = [(of, &self.conversation), ("since", &self.cursor)];
        let named = named.iter().filter_map(|(name, value)| Some(format!("&{name}={}", value.as_ref()?)));
        let path = format!("{path}?{id}={}{}", self.integration, named.collect::<String>());
        let mut socket = self.http.websocket(&path).await.unwrap_or_else(|answer| panic!("{answer}"));
        match self.face {
            Face::Plain => {
                let snapshot = socket.control("snapshot").await;
                self.cursor = snapshot["cursor"].as_str().map(str::to_owned);
            }
            Face::SignalR => {
                let greeting = json!({"protocol": "json", "version": 1});
                socket.send_text(&format!("{greeting}{SEPARATOR}")).await;
                assert_eq!(socket.next_text().await, format!("{{}}{SEPARATOR}"));
            }
        }
        self.socket = Some(socket);
    }

    /// Where it stands; a plain one knows that before it has heard anything.
    pub fn cursor(&self) -> &str {
        self.cursor.as_deref().expect("it has heard something")
    }

    /// Accepts a conversation, as only the plain websocket can.
    pub async fn accept(&mut self, conversation: &str) {
        let socket = self.socket.as_mut().expect("it is connected");
        let accept = json!({"control": "accept", "reference": "mine", "conversationId": conversation});
        socket.send(accept).await;
        let (receipt, before) = socket.receipt("mine").await;
        assert_eq!(receipt["status"], 200, "{receipt:#}");
        for frame in before {
            self.note(frame);
        }
    }

    /// Listens until it has heard an integration so many times in all.
    pub async fn hear(&mut self, integration: &str, times: usize) {
        let is_meant = |(_, activity): &&(Value, Value)| activity["sender"]["integrationId"] == integration;
        while self.heard.iter().filter(is_meant).count() < times {
            assert_eq!(self.listen().await, None, "{:?} is closed", self.place);
        }
    }

    /// Listens until the connection ends; the code of the close.
    pub async fn hear_out(&mut self) -> u16 {
        loop {
            if let Some(code) = self.listen().await {
                self.socket = None;
                return code;
            }
        }
    }

    /// Notes what comes next; the code of the close when nothing does.
    async fn listen(&mut self) -> Option<u16> {
        let socket = self.socket.as_mut().expect("it is connected");
        match socket.told().await {
            Told::Text(text) => {
                // A plain frame is one message and has no separator.
                for message in text.split_terminator(SEPARATOR) {
                    self.note(serde_json::from_str(message).unwrap());
                }
                None
            }
            Told::Binary(bytes) => panic!("a binary frame: {bytes:?}"),
            Told::Closed(code) => Some(code),
        }
    }

    /// Notes an activity; control frames, pings and goodbyes say nothing.
    fn note(&mut self, message: Value) {
        let (around, activity) = match self.face {
            Face::Plain => (&message, &message["activity"]),
            Face::SignalR => (&message["arguments"][0], &message["arguments"][0]),
        };
        if activity.is_object() {
            self.cursor = around["cursor"].as_str().map(str::to_owned);
            self.heard.push((around["conversationId"].clone(), activity.clone()));
        }
        assert_ne!(message["control"], "gap", "nothing was removed");
    }
}
