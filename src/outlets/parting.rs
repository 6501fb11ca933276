//! The last words on a websocket, and the closing handshake. It must not know why they are said.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use super::close::Close;

/// How long a closing handshake may take: a peer that is there answers within this, and a stuck one never does.
pub(super) const CLOSE_PATIENCE: Duration = Duration::from_secs(2);

/// Closes a websocket: says the farewell, if there is one, then why, and waits for the peer to agree.
pub async fn part<S>(socket: &mut WebSocketStream<S>, farewell: Option<Message>, close: Close)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let goodbye = async {
        if let Some(farewell) = farewell {
            socket.send(farewell).await?;
        }
        socket.close(Some(close.frame())).await?;
        // The peer's own close frame, or its end, completes the handshake.
        while let Some(Ok(_)) = socket.next().await {}
        Ok::<_, WsError>(())
    };
    // Whether the peer waited to hear it is its own affair.
    drop(timeout(CLOSE_PATIENCE, goodbye).await);
}
