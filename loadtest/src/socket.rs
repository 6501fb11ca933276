//! A plain websocket of the events API: what it listens to, and its frames as a client understands them.
//! It must not know any scenario.

use std::borrow::Cow;

use futures_util::StreamExt;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::error::LoadError;

/// Read and write buffers of a socket, in bytes: small, because a run holds thousands of them.
const BUFFER_BYTES: usize = 4 * 1024;

/// What a socket listens to.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Whose side is heard.
    pub integration: String,
    /// One conversation only.
    pub conversation: Option<String>,
    /// The cursor of the last that was heard.
    pub since: Option<String>,
}

/// An open socket.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What a frame says, as far as clients here look into it.
#[derive(Debug, Deserialize)]
pub struct Frame<'a> {
    /// Names a control frame; absent in payloads.
    #[serde(borrow, default)]
    pub control: Option<Cow<'a, str>>,
    /// The activity of a payload.
    #[serde(borrow, default)]
    pub activity: Option<ActivityHead<'a>>,
    /// Where a reader stands that has heard this frame.
    #[serde(borrow, default)]
    pub cursor: Option<Cow<'a, str>>,
    /// In a drain frame, milliseconds to wait before coming back.
    #[serde(rename = "reconnectAfterMs", default)]
    pub reconnect_after_ms: Option<u64>,
}

/// What identifies an activity.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityHead<'a> {
    /// Its place in the conversation.
    pub event_id: i64,
    /// The sender's own reference.
    #[serde(borrow, default)]
    pub external_id: Option<Cow<'a, str>>,
}

impl<'a> Frame<'a> {
    /// Reads a frame; `None` when it is not one of the protocol.
    pub fn read(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

impl Socket {
    /// Opens a socket. When this comes back, what is said from now on will be heard.
    pub async fn open(base_url: &str, token: &str, wanted: &Subscription) -> Result<Self, LoadError> {
        let mut request = address(base_url, wanted)?.into_client_request()?;
        let bearer = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|_| LoadError::Closed("the token cannot be sent in a header".to_owned()))?;
        request.headers_mut().insert(AUTHORIZATION, bearer);
        let config =
            WebSocketConfig::default().read_buffer_size(BUFFER_BYTES).write_buffer_size(BUFFER_BYTES);
        let (socket, _) = connect_async_with_config(request, Some(config), true).await?;
        Ok(Self(socket))
    }

    /// The next text frame. Cancel safe.
    ///
    /// # Errors
    /// When the socket broke or was closed.
    pub async fn next(&mut self) -> Result<Utf8Bytes, LoadError> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(frame))) => {
                    let reason =
                        frame.map_or_else(|| "no reason".to_owned(), |f| format!("{} {}", f.code, f.reason));
                    return Err(LoadError::Closed(reason));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Err(LoadError::Closed("the connection ended".to_owned())),
            }
        }
    }

    /// Says goodbye. A peer that does not hear it finds out by itself.
    pub async fn close(mut self) {
        let _gone = self.0.close(None).await;
    }
}

fn address(base_url: &str, wanted: &Subscription) -> Result<String, LoadError> {
    let Some(rest) = base_url.strip_prefix("http") else {
        return Err(LoadError::Address(base_url.to_owned()));
    };
    let mut url =
        format!("ws{}/events/v1/direct?integrationId={}", rest.trim_end_matches('/'), wanted.integration);
    if let Some(conversation) = &wanted.conversation {
        url.push_str("&conversationId=");
        url.push_str(conversation);
    }
    if let Some(since) = &wanted.since {
        url.push_str("&since=");
        url.push_str(since);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_names_what_is_listened_to() {
        let mut wanted = Subscription { integration: "i".into(), conversation: None, since: None };
        assert_eq!(address("http://h:1", &wanted).unwrap(), "ws://h:1/events/v1/direct?integrationId=i");
        wanted.conversation = Some("c".into());
        wanted.since = Some("s".into());
        assert_eq!(
            address("https://h/", &wanted).unwrap(),
            "wss://h/events/v1/direct?integrationId=i&conversationId=c&since=s"
        );
        assert!(matches!(address("ftp://h", &wanted), Err(LoadError::Address(_))));
    }

    #[test]
    fn payloads_and_control_frames_are_told_apart() {
        let payload = r#"{"hubId":"h","activity":{"eventId":7,"externalId":"x\n"},"cursor":"c"}"#;
        let frame = Frame::read(payload).unwrap();
        let activity = frame.activity.unwrap();
        assert_eq!((activity.event_id, activity.external_id.as_deref()), (7, Some("x\n")));
        assert_eq!(frame.control, None);
        let drain = Frame::read(r#"{"control":"drain","reconnectAfterMs":20}"#).unwrap();
        assert_eq!((drain.control.as_deref(), drain.reconnect_after_ms), (Some("drain"), Some(20)));
        assert!(Frame::read("hello").is_none());
    }
}
