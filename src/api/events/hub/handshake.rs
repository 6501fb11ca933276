//! From an open transport to a connection: the handshake, and what follows from it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::dialect::HubDialect;
use crate::api::ApiState;
use crate::api::connecting;
use crate::api::events::listener::Listener;
use crate::api::events::opening::attach;
use crate::auth::Identity;
use crate::outlets::signalr::{Handshake, Incoming, Protocol, refused};
use crate::outlets::{Close, Connection, Feed, LineKind, Opening, Transport};

/// What a connection is asked for with.
pub(super) struct Asked {
    pub(super) state: ApiState,
    pub(super) listener: Listener,
    /// The newest identity of the listener, where its requests bring others.
    pub(super) renewed: Option<watch::Receiver<Arc<Identity>>>,
    /// The line for MessagePack; none where only text is carried.
    pub(super) packed: Option<Arc<LineKind>>,
}

/// The connection that follows a handshake; none when the client is told otherwise, or went away.
pub(super) async fn shake_hands<T: Transport>(
    asked: Asked,
    mut transport: T,
) -> Option<(Box<Connection<HubDialect, Feed, T>>, Opening)> {
    let Asked { state, listener, renewed, packed } = asked;
    let mut incoming = Incoming::new(state.config.websocket.max_frame_bytes);
    let read = tokio::select! {
        read = read_handshake(&mut transport, &mut incoming, state.config.signalr.handshake) => read?,
        () = state.drain.started() => {
            // Before the handshake there are no hub messages to say it in.
            transport.part(None, Close::Restarting).await;
            return None;
        }
    };
    let protocol = match (read, packed) {
        (Ok(Handshake { protocol: Protocol::Json }), _) => Protocol::Json,
        (Ok(Handshake { protocol: Protocol::MessagePack }), Some(kind)) => {
            transport.change(kind);
            Protocol::MessagePack
        }
        (Ok(Handshake { protocol: Protocol::MessagePack }), None) => {
            return turn_away(transport, "the transport carries text only").await;
        }
        (Err(error), _) => return turn_away(transport, &error).await,
    };
    transport.put_back(incoming.into_rest());
    // Attached before the handshake is answered: what is said after the client saw it open is heard.
    match attach(&state, &listener, transport.line().clone()).await {
        Ok((feed, opening)) => {
            let settings = connecting::settings(&state, state.config.signalr.keepalive);
            let dialect = HubDialect::new(state, listener, renewed, protocol);
            Some((Connection::new(transport, feed, dialect, settings), opening))
        }
        Err(error) => {
            tracing::error!(%error, "feed could not be attached");
            transport.part(None, Close::Failed).await;
            None
        }
    }
}

/// Tells a client why there will be no connection.
async fn turn_away<C>(mut transport: impl Transport, error: &str) -> Option<C> {
    transport.part(Some(refused(error)), Close::Protocol).await;
    None
}

/// The client's first message, within the time it has for it; `None` when it went away. Cancel safe.
async fn read_handshake(
    transport: &mut impl Transport,
    incoming: &mut Incoming,
    patience: Duration,
) -> Option<Result<Handshake, String>> {
    let arrives = async {
        loop {
            match transport.next().await {
                Some(Ok(said @ (Message::Text(_) | Message::Binary(_)))) => incoming.push(&said.into_data()),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            }
            if let Some(handshake) = Handshake::take(incoming).transpose() {
                return Some(handshake);
            }
        }
    };
    let late = || Some(Err("the handshake was not completed in time".to_owned()));
    timeout(patience, arrives).await.unwrap_or_else(|_| late())
}
