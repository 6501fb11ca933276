//! The last words on a websocket, and the closing handshake. It must not know why they are said.

use std::time::Duration;

use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::close::Close;
use super::websocket::WebSocket;

/// How long a closing handshake may take: a peer that is there answers within this, and a stuck one never does.
pub(super) const CLOSE_PATIENCE: Duration = Duration::from_secs(2);

/// Closes a websocket: says the farewell, if there is one, then why, and waits for the peer to agree.
pub async fn part(socket: &mut WebSocket, farewell: Option<Message>, close: Close) {
    // An event after the close frame would break the protocol.
    socket.line().finish();
    if let Some(farewell) = farewell {
        socket.say_beyond_limits(farewell);
    }
    socket.close(close.frame());
    // Whether the peer waited to hear it is its own affair.
    drop(timeout(CLOSE_PATIENCE, goodbye(socket)).await);
    socket.discard_unread();
}

/// The peer's own close frame, or its end, completes the handshake.
async fn goodbye(socket: &mut WebSocket) {
    if socket.flushed().await.is_ok() {
        while let Some(Ok(_)) = socket.next().await {}
    }
}

/// Lets a client that closes the websocket have what was sent before it did, and the answer to its close frame.
pub async fn agree(socket: &mut WebSocket) {
    socket.line().finish();
    drop(timeout(CLOSE_PATIENCE, socket.flushed()).await);
    socket.discard_unread();
}
