//! What distinguishes the faces of connections: how they open, what they hear and say beside the events.

use std::time::Duration;

use async_trait::async_trait;
use tokio_tungstenite::tungstenite::{Bytes, Message, Utf8Bytes};

use super::close::Close;
use crate::domain::clock::Millis;
use crate::pipeline::{Cursor, Gap};

/// How a connection begins.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// Where the reader stands: everything after this follows.
    pub cursor: Cursor,
    /// Whether it said where to go on from.
    pub resumed: bool,
    /// What it must be told before anything newer.
    pub gap: Option<Gap>,
}

/// What follows from a client's message.
#[derive(Debug)]
pub enum Reaction {
    /// These messages are sent, in order.
    Say(Vec<Message>),
    /// The last messages are sent, and the connection is closed.
    Part(Vec<Message>, Close),
}

impl Reaction {
    /// Nothing follows.
    pub fn nothing() -> Self {
        Self::Say(Vec::new())
    }
}

/// One face's way of speaking on a connection.
#[async_trait]
pub trait Dialect: Send + Sync {
    /// What is sent first: where the reader stands, and a gap when there is one. Nothing on a face that has no
    /// cursors, where this is never asked.
    fn open(&mut self, _opening: Opening) -> Vec<Message> {
        Vec::new()
    }

    /// A client's text message. What it begins is finished before anything else is heard or said; only when that
    /// outlasts the drain is this future dropped.
    async fn hear(&mut self, text: Utf8Bytes) -> Reaction;

    /// A client's binary message; where nothing binary is spoken the connection ends.
    async fn hear_binary(&mut self, _bytes: Bytes) -> Reaction {
        Reaction::Part(Vec::new(), Close::BinaryData)
    }

    /// What is sent so that a silent connection is known to be alive.
    fn heartbeat(&self) -> Message;

    /// What is said before the broker closes for `close`; for a restart, with how long to wait before coming back.
    fn farewell(&self, close: Close, come_back_after: Duration) -> Option<Message>;

    /// Until when the client may listen, unless it renews.
    fn entitled_until(&self) -> Millis;

    /// Whether the client may still listen; asked when that may have changed.
    ///
    /// # Errors
    /// Why the connection has to end.
    fn entitlement(&self) -> Result<(), Close>;
}

/// A right to listen that may end while its client does. Every [`Dialect`] tells it of its client.
pub trait Entitled {
    /// Until when the client may listen, unless it renews.
    fn until(&self) -> Millis;

    /// Whether the client may still listen; asked when that may have changed.
    ///
    /// # Errors
    /// Why the connection has to end.
    fn check(&self) -> Result<(), Close>;
}

impl<D: Dialect> Entitled for D {
    fn until(&self) -> Millis {
        self.entitled_until()
    }

    fn check(&self) -> Result<(), Close> {
        self.entitlement()
    }
}
