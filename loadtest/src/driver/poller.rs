//! A reader that polls: always has a poll out, acknowledges what it was handed where that is asked for, polls again.
//! It is given bytes and gives bytes: sockets are the event loop's.

use std::rc::Rc;

use memchr::memmem;

use super::ended::Ended;
use super::http::{self, Answer};
use crate::measure::tally::Tally;

/// What the pollers of a run say, around what is each one's own.
#[derive(Debug)]
pub struct PollScript {
    /// What is polled.
    pub style: PollStyle,
    /// The lines of a poll before the poller's own.
    pub poll: String,
}

/// What is polled, and how a poller goes on from what it has heard.
#[derive(Debug)]
pub enum PollStyle {
    /// A streaming session of the broker, which knows what it has handed over.
    Session,
    /// The same, where what was handed over has to be acknowledged; with the lines of that request.
    Acknowledged(String),
    /// A resource that is told the `Last-Modified` and `Etag` of the last answer.
    Conditional,
}

/// A reader that polls.
#[derive(Debug)]
pub(super) struct Poller {
    script: Rc<PollScript>,
    /// Its own lines: which session it is, or what it heard last.
    own: String,
    phase: Phase,
    /// Acknowledged next, as the members of the request.
    heard: String,
    connection: Connection,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing was asked so far.
    Silent,
    Polling,
    Acknowledging,
}

/// Whether the connection can be used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connection {
    Good,
    /// The server will close it.
    UsedUp,
}

impl Poller {
    /// A poller that has not begun; `own` are header lines.
    pub(super) fn new(script: Rc<PollScript>, own: String) -> Self {
        Self { script, own, phase: Phase::Silent, heard: String::new(), connection: Connection::Good }
    }

    /// Whether a poll is out.
    pub(super) fn is_live(&self) -> bool {
        self.phase != Phase::Silent
    }

    /// Whether another connection is needed.
    pub(super) fn is_used_up(&self) -> bool {
        self.connection == Connection::UsedUp
    }

    /// The connection is there.
    pub(super) fn begin(&mut self, out: &mut Vec<u8>) {
        self.connection = Connection::Good;
        if self.heard.is_empty() { self.poll(out) } else { self.acknowledge(out) }
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
        let Some(answer) = http::answer(bytes)? else { return Ok(0) };
        let unchanged = answer.status == 304 && matches!(self.script.style, PollStyle::Conditional);
        if !answer.is_success() && !unchanged {
            return Err(answer.refusal());
        }
        if self.phase == Phase::Polling {
            tally.hear_all(reader, &answer.body, at);
            self.take_in(&answer);
        } else {
            self.heard.clear();
        }
        if answer.keeps_alive() {
            self.begin(out);
        } else {
            self.connection = Connection::UsedUp;
        }
        Ok(answer.length)
    }

    /// Keeps what the next request has to say about this answer.
    fn take_in(&mut self, answer: &Answer<'_>) {
        match self.script.style {
            PollStyle::Session => {}
            PollStyle::Acknowledged(_) => list_events(&answer.body, &mut self.heard),
            PollStyle::Conditional => {
                let lines = [("Last-Modified", "If-Modified-Since"), ("Etag", "If-None-Match")];
                let line = |(told, asked)| {
                    let value = std::str::from_utf8(answer.header(told)?).ok()?;
                    Some(format!("{asked}: {value}\r\n"))
                };
                let own: String = lines.into_iter().filter_map(line).collect();
                if !own.is_empty() {
                    self.own = own;
                }
            }
        }
    }

    fn poll(&mut self, out: &mut Vec<u8>) {
        self.phase = Phase::Polling;
        for part in [&self.script.poll, &self.own, "\r\n"] {
            out.extend_from_slice(part.as_bytes());
        }
    }

    fn acknowledge(&mut self, out: &mut Vec<u8>) {
        let PollStyle::Acknowledged(lines) = &self.script.style else { return };
        self.phase = Phase::Acknowledging;
        let (before, after) = ("{\"events\":[", "]}");
        let length = format!("Content-Length: {}\r\n\r\n", before.len() + self.heard.len() + after.len());
        for part in [lines, &self.own, &length, before, &self.heard, after] {
            out.extend_from_slice(part.as_bytes());
        }
    }
}

/// Lists the ids of the events in an answer, as an acknowledgement names them.
fn list_events(body: &[u8], list: &mut String) {
    const MEMBER: &[u8] = b"\"eventId\":\"";
    list.clear();
    for at in memmem::find_iter(body, MEMBER) {
        let value = &body[at + MEMBER.len()..];
        let end = memchr::memchr(b'"', value).unwrap_or(0);
        if let Ok(id) = std::str::from_utf8(&value[..end]) {
            let comma = if list.is_empty() { "" } else { "," };
            list.extend([comma, "{\"eventId\":\"", id, "\"}"]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Member;
    use crate::measure::ledger::{Hears, Interleaving, Ledger};

    fn tally() -> Tally {
        let mut ledger = Ledger::new(1, Interleaving::Shared);
        ledger.listen(Hears::all_of(0..1));
        for _ in 0..3 {
            ledger.say(0, 0);
        }
        Tally::new(ledger, Member::CorrelationId)
    }

    /// What the poller says when it is answered so.
    fn said(poller: &mut Poller, tally: &mut Tally, headers: &str, body: &str) -> String {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len());
        let mut out = Vec::new();
        let taken = poller.receive(answer.as_bytes(), 0, 1, tally, &mut out).unwrap();
        assert_eq!(taken, answer.len());
        String::from_utf8(out).unwrap()
    }

    fn poller(style: PollStyle) -> Poller {
        let script = PollScript { style, poll: "GET /p HTTP/1.1\r\n".to_owned() };
        let mut poller = Poller::new(Rc::new(script), "session: s\r\n".to_owned());
        let mut out = Vec::new();
        poller.begin(&mut out);
        assert_eq!(out, b"GET /p HTTP/1.1\r\nsession: s\r\n\r\n");
        poller
    }

    const EVENTS: &str = r#"{"events":[{"eventId":"7-0","correlationId":"00000-000000000"},{"eventId":"7-1","correlationId":"00000-000000001"}]}"#;

    #[test]
    fn what_was_handed_over_is_acknowledged_before_the_next_poll() {
        let (mut tally, mut poller) =
            (tally(), poller(PollStyle::Acknowledged("POST /a HTTP/1.1\r\n".to_owned())));
        let acknowledged = said(&mut poller, &mut tally, "", EVENTS);
        let body = r#"{"events":[{"eventId":"7-0"},{"eventId":"7-1"}]}"#;
        let length = body.len();
        assert_eq!(
            acknowledged,
            format!("POST /a HTTP/1.1\r\nsession: s\r\nContent-Length: {length}\r\n\r\n{body}")
        );
        assert_eq!(tally.ledger.heard(), 2);
        assert!(said(&mut poller, &mut tally, "", "{}").starts_with("GET /p"));
        assert!(said(&mut poller, &mut tally, "", r#"{"events":[]}"#).starts_with("GET /p"));
    }

    #[test]
    fn a_conditional_poll_goes_on_from_the_last_answer() {
        let (mut tally, mut poller) = (tally(), poller(PollStyle::Conditional));
        let next = said(&mut poller, &mut tally, "Etag: 3\r\nLast-Modified: Mon\r\n", EVENTS);
        assert_eq!(next, "GET /p HTTP/1.1\r\nIf-Modified-Since: Mon\r\nIf-None-Match: 3\r\n\r\n");
    }

    #[test]
    fn a_connection_that_is_used_up_is_replaced() {
        let (mut tally, mut poller) = (tally(), poller(PollStyle::Session));
        assert_eq!(said(&mut poller, &mut tally, "Connection: close\r\n", EVENTS), "");
        assert!(poller.is_used_up());
        poller.begin(&mut Vec::new());
        assert!(!poller.is_used_up());
    }

    #[test]
    fn a_refusal_ends_it() {
        let mut out = Vec::new();
        let answer = b"HTTP/1.1 400 B\r\nContent-Length: 2\r\n\r\nno";
        let ended = poller(PollStyle::Session).receive(answer, 0, 1, &mut tally(), &mut out);
        assert_eq!(ended, Err(Ended::Refused(400, "no".to_owned())));
    }
}
