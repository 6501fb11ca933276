//! The event loop that makes load: one thread, connections that never block, and state machines that are given bytes.
//!
//! It must never be the bottleneck. So frames are not copied but found where they were read, nothing is allocated for
//! a message, and time is asked for once a read. What a run is for it does not know: the scenarios hand it readers,
//! publishers and a goal.

mod alarm;
mod arrival;
mod clock;
mod descriptors;
mod ended;
mod events;
mod frames;
mod http;
mod link;
mod load;
mod nats;
mod poller;
mod publisher;
mod reader;
mod rest;
mod schedule;
mod subscriber;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

use mio::{Events, Poll, Token};
use serde::Serialize;

use self::alarm::Alarm;
use self::clock::Clock;
use self::link::{Link, Scratch};
use self::publisher::Publisher;
use self::reader::Reader;
use self::schedule::Schedule;
use crate::error::LoadError;
use crate::measure::latency::Latencies;
use crate::measure::ledger::Hears;
use crate::measure::tally::Tally;
use crate::progress::Progress;

pub use self::arrival::{Arrival, Failures, Stalled};
pub use self::ended::Ended;
pub use self::http::upgrade as upgrade_request;
pub use self::load::Span;
pub use self::poller::{Own, PollScript, PollStyle, Replacements, SessionScript, session_line};
pub use self::publisher::{BLANK_LABEL, Protocol, Script};
pub use self::schedule::{Goal, Pace};
pub use self::subscriber::{Dialect, Subscription};

/// Events that are taken from the system at once.
const EVENTS_AT_ONCE: usize = 1024;
/// Publishers' tokens begin here, readers' at 0.
const FIRST_PUBLISHER: usize = 1 << 32;
/// The token of the alarm.
const ALARM: Token = Token(usize::MAX - 1);
/// Connections for which one source address is used, unless it is said how many there are.
const CONNECTIONS_PER_SOURCE: usize = 4096;

/// The event loop with all its connections.
pub struct Driver {
    poll: Poll,
    events: Events,
    alarm: Alarm,
    clock: Clock,
    scratch: Scratch,
    /// What is to be sent on the connection at hand.
    out: Vec<u8>,
    sources: Sources,
    readers: Vec<Station<Reader>>,
    publishers: Vec<Station<Publisher>>,
    tally: Tally,
    progress: Progress,
    /// Readers that hear.
    opened: usize,
    openings: Latencies,
    broken: Broken,
    /// Readers that were told to hear no more.
    stalled: Vec<usize>,
    schedule: Option<Schedule>,
    /// Publishers that are free, by the time at which they speak next; with the time at which they should have.
    due: BinaryHeap<Reverse<(u64, usize, u64)>>,
    /// Readers that wait before they ask again, by the time at which they do.
    resting: BinaryHeap<Reverse<(u64, usize)>>,
    /// Publishers that wait for an answer.
    waiting: usize,
    /// When something was heard, answered or opened last.
    stirred: u64,
    refusals: Refusals,
    trouble: Option<LoadError>,
}

/// A state machine and its connection.
struct Station<M> {
    machine: M,
    at: SocketAddr,
    link: Option<Link>,
    /// When a reader's connection was to be opened, or a publisher was answered last.
    since: u64,
}

/// Readers whose connection ended though it should not have.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Broken {
    /// How many.
    pub readers: usize,
    /// What the first of them met.
    pub first_reason: Option<String>,
}

/// Requests that the server did not take.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusals {
    /// How many.
    pub count: u64,
    in_a_row: usize,
    /// What the first was answered.
    pub first_reason: Option<String>,
}

/// The addresses that connections to this machine come from: 127.0.0.1 and those after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sources {
    /// So many addresses in turn.
    Several(u8),
    /// Another one for every few thousand connections. One address has ports for some 28,000, those of closed
    /// connections included, and finding a free one takes long before that.
    AsNeeded,
}

impl Sources {
    /// Where a connection comes from; `None` leaves that to the system.
    fn of(self, connection: usize, to: SocketAddr) -> Option<SocketAddr> {
        let number = match self {
            Self::Several(count) => connection % usize::from(count.max(1)),
            Self::AsNeeded => connection / CONNECTIONS_PER_SOURCE,
        };
        let number = u8::try_from(number).ok().filter(|number| (1..254).contains(number))?;
        let local = to.is_ipv4() && to.ip().is_loopback();
        local.then(|| SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 1 + number)), 0))
    }
}

impl Driver {
    /// An event loop without connections.
    ///
    /// # Errors
    /// When the system has none.
    pub fn new(tally: Tally, sources: Sources, progress: Progress) -> Result<Self, LoadError> {
        descriptors::raise();
        let poll = Poll::new().map_err(LoadError::System)?;
        let alarm = Alarm::new(poll.registry(), ALARM).map_err(LoadError::System)?;
        Ok(Self {
            poll,
            events: Events::with_capacity(EVENTS_AT_ONCE),
            alarm,
            clock: Clock::new(),
            scratch: Scratch::new(),
            out: Vec::new(),
            sources,
            readers: Vec::new(),
            publishers: Vec::new(),
            tally,
            progress,
            opened: 0,
            openings: Latencies::default(),
            broken: Broken::default(),
            stalled: Vec::new(),
            schedule: None,
            due: BinaryHeap::new(),
            resting: BinaryHeap::new(),
            waiting: 0,
            stirred: 0,
            refusals: Refusals::default(),
            trouble: None,
        })
    }

    /// Adds a reader on a websocket. Readers are numbered in the order in which they come.
    pub fn add_subscriber(&mut self, hears: Hears, at: SocketAddr, subscription: Rc<Subscription>) {
        self.add_reader(hears, at, Reader::on_socket(subscription));
    }

    /// Adds a reader by long polls.
    pub fn add_poller(&mut self, hears: Hears, at: SocketAddr, script: Rc<PollScript>, own: Own) {
        let seed = self.readers.len() as u64;
        self.add_reader(hears, at, Reader::by_polls(script, own, seed));
    }

    fn add_reader(&mut self, hears: Hears, at: SocketAddr, machine: Reader) {
        self.tally.ledger.listen(hears);
        self.readers.push(Station { machine, at, link: None, since: 0 });
    }

    /// Adds publishers, who share the streams: each speaks in every `count`-th, one after another.
    pub fn add_publishers(
        &mut self,
        count: usize,
        streams: Range<usize>,
        at: SocketAddr,
        script: &Rc<Script>,
    ) {
        for first in streams.clone().take(count) {
            let own = (first..streams.end).step_by(count);
            let machine = Publisher::new(script.clone(), own, first as u64);
            self.publishers.push(Station { machine, at, link: None, since: 0 });
        }
    }

    /// What was heard.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Readers that ended though they should not have.
    pub fn broken(&self) -> &Broken {
        &self.broken
    }

    /// Requests that were not taken.
    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// Readers whose poll is out for longer than `limit`.
    pub fn overdue(&self, limit: Duration) -> usize {
        let now = self.clock.now();
        let waited = |since: u64| Duration::from_micros(now.saturating_sub(since));
        let since = self.readers.iter().filter_map(|station| station.machine.polling_since());
        since.filter(|since| waited(*since) > limit).count()
    }

    /// How long it took to open each reader.
    pub fn openings(&self) -> &Latencies {
        &self.openings
    }

    /// Says goodbye on all connections.
    pub fn close(mut self) {
        for reader in &mut self.readers {
            if let Some(link) = &mut reader.link {
                self.out.clear();
                reader.machine.part(&mut self.out);
                // The peer may be gone already.
                let _gone = link.send(&self.out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_within_the_machine_come_from_several_addresses() {
        let (here, elsewhere) = ("127.0.0.1:80".parse().unwrap(), "192.0.2.1:80".parse().unwrap());
        let from =
            |sources: Sources, connection, to| sources.of(connection, to).map(|from| from.ip().to_string());
        assert_eq!(from(Sources::AsNeeded, 4095, here), None);
        assert_eq!(from(Sources::AsNeeded, 4096, here).as_deref(), Some("127.0.0.2"));
        assert_eq!(from(Sources::Several(3), 5, here).as_deref(), Some("127.0.0.3"));
        assert_eq!(from(Sources::Several(1), 5, here), None);
        assert_eq!(from(Sources::Several(3), 5, elsewhere), None);
    }
}
