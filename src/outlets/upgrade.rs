//! From a request to a websocket (RFC 6455 §4.2).

use axum::body::Body;
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// What is read at once from a socket: clients send little, and the buffer stays for the life of the connection.
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// What is gathered before it is written: a batch of events leaves in few calls.
const WRITE_BUFFER_BYTES: usize = 64 * 1024;

/// The websocket of a request.
pub type WebSocket = WebSocketStream<TokioIo<Upgraded>>;

/// A request that asks for a websocket.
pub struct Upgrade {
    accept: HeaderValue,
    on_upgrade: OnUpgrade,
}

/// The request asks for no websocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnUpgrade {
    /// It is an ordinary request.
    #[error("this address speaks websocket only")]
    Ordinary,
    /// It asks for a version of the protocol that nobody speaks.
    #[error("only version 13 of the websocket protocol is spoken")]
    Version,
}

impl Upgrade {
    /// Takes the upgrade out of a request.
    pub fn of(parts: &mut Parts) -> Result<Self, NotAnUpgrade> {
        let says = |name, word: &str| {
            parts.headers.get_all(name).iter().any(|value| {
                value
                    .to_str()
                    .is_ok_and(|text| text.split(',').any(|part| part.trim().eq_ignore_ascii_case(word)))
            })
        };
        if parts.method != Method::GET || !says(CONNECTION, "upgrade") || !says(UPGRADE, "websocket") {
            return Err(NotAnUpgrade::Ordinary);
        }
        if !says(SEC_WEBSOCKET_VERSION, "13") {
            return Err(NotAnUpgrade::Version);
        }
        let key = parts.headers.get(SEC_WEBSOCKET_KEY).ok_or(NotAnUpgrade::Ordinary)?;
        let accept =
            HeaderValue::try_from(derive_accept_key(key.as_bytes())).map_err(|_| NotAnUpgrade::Ordinary)?;
        let on_upgrade = parts.extensions.remove::<OnUpgrade>().ok_or(NotAnUpgrade::Ordinary)?;
        Ok(Self { accept, on_upgrade })
    }

    /// The answer that switches protocols, and the websocket that comes of it once the answer was sent.
    pub fn accept(
        self,
        max_frame_bytes: usize,
    ) -> (Response, impl Future<Output = Result<WebSocket, hyper::Error>>) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, self.accept);
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            .max_write_buffer_size(usize::MAX)
            .max_message_size(Some(max_frame_bytes))
            .max_frame_size(Some(max_frame_bytes));
        let socket = async move {
            let upgraded = TokioIo::new(self.on_upgrade.await?);
            Ok(WebSocketStream::from_raw_socket(upgraded, Role::Server, Some(config)).await)
        };
        (response, socket)
    }
}
