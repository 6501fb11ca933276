//! A reader that polls: has one poll out, never two, acknowledges what it was handed where that is asked for, polls
//! again. It waits when the server is too busy, and opens another session when its own is over.
//! It is given bytes and gives bytes: sockets and time are the event loop's.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use memchr::memmem;

use super::ended::Ended;
use super::http::{self, Answer};
use crate::backoff::{self, Backoff};
use crate::measure::tally::Tally;

/// What a server says of a session that is over.
const INVALID_SESSION: &[u8] = b"Invalid or expired session";

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
    Session(SessionScript),
    /// A resource that is told the `Last-Modified` and `Etag` of the last answer.
    Conditional,
}

/// What is said of sessions beside polls.
#[derive(Debug)]
pub struct SessionScript {
    /// The lines of the request that acknowledges, before the poller's own, where that is required.
    pub acknowledge: Option<String>,
    /// The lines of the request that opens another session.
    pub open: String,
    /// The sessions that were opened so, of all pollers with this script.
    pub replacements: Replacements,
}

/// The ids of sessions that took the place of others. Whoever holds it beside the pollers can end them after the run.
pub type Replacements = Rc<RefCell<Vec<String>>>;

/// What is a poller's own in what it says.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// Header lines: which session it is, or what it heard last.
    pub lines: String,
    /// The body with which it opens another session.
    pub opening: Rc<str>,
}

/// A reader that polls.
#[derive(Debug)]
pub(super) struct Poller {
    script: Rc<PollScript>,
    own: Own,
    phase: Phase,
    session: Session,
    /// Acknowledged next, as the members of the request.
    heard: String,
    connection: Connection,
    backoff: Backoff,
    /// Set when the server was too busy, until the event loop has waited for so long.
    rest: Option<Duration>,
    /// When the last request was made, in microseconds.
    asked: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing was asked so far.
    Silent,
    Polling,
    Acknowledging,
    /// Another session is being opened.
    Opening,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Session {
    /// The one that the poller was made with, or one that has answered.
    Known,
    /// Opened in place of another, and not polled successfully so far: when that is over too, something is wrong.
    Untried,
}

/// Whether the connection can be used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connection {
    Good,
    /// The server will close it.
    UsedUp,
}

impl Poller {
    /// A poller that has not begun; pollers of different seeds wait for different times.
    pub(super) fn new(script: Rc<PollScript>, own: Own, seed: u64) -> Self {
        Self {
            script,
            own,
            phase: Phase::Silent,
            session: Session::Known,
            heard: String::new(),
            connection: Connection::Good,
            backoff: Backoff::new(seed),
            rest: None,
            asked: 0,
        }
    }

    /// Whether a poll is out.
    pub(super) fn is_live(&self) -> bool {
        self.phase != Phase::Silent
    }

    /// Whether another connection is needed.
    pub(super) fn is_used_up(&self) -> bool {
        self.connection == Connection::UsedUp
    }

    /// How long nothing may be asked, as the server was too busy.
    pub(super) fn rest(&self) -> Option<Duration> {
        self.rest
    }

    /// So long has passed.
    pub(super) fn wake(&mut self) {
        self.rest = None;
    }

    /// When the poll that is out was made; `None` when something else is done.
    pub(super) fn polling_since(&self) -> Option<u64> {
        (self.phase == Phase::Polling && self.rest.is_none()).then_some(self.asked)
    }

    /// The connection is there, at a time in microseconds: asks what is to be asked next.
    pub(super) fn begin(&mut self, at: u64, out: &mut Vec<u8>) {
        self.connection = Connection::Good;
        self.asked = at;
        match self.phase {
            Phase::Opening => self.open(out),
            _ if self.heard.is_empty() => self.poll(out),
            _ => self.acknowledge(out),
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
        let Some(answer) = http::answer(bytes)? else { return Ok(0) };
        let unchanged = answer.status == 304 && matches!(self.script.style, PollStyle::Conditional);
        if answer.is_success() || unchanged {
            self.succeeded(&answer, reader, at, tally)?;
        } else {
            self.refused(&answer, tally)?;
        }
        if !answer.keeps_alive() {
            self.connection = Connection::UsedUp;
        } else if self.rest.is_none() {
            self.begin(at, out);
        }
        Ok(answer.length)
    }

    fn succeeded(
        &mut self,
        answer: &Answer<'_>,
        reader: usize,
        at: u64,
        tally: &mut Tally,
    ) -> Result<(), Ended> {
        self.backoff.succeeded();
        match self.phase {
            Phase::Opening => {
                let id = text_member(&answer.body, b"\"sessionId\":\"");
                let id = id.ok_or(Ended::Protocol("a session was opened without an id"))?;
                self.own.lines = session_line(id);
                if let PollStyle::Session(script) = &self.script.style {
                    script.replacements.borrow_mut().push(id.to_owned());
                }
                self.session = Session::Untried;
                self.phase = Phase::Polling;
            }
            Phase::Acknowledging => self.heard.clear(),
            Phase::Polling | Phase::Silent => {
                self.session = Session::Known;
                tally.waits.note(at.saturating_sub(self.asked));
                tally.hear_all(reader, &answer.body, at);
                self.take_in(answer);
            }
        }
        Ok(())
    }

    /// A server that is too busy is left alone for a while, and a session that is over is replaced. Anything else
    /// ends the poller.
    fn refused(&mut self, answer: &Answer<'_>, tally: &mut Tally) -> Result<(), Ended> {
        let reason = || answer.refusal().to_string();
        if backoff::asks_to_wait(answer.status) {
            tally.setbacks.wait(answer.status, reason);
            self.rest = Some(self.backoff.after(answer.retry_after()));
            return Ok(());
        }
        let is_over = answer.status == 400 && memmem::find(&answer.body, INVALID_SESSION).is_some();
        let is_session = matches!(self.script.style, PollStyle::Session(_));
        if !(is_over && is_session) || self.session == Session::Untried || self.phase == Phase::Opening {
            return Err(answer.refusal());
        }
        tally.setbacks.renew(reason);
        self.heard.clear();
        self.phase = Phase::Opening;
        Ok(())
    }

    /// Keeps what the next request has to say about this answer.
    fn take_in(&mut self, answer: &Answer<'_>) {
        match &self.script.style {
            PollStyle::Session(session) if session.acknowledge.is_some() => {
                list_events(&answer.body, &mut self.heard);
            }
            PollStyle::Session(_) => {}
            PollStyle::Conditional => {
                let lines = [("Last-Modified", "If-Modified-Since"), ("Etag", "If-None-Match")];
                let line = |(told, asked)| {
                    let value = std::str::from_utf8(answer.header(told)?).ok()?;
                    Some(format!("{asked}: {value}\r\n"))
                };
                let own: String = lines.into_iter().filter_map(line).collect();
                if !own.is_empty() {
                    self.own.lines = own;
                }
            }
        }
    }

    fn poll(&mut self, out: &mut Vec<u8>) {
        self.phase = Phase::Polling;
        for part in [&self.script.poll, &self.own.lines, "\r\n"] {
            out.extend_from_slice(part.as_bytes());
        }
    }

    fn acknowledge(&mut self, out: &mut Vec<u8>) {
        let PollStyle::Session(SessionScript { acknowledge: Some(lines), .. }) = &self.script.style else {
            return;
        };
        self.phase = Phase::Acknowledging;
        let (before, after) = ("{\"events\":[", "]}");
        let length = format!("Content-Length: {}\r\n\r\n", before.len() + self.heard.len() + after.len());
        for part in [lines, &self.own.lines, &length, before, &self.heard, after] {
            out.extend_from_slice(part.as_bytes());
        }
    }

    fn open(&self, out: &mut Vec<u8>) {
        let PollStyle::Session(session) = &self.script.style else { return };
        let length = format!("Content-Length: {}\r\n\r\n", self.own.opening.len());
        for part in [&session.open, &length, &*self.own.opening] {
            out.extend_from_slice(part.as_bytes());
        }
    }
}

/// The header line that names a session.
pub fn session_line(id: &str) -> String {
    format!("via-client-sessionid: {id}\r\n")
}

/// Lists the ids of the events in an answer, as an acknowledgement names them.
fn list_events(body: &[u8], list: &mut String) {
    const MEMBER: &[u8] = b"\"eventId\":\"";
    list.clear();
    for at in memmem::find_iter(body, MEMBER) {
        if let Some(id) = text_at(&body[at + MEMBER.len()..]) {
            let comma = if list.is_empty() { "" } else { "," };
            list.extend([comma, "{\"eventId\":\"", id, "\"}"]);
        }
    }
}

/// The text of the first member that begins so.
fn text_member<'a>(body: &'a [u8], member: &[u8]) -> Option<&'a str> {
    text_at(&body[memmem::find(body, member)? + member.len()..])
}

/// The text up to the next quote.
fn text_at(bytes: &[u8]) -> Option<&str> {
    let end = memchr::memchr(b'"', bytes)?;
    std::str::from_utf8(&bytes[..end]).ok()
}

#[cfg(test)]
mod tests;
