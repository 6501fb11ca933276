//! What a connection gets that is not served: an answer, and the door.
//! It reads no request: the answer is the same for all.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::socket::Place;

/// Refusals at once; beyond, connections are closed without a word. Within the descriptors kept in reserve.
pub(super) const AT_ONCE: usize = 128;

/// How long a refused client may take to read the answer and to hang up.
const PATIENCE: Duration = Duration::from_secs(1);

/// There are too many connections.
pub(super) const TOO_MANY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    connection: close\r\n\
    retry-after: 5\r\n\
    content-length: 0\r\n\r\n";

/// What is spoken here is TLS.
pub(super) const NOT_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\
    connection: close\r\n\
    content-type: text/plain; charset=utf-8\r\n\
    content-length: 47\r\n\r\n\
    This port speaks HTTPS: use an https:// address";

/// Answers a connection beyond the limit and closes it. `_place` is one of the places for refusals.
pub(super) async fn refuse(stream: TcpStream, _place: Place) {
    answer(stream, TOO_MANY).await;
}

/// Answers and closes.
pub(super) async fn answer(stream: TcpStream, words: &[u8]) {
    if timeout(PATIENCE, say(stream, words)).await.is_err() {
        tracing::debug!("a refused client did not hang up");
    }
}

/// Reads on after the answer until the client hangs up: closing with its request unread would reset the connection,
/// and the answer could be lost on the way.
async fn say(mut stream: TcpStream, words: &[u8]) {
    if stream.write_all(words).await.is_err() || stream.shutdown().await.is_err() {
        return;
    }
    let mut unread = [0; 1024];
    while stream.read(&mut unread).await.is_ok_and(|read| read > 0) {}
}
