//! A publisher: says one request after another, each when the one before is answered.
//! It is given bytes and gives bytes: sockets are the event loop's, and when to speak is the schedule's.

use std::iter::{Cycle, StepBy};
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

use memchr::memmem;

use super::ended::Ended;
use super::{http, nats};
use crate::backoff::{self, Backoff};
use crate::label::{Member, WIDTH};
use crate::measure::ledger::Ledger;

/// What publishers say: heads and bodies, which the streams take in turn; stream `s` has the head `s % heads`.
#[derive(Debug)]
pub struct Script {
    protocol: Protocol,
    heads: Vec<Vec<u8>>,
    bodies: Vec<Body>,
    /// What goes after a body.
    tail: &'static [u8],
}

/// A body with room for labels.
#[derive(Debug)]
struct Body {
    bytes: Vec<u8>,
    /// Where labels go.
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
    /// Requests, of which there is at least one, whose bodies have a member with a [`BLANK_LABEL`] for each message.
    pub fn new(protocol: Protocol, member: Member, heads: Vec<Vec<u8>>, bodies: Vec<Vec<u8>>) -> Self {
        let pattern = format!("{}{BLANK_LABEL}", member.prefix());
        let search = memmem::Finder::new(&pattern);
        let body = |bytes: Vec<u8>| {
            let labels = search.find_iter(&bytes).map(|at| at + member.prefix().len()).collect();
            Body { bytes, labels }
        };
        let tail: &[u8] = match protocol {
            Protocol::Http => b"",
            Protocol::Nats => nats::AFTER_PAYLOAD,
        };
        Self { protocol, heads, bodies: bodies.into_iter().map(body).collect(), tail }
    }

    /// Messages in one request.
    fn batch(&self) -> u64 {
        self.bodies.first().map_or(0, |body| body.labels.len() as u64)
    }

    /// Writes a request of the stream, whose messages were to be said at a time.
    fn write(&self, stream: usize, at: u64, ledger: &mut Ledger, out: &mut Vec<u8>) {
        let body = &self.bodies[stream % self.bodies.len()];
        out.extend_from_slice(&self.heads[stream % self.heads.len()]);
        let begin = out.len();
        out.extend_from_slice(&body.bytes);
        for place in &body.labels {
            ledger.say(stream, at).write(&mut out[begin + place..][..WIDTH]);
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
    /// How long to say nothing, when the server is too busy.
    pub(super) rest: Option<Duration>,
    /// Whether the connection can be used again.
    pub(super) keeps_alive: bool,
}

/// A publisher.
#[derive(Debug)]
pub(super) struct Publisher {
    script: Rc<Script>,
    /// The streams that it speaks in, one after another.
    streams: Cycle<StepBy<Range<usize>>>,
    stream: usize,
    /// When that which is not answered was to be said.
    in_flight: Option<u64>,
    backoff: Backoff,
}

impl Publisher {
    /// A publisher who speaks in these streams, of which there is at least one; with a seed for its waits.
    pub(super) fn new(script: Rc<Script>, streams: StepBy<Range<usize>>, seed: u64) -> Self {
        let mut streams = streams.cycle();
        let stream = streams.next().unwrap_or_default();
        Self { script, streams, stream, in_flight: None, backoff: Backoff::new(seed) }
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
        if refused.is_none() {
            self.backoff.succeeded();
        }
        let rest = backoff::asks_to_wait(answer.status).then(|| self.backoff.after(answer.retry_after()));
        let answered = self.answered(refused, ledger);
        let answered = answered.map(|found| Answered { rest, keeps_alive: answer.keeps_alive(), ..found });
        Ok((answer.length, answered))
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
                nats::Message::Pong => answered = self.answered(None, ledger),
                nats::Message::Ping => out.extend_from_slice(nats::PONG),
                nats::Message::Error(error) => return Err(Ended::Closed(error.to_owned())),
                nats::Message::Payload(_) | nats::Message::Other => {}
            }
        }
        Ok((taken, answered))
    }

    fn answered(&mut self, refused: Option<Ended>, ledger: &mut Ledger) -> Option<Answered> {
        let at = self.in_flight.take()?;
        if refused.is_some() {
            (0..self.script.batch()).for_each(|_| ledger.unsay(self.stream));
        }
        self.stream = self.streams.next().unwrap_or(self.stream);
        Some(Answered { at, refused, rest: None, keeps_alive: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::ledger::{Hears, Interleaving};

    fn ledger(streams: usize) -> Ledger {
        let mut ledger = Ledger::new(streams, Interleaving::Shared);
        ledger.listen(Hears::all_of(0..streams));
        ledger
    }

    fn script(protocol: Protocol) -> Rc<Script> {
        let body = format!(r#"{{"externalId":"{BLANK_LABEL}"}}"#).into_bytes();
        let heads = vec![b"zero ".to_vec(), b"one ".to_vec(), b"two ".to_vec()];
        Rc::new(Script::new(protocol, Member::ExternalId, heads, vec![body]))
    }

    fn said(publisher: &mut Publisher, ledger: &mut Ledger) -> String {
        let mut out = Vec::new();
        publisher.say(5, ledger, &mut out);
        String::from_utf8(out).unwrap()
    }

    const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const BUSY: &[u8] =
        b"HTTP/1.1 429 T\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 4\r\n\r\nbusy";

    fn answered_well() -> Answered {
        Answered { at: 5, refused: None, rest: None, keeps_alive: true }
    }

    #[test]
    fn a_publisher_speaks_in_its_streams_one_after_another() {
        let (mut ledger, mut out) = (ledger(3), Vec::new());
        let mut publisher = Publisher::new(script(Protocol::Http), (0..3).step_by(2), 1);
        assert_eq!(said(&mut publisher, &mut ledger), r#"zero {"externalId":"00000-000000000"}"#);
        assert!(publisher.is_waiting());
        let (taken, answered) = publisher.receive(OK, &mut ledger, &mut out).unwrap();
        assert_eq!((taken, answered), (OK.len(), Some(answered_well())));
        assert_eq!(said(&mut publisher, &mut ledger), r#"two {"externalId":"00002-000000000"}"#);
        publisher.receive(OK, &mut ledger, &mut out).unwrap();
        assert_eq!(said(&mut publisher, &mut ledger), r#"zero {"externalId":"00000-000000001"}"#);
    }

    #[test]
    fn what_was_refused_was_not_said() {
        let (mut ledger, mut out) = (ledger(1), Vec::new());
        let mut publisher = Publisher::new(script(Protocol::Http), (0..1).step_by(1), 1);
        said(&mut publisher, &mut ledger);
        let (_, answered) = publisher.receive(BUSY, &mut ledger, &mut out).unwrap();
        let answered = answered.unwrap();
        assert_eq!(answered.refused, Some(Ended::Refused(429, "busy".to_owned())));
        assert!(!answered.keeps_alive && answered.rest >= Some(Duration::from_secs(1)), "{answered:?}");
        assert!(ledger.is_complete());
        assert!(said(&mut publisher, &mut ledger).contains("00000-000000000"));
    }

    #[test]
    fn a_pong_answers_what_went_to_nats() {
        let (mut ledger, mut out) = (ledger(1), Vec::new());
        let mut publisher = Publisher::new(script(Protocol::Nats), (0..1).step_by(1), 1);
        assert!(said(&mut publisher, &mut ledger).ends_with("}\r\nPING\r\n"));
        let (taken, answered) =
            publisher.receive(b"INFO {}\r\nPING\r\nPONG\r\n", &mut ledger, &mut out).unwrap();
        assert!(taken == 21 && answered.is_some() && out == nats::PONG, "{taken} {answered:?} {out:?}");
    }
}
