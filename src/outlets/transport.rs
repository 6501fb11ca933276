//! What a connection speaks over: a websocket, or the requests of a client that has none.
//! It must not know what is said.

use std::sync::Arc;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use super::close::Close;
use super::line::{Line, LineKind};
use super::parting;
use super::websocket::WebSocket;

/// Both directions of a connection.
pub trait Transport: Send {
    /// The line that events are sent on.
    fn line(&self) -> &Arc<Line>;

    /// Sends on another kind of line from now on; before a feed is attached.
    fn change(&mut self, kind: Arc<LineKind>);

    /// The client's next message or sign of life; `None` when it is gone. What waits for the client may go out
    /// meanwhile. Cancel safe.
    fn next(&mut self) -> impl Future<Output = Option<Result<Message, WsError>>> + Send;

    /// Lets what was read too early come next.
    fn put_back(&mut self, rest: Bytes);

    /// Sends a message; what the client does not take at once waits, and counts against the limits of its line.
    fn say(&self, message: Message);

    /// Sends a message that does not count against the limits.
    fn say_beyond_limits(&self, message: Message);

    /// Whether the client is there to answer a heartbeat. One that may stay away for a while is told for how long
    /// elsewhere.
    fn is_attended(&self) -> bool;

    /// Says the farewell, if there is one, then why, and gives the client a moment to have it.
    fn part(&mut self, farewell: Option<Message>, close: Close) -> impl Future<Output = ()> + Send;

    /// Ends what the client has ended.
    fn agree(&mut self) -> impl Future<Output = ()> + Send;
}

impl Transport for WebSocket {
    fn line(&self) -> &Arc<Line> {
        self.line()
    }

    fn change(&mut self, kind: Arc<LineKind>) {
        self.line_mut().change(kind);
    }

    async fn next(&mut self) -> Option<Result<Message, WsError>> {
        self.next().await
    }

    fn put_back(&mut self, rest: Bytes) {
        self.put_back(rest);
    }

    fn say(&self, message: Message) {
        self.say(message);
    }

    fn say_beyond_limits(&self, message: Message) {
        self.say_beyond_limits(message);
    }

    fn is_attended(&self) -> bool {
        true
    }

    async fn part(&mut self, farewell: Option<Message>, close: Close) {
        parting::part(self, farewell, close).await;
    }

    async fn agree(&mut self) {
        parting::agree(self).await;
    }
}
