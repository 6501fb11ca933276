//! A reader on a websocket: opens it, comes to hear, and tells the tally what it hears.
//! It is given bytes and gives bytes: sockets are the event loop's.

use std::rc::Rc;

use memchr::memchr_iter;

use super::ended::Ended;
use super::frames::{self, Opcode};
use super::{http, nats};
use crate::measure::tally::Tally;

/// Ends every message of the SignalR hub protocol.
const RECORD_SEPARATOR: u8 = 0x1e;
/// The first message of a SignalR client.
const SIGNALR_HANDSHAKE: &[u8] = b"{\"protocol\":\"json\",\"version\":1}\x1e";
/// A SignalR client's sign of life.
const SIGNALR_PING: &[u8] = b"{\"type\":6}\x1e";
/// How a sign of life of a SignalR server looks.
const SIGNALR_PING_TYPE: &[u8] = b"{\"type\":6";
/// How the message looks with which a SignalR server parts.
const SIGNALR_CLOSE_TYPE: &[u8] = b"{\"type\":7";

/// What is spoken on a websocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The broker's own: a snapshot first, then a payload a frame.
    Direct,
    /// The broker's SignalR hub, in JSON.
    SignalR,
    /// A payload a frame, and nothing else.
    Plain,
    /// The NATS protocol; the reader subscribes to the subject.
    Nats(String),
}

/// What a reader of a topic does to be one.
#[derive(Debug)]
pub struct Subscription {
    /// What is spoken.
    pub dialect: Dialect,
    /// The request that opens the websocket.
    pub request: String,
}

/// A reader on a websocket.
#[derive(Debug)]
pub(super) struct Subscriber {
    subscription: Rc<Subscription>,
    phase: Phase,
    /// The beginning of a NATS message whose end comes in the next frame.
    rest: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The answer to the request is awaited.
    Upgrading,
    /// The first word of the server is awaited.
    Greeting,
    /// What is said is heard.
    Live,
}

impl Subscriber {
    /// A reader that has not begun.
    pub(super) fn new(subscription: Rc<Subscription>) -> Self {
        Self { subscription, phase: Phase::Upgrading, rest: Vec::new() }
    }

    /// Whether everything that is said is heard.
    pub(super) fn is_live(&self) -> bool {
        self.phase == Phase::Live
    }

    /// The connection is there.
    pub(super) fn begin(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.subscription.request.as_bytes());
    }

    /// Says goodbye.
    pub(super) fn part(&self, out: &mut Vec<u8>) {
        frames::close(out);
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
        let mut taken = 0;
        if self.phase == Phase::Upgrading {
            let Some(answer) = http::answer(bytes)? else { return Ok(0) };
            http::check_upgraded(&answer)?;
            taken = answer.length;
            self.upgraded(out);
        }
        while let Some(frame) = frames::first(&bytes[taken..])? {
            taken += frame.length;
            match frame.opcode {
                Opcode::Text | Opcode::Binary | Opcode::Continuation if self.phase == Phase::Live => {
                    self.hear(frame.payload, reader, at, tally, out)?;
                }
                Opcode::Text | Opcode::Binary | Opcode::Continuation => {
                    self.greet(frame.payload, reader, at, tally, out)?;
                }
                Opcode::Ping => frames::pong(out, frame.payload),
                Opcode::Pong => {}
                Opcode::Close => return Err(Ended::Closed(frames::close_reason(frame.payload))),
            }
        }
        Ok(taken)
    }

    fn upgraded(&mut self, out: &mut Vec<u8>) {
        self.phase = Phase::Greeting;
        match &self.subscription.dialect {
            Dialect::Plain => self.phase = Phase::Live,
            Dialect::SignalR => frames::text(out, SIGNALR_HANDSHAKE),
            Dialect::Nats(subject) => frames::binary(out, nats::subscribe(subject).as_bytes()),
            Dialect::Direct => {}
        }
    }

    fn greet(
        &mut self,
        payload: &[u8],
        reader: usize,
        at: u64,
        tally: &mut Tally,
        out: &mut Vec<u8>,
    ) -> Result<(), Ended> {
        match &self.subscription.dialect {
            Dialect::Direct | Dialect::Plain => self.phase = Phase::Live,
            Dialect::SignalR => {
                let greeting = payload.strip_prefix(b"{}\x1e");
                let Some(rest) = greeting else { return Err(Ended::Closed(lossy(payload))) };
                self.phase = Phase::Live;
                self.hear(rest, reader, at, tally, out)?;
            }
            Dialect::Nats(_) => self.hear_nats(payload, reader, at, tally, out)?,
        }
        Ok(())
    }

    #[inline]
    fn hear(
        &mut self,
        payload: &[u8],
        reader: usize,
        at: u64,
        tally: &mut Tally,
        out: &mut Vec<u8>,
    ) -> Result<(), Ended> {
        match &self.subscription.dialect {
            Dialect::Direct | Dialect::Plain => tally.hear(reader, payload, at),
            Dialect::SignalR => return hear_signalr(payload, reader, at, tally, out),
            Dialect::Nats(_) => return self.hear_nats(payload, reader, at, tally, out),
        }
        Ok(())
    }

    /// A frame is a part of one long stream, and may begin and end anywhere in a message.
    fn hear_nats(
        &mut self,
        payload: &[u8],
        reader: usize,
        at: u64,
        tally: &mut Tally,
        out: &mut Vec<u8>,
    ) -> Result<(), Ended> {
        let mut joined = std::mem::take(&mut self.rest);
        let bytes = if joined.is_empty() {
            payload
        } else {
            joined.extend_from_slice(payload);
            &joined
        };
        let mut taken = 0;
        while let Some((message, length)) = nats::first(&bytes[taken..])? {
            taken += length;
            match message {
                nats::Message::Payload(payload) => tally.hear(reader, payload, at),
                nats::Message::Ping => frames::binary(out, nats::PONG),
                nats::Message::Pong => self.phase = Phase::Live,
                nats::Message::Error(error) => return Err(Ended::Closed(error.to_owned())),
                nats::Message::Other => {}
            }
        }
        self.rest = bytes[taken..].to_vec();
        Ok(())
    }
}

/// A frame may hold several messages.
fn hear_signalr(
    payload: &[u8],
    reader: usize,
    at: u64,
    tally: &mut Tally,
    out: &mut Vec<u8>,
) -> Result<(), Ended> {
    let mut begin = 0;
    for end in memchr_iter(RECORD_SEPARATOR, payload) {
        let message = &payload[begin..end];
        begin = end + 1;
        if message.starts_with(SIGNALR_PING_TYPE) {
            frames::text(out, SIGNALR_PING);
        } else if message.starts_with(SIGNALR_CLOSE_TYPE) {
            return Err(Ended::Closed(lossy(message)));
        } else {
            tally.hear(reader, message, at);
        }
    }
    Ok(())
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\u{1e}').to_owned()
}
