//! From a request to the connection that a websocket is laid over (RFC 6455 §4.2).

use axum::body::Body;
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::deflate::Agreement;
use crate::server::Socket;

/// How messages are carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// As they are.
    Off,
    /// Deflated, each by itself, where that makes them smaller.
    Deflate,
}

/// An upgraded connection.
pub struct Upgraded {
    /// The connection itself.
    pub socket: Socket,
    /// What the client sent before it had the answer.
    pub early: Bytes,
    /// What was agreed on with the client.
    pub compression: Compression,
}

/// The answer was not sent, or the connection is none of [`crate::server`].
#[derive(Debug, thiserror::Error)]
pub enum UpgradeFailed {
    /// The connection ended before the protocols were switched.
    #[error(transparent)]
    Ended(#[from] hyper::Error),
    /// It is of another kind.
    #[error("the connection is not one of this server")]
    Foreign,
}

/// A request that asks for a websocket.
pub struct Upgrade {
    accept: HeaderValue,
    on_upgrade: OnUpgrade,
    agreement: Option<Agreement>,
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
        Ok(Self { accept, on_upgrade, agreement: None })
    }

    /// Agrees on compression, if the headers of the request offer what can be met.
    pub fn agree_on_compression(&mut self, headers: &HeaderMap) {
        self.agreement = Agreement::on(headers);
    }

    /// What was agreed on; nothing was before [`agree_on_compression`](Self::agree_on_compression).
    pub fn compression(&self) -> Compression {
        if self.agreement.is_some() { Compression::Deflate } else { Compression::Off }
    }

    /// The answer that switches protocols, and the connection that comes of it once the answer was sent.
    pub fn accept(self) -> (Response, impl Future<Output = Result<Upgraded, UpgradeFailed>>) {
        let compression = self.compression();
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, self.accept);
        if let Some(agreement) = self.agreement {
            headers.insert(SEC_WEBSOCKET_EXTENSIONS, agreement.header());
        }
        let on_upgrade = self.on_upgrade;
        let upgraded = async move {
            let parts =
                on_upgrade.await?.downcast::<TokioIo<Socket>>().map_err(|_| UpgradeFailed::Foreign)?;
            Ok(Upgraded { socket: parts.io.into_inner(), early: parts.read_buf, compression })
        };
        (response, upgraded)
    }
}
