//! A reader of either kind, as the event loop sees it.

use std::rc::Rc;
use std::time::Duration;

use super::ended::Ended;
use super::poller::{Own, PollScript, Poller};
use super::subscriber::{Subscriber, Subscription};
use crate::measure::tally::Tally;

/// A reader.
#[derive(Debug)]
pub(super) enum Reader {
    /// On a websocket.
    Socket(Subscriber),
    /// By long polls.
    Poll(Poller),
}

impl Reader {
    /// A reader on a websocket.
    pub(super) fn on_socket(subscription: Rc<Subscription>) -> Self {
        Self::Socket(Subscriber::new(subscription))
    }

    /// A reader by long polls, with a seed for its waits.
    pub(super) fn by_polls(script: Rc<PollScript>, own: Own, seed: u64) -> Self {
        Self::Poll(Poller::new(script, own, seed))
    }

    /// Whether everything that is said is heard.
    pub(super) fn is_live(&self) -> bool {
        match self {
            Self::Socket(socket) => socket.is_live(),
            Self::Poll(poller) => poller.is_live(),
        }
    }

    /// Whether another connection is needed.
    pub(super) fn is_used_up(&self) -> bool {
        match self {
            Self::Socket(_) => false,
            Self::Poll(poller) => poller.is_used_up(),
        }
    }

    /// How long nothing may be asked, as the server was too busy.
    pub(super) fn rest(&self) -> Option<Duration> {
        match self {
            Self::Socket(_) => None,
            Self::Poll(poller) => poller.rest(),
        }
    }

    /// So long has passed.
    pub(super) fn wake(&mut self) {
        if let Self::Poll(poller) = self {
            poller.wake();
        }
    }

    /// When the poll that is out was made, in microseconds; `None` when there is none.
    pub(super) fn polling_since(&self) -> Option<u64> {
        match self {
            Self::Socket(_) => None,
            Self::Poll(poller) => poller.polling_since(),
        }
    }

    /// The connection is there, at a time in microseconds.
    pub(super) fn begin(&mut self, at: u64, out: &mut Vec<u8>) {
        match self {
            Self::Socket(socket) => socket.begin(out),
            Self::Poll(poller) => poller.begin(at, out),
        }
    }

    /// Says goodbye, where that is done.
    pub(super) fn part(&self, out: &mut Vec<u8>) {
        if let Self::Socket(socket) = self {
            socket.part(out);
        }
    }

    /// Takes what came, at a time in microseconds. Answers how many bytes were complete.
    pub(super) fn receive(
        &mut self,
        bytes: &[u8],
        reader: usize,
        at: u64,
        tally: &mut Tally,
        out: &mut Vec<u8>,
    ) -> Result<usize, Ended> {
        match self {
            Self::Socket(socket) => socket.receive(bytes, reader, at, tally, out),
            Self::Poll(poller) => poller.receive(bytes, reader, at, tally, out),
        }
    }
}
