//! A websocket client that reads JSON frames.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{Answer, within};

/// An open websocket.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What a socket tells next.
pub enum Told {
    /// A text frame.
    Text(String),
    /// A binary frame.
    Binary(Vec<u8>),
    /// The other side closes, with this code; 1005 when it gave none, 1006 when the connection just ended.
    Closed(u16),
}

impl Socket {
    /// Opens a websocket; the answer when it is refused.
    pub async fn open(base: &str, path: &str, token: Option<&str>) -> Result<Self, Answer> {
        let token = token.map(|token| ("authorization".to_owned(), format!("Bearer {token}")));
        Self::open_with(base, path, &Vec::from_iter(token)).await
    }

    /// As [`open`](Self::open), with any headers.
    pub async fn open_with(base: &str, path: &str, headers: &[(String, String)]) -> Result<Self, Answer> {
        let mut request = base.replacen("http", "ws", 1).into_client_request().unwrap();
        *request.uri_mut() = format!("{}{path}", base.replacen("http", "ws", 1)).parse().unwrap();
        for (name, value) in headers {
            let name = HeaderName::try_from(name).unwrap();
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
        match within("the handshake", connect_async(request)).await {
            Ok((stream, _)) => Ok(Self(stream)),
            Err(tungstenite::Error::Http(response)) => {
                let headers = response
                    .headers()
                    .iter()
                    .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                    .collect();
                let body = response.body().clone().unwrap_or_default();
                let text = String::from_utf8(body).unwrap();
                Err(Answer::new(format!("websocket {path}"), response.status().as_u16(), headers, text))
            }
            Err(error) => panic!("no handshake at {path}: {error:?}"),
        }
    }

    /// What comes next, pings left out.
    pub async fn told(&mut self) -> Told {
        within("a frame", self.next_told()).await
    }

    async fn next_told(&mut self) -> Told {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Told::Text(text.to_string()),
                Some(Ok(Message::Close(frame))) => {
                    return Told::Closed(frame.map_or(1005, |frame| frame.code.into()));
                }
                Some(Ok(Message::Binary(bytes))) => return Told::Binary(bytes.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Told::Closed(1006),
            }
        }
    }

    /// The next frame's text.
    pub async fn next_text(&mut self) -> String {
        match self.told().await {
            Told::Text(text) => text,
            Told::Binary(bytes) => panic!("a binary frame: {bytes:?}"),
            Told::Closed(code) => panic!("closed with {code} where a frame was expected"),
        }
    }

    /// The next frame.
    pub async fn next_frame(&mut self) -> Value {
        serde_json::from_str(&self.next_text().await).unwrap()
    }

    /// The next frame, which has to be a control frame of that name.
    pub async fn control(&mut self, name: &str) -> Value {
        let frame = self.next_frame().await;
        assert_eq!(frame["control"], name, "{frame:#}");
        frame
    }

    /// The next frame, which has to be a Direct payload.
    pub async fn next_activity(&mut self) -> Value {
        let frame = self.next_frame().await;
        assert!(frame["control"].is_null() && frame["activity"].is_object(), "{frame:#}");
        frame
    }

    /// The texts of the next activities.
    pub async fn texts(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::with_capacity(count);
        for _ in 0..count {
            let frame = self.next_activity().await;
            texts.push(frame["activity"]["message"]["text"].as_str().unwrap().to_owned());
        }
        texts
    }

    /// Reads to the end: the frames that still came, and the code of the close.
    pub async fn closed(&mut self) -> (Vec<Value>, u16) {
        let mut frames = Vec::new();
        loop {
            match self.told().await {
                Told::Text(text) => frames.push(serde_json::from_str(&text).unwrap()),
                Told::Binary(bytes) => panic!("a binary frame: {bytes:?}"),
                Told::Closed(code) => return (frames, code),
            }
        }
    }

    pub async fn send(&mut self, frame: Value) {
        self.send_text(&frame.to_string()).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// Sends a frame that the server may refuse while it still comes in.
    pub async fn send_anyway(&mut self, message: Message) {
        let _refused_midway = self.0.send(message).await;
    }

    /// Sends bytes beneath the protocol.
    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).await.unwrap();
    }

    pub async fn send_binary(&mut self, bytes: Vec<u8>) {
        self.0.send(Message::binary(bytes)).await.unwrap();
    }

    /// Sends an activity on the socket; the receipt, when it comes next.
    pub async fn send_activity(&mut self, reference: &str, conversation: &str, activity: Value) {
        self.send(json!({"control": "send", "reference": reference, "conversationId": conversation,
            "activity": activity}))
            .await;
    }

    /// The receipt of what was sent under a reference, and the activities that came before it.
    pub async fn receipt(&mut self, reference: &str) -> (Value, Vec<Value>) {
        let mut before = Vec::new();
        loop {
            let frame = self.next_frame().await;
            if frame["control"] == "receipt" {
                assert_eq!(frame["reference"], reference, "{frame:#}");
                return (frame, before);
            }
            before.push(frame);
        }
    }
}
