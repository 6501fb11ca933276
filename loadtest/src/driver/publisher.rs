//! A publisher: says one request after another, each when the one before is answered.
//! It is given bytes and gives bytes: sockets are the event loop's, and when to speak is the schedule's.

use std::rc::Rc;

use memchr::memmem;

use super::ended::Ended;
use super::{http, nats};
use crate::label::{Label, Member, WIDTH};
use crate::measure::ledger::Ledger;

/// What publishers say: a head for each topic, and one body with room for labels.
#[derive(Debug)]
pub struct Script {
    /// What the server answers with.
    pub protocol: Protocol,
    /// By topic, what goes before the body.
    pub heads: Vec<Vec<u8>>,
    /// What goes after it.
    tail: &'static [u8],
    body: Vec<u8>,
    /// Where in the body labels are.
    labels: Vec<usize>,
}

/// How a publisher is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// By an HTTP answer.
    Http,
    /// By the pong that follows a NATS message and a ping.
    Nats,
}

/// Stands in a body where a label will be.
pub const BLANK_LABEL: &str = "00000-000000000";

impl Script {
    /// Requests whose body has a member with a [`BLANK_LABEL`] for each message.
    pub fn new(protocol: Protocol, member: Member, heads: Vec<Vec<u8>>, body: Vec<u8>) -> Self {
        let pattern = format!("{}{BLANK_LABEL}", member.prefix());
        let labels: Vec<_> =
            memmem::find_iter(&body, &pattern).map(|at| at + member.prefix().len()).collect();
        let tail: &[u8] = match protocol {
            Protocol::Http => b"",
            Protocol::Nats => nats::AFTER_PAYLOAD,
        };
        Self { protocol, heads, tail, body, labels }
    }

    /// Messages in one request.
    pub fn batch(&self) -> u64 {
        self.labels.len() as u64
    }

    /// Writes a request of the stream, whose messages were to be said at a time.
    fn write(&self, stream: usize, at: u64, ledger: &mut Ledger, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.heads[ledger.streams().topic(stream)]);
        let begin = out.len();
        out.extend_from_slice(&self.body);
        for place in &self.labels {
            let label: Label = ledger.say(stream, at);
            label.write(&mut out[begin + place..][..WIDTH]);
        }
        out.extend_from_slice(self.tail);
    }
}

/// What became of what a publisher said.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answered {
    /// When it was to be said.
    pub(super) at: u64,
    /// Why the server did not take it.
    pub(super) refused: Option<Ended>,
    /// Whether the connection can be used again.
    pub(super) keeps_alive: bool,
}

/// A publisher.
#[derive(Debug)]
pub(super) struct Publisher {
    script: Rc<Script>,
    /// The streams that it speaks in are its own number and every `stride`-th after it.
    first_stream: usize,
    stride: usize,
    stream: usize,
    /// When that which is not answered was to be said.
    in_flight: Option<u64>,
}

impl Publisher {
    /// The publisher of a number, of so many.
    pub(super) fn new(script: Rc<Script>, number: usize, publishers: usize) -> Self {
        Self { script, first_stream: number, stride: publishers, stream: number, in_flight: None }
    }

    /// Whether an answer is awaited.
    pub(super) fn is_waiting(&self) -> bool {
        self.in_flight.is_some()
    }

    /// Messages in one request.
    pub(super) fn batch(&self) -> u64 {
        self.script.batch()
    }

    /// The connection is there.
    pub(super) fn begin(&self, out: &mut Vec<u8>) {
        if self.script.protocol == Protocol::Nats {
            out.extend_from_slice(nats::connect().as_bytes());
        }
    }

    /// Says what comes next, which was to be said at a time.
    pub(super) fn say(&mut self, at: u64, ledger: &mut Ledger, out: &mut Vec<u8>) {
        self.script.write(self.stream, at, ledger, out);
        self.in_flight = Some(at);
    }

    /// Takes what came. Answers how many bytes were complete, and whether what was said is answered.
    pub(super) fn receive(
        &mut self,
        bytes: &[u8],
        ledger: &mut Ledger,
        out: &mut Vec<u8>,
    ) -> Result<(usize, Option<Answered>), Ended> {
        match self.script.protocol {
            Protocol::Http => self.receive_http(bytes, ledger),
            Protocol::Nats => self.receive_nats(bytes, ledger, out),
        }
    }

    fn receive_http(
        &mut self,
        bytes: &[u8],
        ledger: &mut Ledger,
    ) -> Result<(usize, Option<Answered>), Ended> {
        let Some(answer) = http::answer(bytes)? else { return Ok((0, None)) };
        let refused = (!answer.is_success()).then(|| answer.refusal());
        Ok((answer.length, self.answered(refused, answer.keeps_alive(), ledger)))
    }

    fn receive_nats(
        &mut self,
        bytes: &[u8],
        ledger: &mut Ledger,
        out: &mut Vec<u8>,
    ) -> Result<(usize, Option<Answered>), Ended> {
        let (mut taken, mut answered) = (0, None);
        while let Some((message, length)) = nats::first(&bytes[taken..])? {
            taken += length;
            match message {
                nats::Message::Pong => answered = self.answered(None, true, ledger),
                nats::Message::Ping => out.extend_from_slice(nats::PONG),
                nats::Message::Error(error) => return Err(Ended::Closed(error.to_owned())),
                nats::Message::Payload(_) | nats::Message::Other => {}
            }
        }
        Ok((taken, answered))
    }

    fn answered(
        &mut self,
        refused: Option<Ended>,
        keeps_alive: bool,
        ledger: &mut Ledger,
    ) -> Option<Answered> {
        let at = self.in_flight.take()?;
        if refused.is_some() {
            (0..self.script.batch()).for_each(|_| ledger.unsay(self.stream));
        }
        self.stream += self.stride;
        if self.stream >= ledger.streams().count {
            self.stream = self.first_stream;
        }
        Some(Answered { at, refused, keeps_alive })
    }
}
