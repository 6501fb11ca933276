//! The SignalR hub protocol: its messages in both of their forms, and nothing of what they are about.
//!
//! [`Handshake`] chooses the [`Protocol`]; [`Incoming`] puts together what arrives in pieces.

mod framing;
mod handshake;
mod json;
mod messagepack;

use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

pub use framing::{Incoming, Unframed};
pub use handshake::{Handshake, refused};

/// The form of the messages after the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Text: each message ends with a separator.
    Json,
    /// Binary: each message comes after its length.
    MessagePack,
}

/// What a client may send after the handshake.
#[derive(Clone, Debug, PartialEq)]
pub enum HubMessage {
    /// A call of a hub method; with an id when an answer is expected.
    Invocation {
        /// The client's name for the call.
        id: Option<String>,
        /// The method.
        target: String,
    },
    /// A sign of life.
    Ping,
    /// The client says goodbye.
    Close,
    /// Part of a conversation that the hub does not take part in, such as a stream item.
    Other,
}

/// The client's message cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a hub message")]
pub struct NotAHubMessage;

/// Whether a client that is closed should try again by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reconnect {
    /// It should.
    Allowed,
    /// It should not: it would end the same way.
    Refused,
}

/// The numbers by which both forms tell messages apart.
mod kind {
    pub(super) const INVOCATION: i64 = 1;
    pub(super) const COMPLETION: i64 = 3;
    pub(super) const STREAM_INVOCATION: i64 = 4;
    pub(super) const PING: i64 = 6;
    pub(super) const CLOSE: i64 = 7;
}

impl Protocol {
    /// Takes the next message out of what has arrived; `None` when none is complete.
    ///
    /// # Errors
    /// When what has arrived is too large, or is no message.
    pub fn next(self, incoming: &mut Incoming) -> Result<Option<HubMessage>, Unframed> {
        let parsed = match self {
            Self::Json => incoming.next_text()?.map(|message| json::parse(&message)),
            Self::MessagePack => incoming.next_packed()?.map(|message| messagepack::parse(&message)),
        };
        parsed.transpose().map_err(|NotAHubMessage| Unframed::Broken)
    }

    /// The answer to a handshake that has chosen this protocol.
    pub fn accepted(self) -> Message {
        match self {
            Self::Json => Message::text(handshake::ACCEPTED),
            // A client that reads binary messages reads the answer in one.
            Self::MessagePack => Message::binary(handshake::ACCEPTED.as_bytes()),
        }
    }

    /// A sign of life.
    pub fn ping(self) -> Message {
        match self {
            Self::Json => Message::text(json::ping()),
            Self::MessagePack => Message::binary(messagepack::ping()),
        }
    }

    /// Calls a method of the client.
    pub fn invocation(self, target: &str, argument: &Value) -> Message {
        match self {
            Self::Json => Message::text(json::invocation(target, argument)),
            Self::MessagePack => Message::binary(messagepack::invocation(target, argument)),
        }
    }

    /// Answers a call with an error, in the form in which hub errors reach existing clients (wire facts).
    pub fn failed_completion(self, id: &str, number: u32, text: &str) -> Message {
        let error = format!("HubException: [{number}]: {text}");
        match self {
            Self::Json => Message::text(json::failed_completion(id, &error)),
            Self::MessagePack => Message::binary(messagepack::failed_completion(id, &error)),
        }
    }

    /// Says goodbye.
    pub fn close(self, error: Option<&str>, reconnect: Reconnect) -> Message {
        match self {
            Self::Json => Message::text(json::close(error, reconnect)),
            Self::MessagePack => Message::binary(messagepack::close(error, reconnect)),
        }
    }
}
