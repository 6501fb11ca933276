//! The event loop that makes load: one thread, connections that never block, and state machines that are given bytes.
//!
//! It must never be the bottleneck. So frames are not copied but found where they were read, nothing is allocated for
//! a message, and time is asked for once a read. What a run is for it does not know: the scenarios hand it readers,
//! publishers and a goal.

mod alarm;
mod clock;
mod ended;
mod frames;
mod http;
mod link;
mod nats;
mod publisher;
mod schedule;
mod subscriber;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use mio::event::Event;
use mio::{Events, Poll, Token};
use serde::Serialize;

use self::alarm::Alarm;
use self::clock::Clock;
use self::link::{Link, Scratch};
use self::publisher::{Answered, Publisher};
use self::schedule::Schedule;
use self::subscriber::Subscriber;
use crate::error::LoadError;
use crate::measure::latency::Latencies;
use crate::measure::tally::{Tally, Window};
use crate::progress::Progress;

pub use self::ended::Ended;
pub use self::http::upgrade as upgrade_request;
pub use self::publisher::{BLANK_LABEL, Protocol, Script};
pub use self::schedule::{Goal, Pace};
pub use self::subscriber::{Dialect, Subscription};

/// Events that are taken from the system at once.
const EVENTS_AT_ONCE: usize = 1024;
/// The longest wait for an event: how often time and progress are looked at.
const LONGEST_WAIT: Duration = Duration::from_millis(100);
/// Publishers' tokens begin here, readers' at 0.
const FIRST_PUBLISHER: usize = 1 << 32;
/// The token of the alarm.
const ALARM: Token = Token(usize::MAX - 1);
/// Refusals in a row after which a publisher gives up.
const MOST_REFUSALS: u32 = 10;

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
    readers: Vec<Station<Subscriber>>,
    publishers: Vec<Station<Publisher>>,
    tally: Tally,
    progress: Progress,
    opened: usize,
    openings: Latencies,
    broken: Broken,
    /// Readers that were told to hear no more.
    stalled: Vec<usize>,
    schedule: Option<Schedule>,
    /// Publishers that are free, by the time at which they speak next.
    due: BinaryHeap<Reverse<(u64, usize)>>,
    waiting: usize,
    /// When something was heard or answered last.
    stirred: u64,
    refusals: Refusals,
    trouble: Option<LoadError>,
}

/// A state machine and its connection.
struct Station<M> {
    machine: M,
    at: SocketAddr,
    link: Option<Link>,
    /// When its connection was to be opened.
    began: u64,
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

/// Readers that stopped reading.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stalled {
    /// How many.
    pub readers: usize,
    /// How many of them the server closed.
    pub closed: usize,
    /// What the first was told.
    pub first_reason: Option<String>,
}

/// Requests that the server did not take.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusals {
    /// How many.
    pub count: u64,
    in_a_row: u32,
    /// What the first was answered.
    pub first_reason: Option<String>,
}

/// How readers come.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// At most so many are on their way at the same time.
    pub at_once: usize,
    /// At most so many come a second.
    pub per_second: Option<f64>,
}

/// The addresses that connections come from: 127.0.0.1 and those after it, for more connections than one has ports.
#[derive(Clone, Copy, Debug)]
pub struct Sources(pub u8);

impl Sources {
    fn of(self, connection: usize, to: SocketAddr) -> Option<SocketAddr> {
        let last = 1 + (connection % usize::from(self.0.max(1))) as u8;
        let several = self.0 > 1 && to.ip().is_loopback() && to.is_ipv4();
        several.then(|| SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), 0))
    }
}

impl Driver {
    /// An event loop without connections.
    ///
    /// # Errors
    /// When the system has none.
    pub fn new(tally: Tally, sources: Sources, progress: Progress) -> Result<Self, LoadError> {
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
            waiting: 0,
            stirred: 0,
            refusals: Refusals::default(),
            trouble: None,
        })
    }

    /// Adds a reader of a topic. Readers are numbered in the order in which they come.
    pub fn add_reader(&mut self, topic: usize, at: SocketAddr, subscription: Rc<Subscription>) {
        self.tally.ledger.listen(topic);
        self.readers.push(Station { machine: Subscriber::new(subscription), at, link: None, began: 0 });
    }

    /// Sets the publishers.
    pub fn set_publishers(&mut self, count: usize, at: SocketAddr, script: &Rc<Script>) {
        let publisher = |number| Station {
            machine: Publisher::new(script.clone(), number, count),
            at,
            link: None,
            began: 0,
        };
        self.publishers = (0..count).map(publisher).collect();
    }

    /// Opens all readers, and waits until each hears.
    ///
    /// # Errors
    /// When one could not be opened, or nothing happens for as long as `patience`.
    pub fn open(&mut self, arrival: Arrival, patience: Duration) -> Result<(), LoadError> {
        let start = self.stir();
        let mut begun = 0;
        while self.opened < self.readers.len() {
            let interval = arrival.per_second.map_or(0.0, |per_second| 1e6 / per_second);
            while begun < self.readers.len() && begun - self.opened < arrival.at_once {
                let due = start + (begun as f64 * interval) as u64;
                if due > self.clock.now() {
                    self.wake_at(due)?;
                    break;
                }
                self.connect_reader(begun, due)?;
                begun += 1;
            }
            self.turn(patience)?;
            if let Some(reason) = &self.broken.first_reason {
                return Err(LoadError::Closed(reason.clone()));
            }
            self.progress.opening(self.opened, self.readers.len());
        }
        Ok(())
    }

    /// Lets a reader hear no more, though its connection stays open. Nothing is held against it.
    ///
    /// # Errors
    /// When the system does not let go of it.
    pub fn stall(&mut self, reader: usize) -> Result<(), LoadError> {
        self.tally.ledger.excuse(reader);
        self.stalled.push(reader);
        let link = self.readers[reader].link.as_mut();
        link.map_or(Ok(()), |link| link.ignore(self.poll.registry())).map_err(LoadError::System)
    }

    /// Lets stalled readers hear again until their connections end or nothing comes for as long as `patience`, and
    /// answers how many ended.
    ///
    /// # Errors
    /// When the system fails.
    pub fn revive(&mut self, patience: Duration) -> Result<Stalled, LoadError> {
        let stalled = std::mem::take(&mut self.stalled);
        let broken = self.broken.clone();
        for reader in &stalled {
            if let Some(link) = &mut self.readers[*reader].link {
                link.heed(self.poll.registry(), Token(*reader)).map_err(LoadError::System)?;
            }
        }
        self.stir();
        while self.broken.readers < broken.readers + stalled.len() {
            match self.turn(patience) {
                Err(LoadError::Silence(_)) => break,
                outcome => outcome?,
            }
        }
        let ended = std::mem::replace(&mut self.broken, broken);
        let closed = ended.readers - self.broken.readers;
        Ok(Stalled {
            readers: stalled.len(),
            closed,
            first_reason: ended.first_reason.filter(|_| closed > 0),
        })
    }

    /// Makes load until the goal is reached, and waits until everything that was said has been heard.
    ///
    /// When nothing happens for as long as `patience`, the rest is taken for lost.
    ///
    /// # Errors
    /// When publishers cannot go on.
    pub fn run(&mut self, pace: Pace, goal: Goal, patience: Duration) -> Result<Span, LoadError> {
        let start = self.stir();
        self.tally.window = Window::new(start);
        let batch = self.publishers.first().map_or(1, |publisher| publisher.machine.batch());
        self.schedule = Some(Schedule::new(pace, goal, self.publishers.len(), batch, start));
        (0..self.publishers.len()).for_each(|publisher| self.urge(publisher, start));
        loop {
            self.speak()?;
            let quiet = self.waiting == 0 && self.due.is_empty();
            if quiet && self.tally.ledger.is_complete() {
                break;
            }
            match self.turn(patience) {
                Err(LoadError::Silence(_)) if quiet => break,
                outcome => outcome?,
            }
            self.progress.load(&self.tally, self.clock.now());
        }
        self.schedule = None;
        let end = self.stirred;
        let window = std::mem::replace(&mut self.tally.window, Window::new(end));
        Ok(Span { took: Duration::from_micros(end - start), end, window })
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

    /// Waits for events and takes them.
    fn turn(&mut self, patience: Duration) -> Result<(), LoadError> {
        let mut events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        match self.poll.poll(&mut events, Some(LONGEST_WAIT)) {
            Err(error) if error.kind() != std::io::ErrorKind::Interrupted => {
                return Err(LoadError::System(error));
            }
            _ => {}
        }
        for event in &events {
            match event.token() {
                ALARM => {}
                Token(reader) if reader < FIRST_PUBLISHER => self.reader_event(reader, event),
                Token(publisher) => self.publisher_event(publisher - FIRST_PUBLISHER, event),
            }
        }
        self.events = events;
        if let Some(trouble) = self.trouble.take() {
            return Err(trouble);
        }
        if self.clock.now().saturating_sub(self.stirred) > patience.as_micros() as u64 && self.is_idle() {
            return Err(LoadError::Silence(patience.as_secs()));
        }
        Ok(())
    }

    /// Whether nothing is planned: a publisher that speaks later is no reason for impatience.
    fn is_idle(&self) -> bool {
        self.due.is_empty()
    }

    fn stir(&mut self) -> u64 {
        self.stirred = self.clock.now();
        self.stirred
    }

    fn wake_at(&self, at: u64) -> Result<(), LoadError> {
        let after = Duration::from_micros(at.saturating_sub(self.clock.now()));
        self.alarm.set(after).map_err(LoadError::System)
    }

    fn connect_reader(&mut self, index: usize, due: u64) -> Result<(), LoadError> {
        let station = &mut self.readers[index];
        let from = self.sources.of(index, station.at);
        let link = Link::open(station.at, from, self.poll.registry(), Token(index));
        station.link = Some(link.map_err(LoadError::System)?);
        station.began = due;
        Ok(())
    }

    fn reader_event(&mut self, index: usize, event: &Event) {
        let Self { readers, scratch, out, tally, clock, .. } = self;
        let station = &mut readers[index];
        let Some(link) = &mut station.link else { return };
        let machine = &mut station.machine;
        let was_live = machine.is_live();
        let mut at = 0;
        let outcome = (|| {
            if event.is_writable() && link.writable()? {
                machine.begin(out);
            }
            if event.is_readable() {
                link.receive(scratch, event, |bytes| {
                    at = clock.now();
                    machine.receive(bytes, index, at, tally, out)
                })?;
            }
            if !out.is_empty() {
                link.send(out)?;
                out.clear();
            }
            Ok(())
        })();
        if at > 0 {
            self.stirred = at;
        }
        if !was_live && machine.is_live() {
            self.opened += 1;
            self.openings.note(at.saturating_sub(station.began));
        }
        if let Err(ended) = outcome {
            self.reader_ended(index, &ended);
        }
    }

    fn reader_ended(&mut self, index: usize, ended: &Ended) {
        self.out.clear();
        self.readers[index].link = None;
        self.tally.ledger.excuse(index);
        self.broken.readers += 1;
        self.broken.first_reason.get_or_insert_with(|| ended.to_string());
    }

    fn publisher_event(&mut self, index: usize, event: &Event) {
        let Self { publishers, scratch, out, tally, .. } = self;
        let station = &mut publishers[index];
        let Some(link) = &mut station.link else { return };
        let machine = &mut station.machine;
        let mut answered = None;
        let outcome = (|| {
            if event.is_writable() {
                link.writable()?;
            }
            if event.is_readable() {
                link.receive(scratch, event, |bytes| {
                    let (taken, found) = machine.receive(bytes, &mut tally.ledger, out)?;
                    answered = answered.take().or(found);
                    Ok(taken)
                })?;
            }
            if !out.is_empty() {
                link.send(out)?;
                out.clear();
            }
            Ok(())
        })();
        if let Err(ended) = outcome {
            self.publisher_ended(index, &ended);
        }
        if let Some(answered) = answered {
            self.answered(index, answered);
        }
    }

    /// A server may close a connection that waits; one that owes an answer it may not.
    fn publisher_ended(&mut self, index: usize, ended: &Ended) {
        self.out.clear();
        let station = &mut self.publishers[index];
        station.link = None;
        if station.machine.is_waiting() {
            self.trouble = Some(LoadError::Publisher(ended.to_string()));
        }
    }

    fn answered(&mut self, index: usize, answered: Answered) {
        let now = self.stir();
        self.waiting -= 1;
        let station = &mut self.publishers[index];
        if !answered.keeps_alive {
            station.link = None;
        }
        match answered.refused {
            None => {
                self.refusals.in_a_row = 0;
                self.tally.window.answers.note(now.saturating_sub(answered.at));
                self.tally.window.timeline.publish(now, station.machine.batch());
            }
            Some(reason) => {
                self.refusals.count += 1;
                self.refusals.in_a_row += 1;
                self.refusals.first_reason.get_or_insert_with(|| reason.to_string());
                if self.refusals.in_a_row >= MOST_REFUSALS {
                    self.trouble = Some(LoadError::Publisher(reason.to_string()));
                    return;
                }
            }
        }
        self.urge(index, now);
    }

    /// Lets a free publisher speak when the schedule says so.
    fn urge(&mut self, index: usize, now: u64) {
        let Some(at) = self.schedule.as_mut().and_then(|schedule| schedule.next(index, now)) else { return };
        if at > now {
            self.due.push(Reverse((at, index)));
        } else if let Err(error) = self.say(index, at) {
            self.trouble = Some(error);
        }
    }

    /// Lets those speak whose time has come.
    fn speak(&mut self) -> Result<(), LoadError> {
        let now = self.clock.now();
        while let Some(&Reverse((at, index))) = self.due.peek() {
            if at > now {
                return self.wake_at(at);
            }
            self.due.pop();
            self.say(index, at)?;
        }
        Ok(())
    }

    fn say(&mut self, index: usize, at: u64) -> Result<(), LoadError> {
        let Self { publishers, out, tally, sources, poll, .. } = self;
        let station = &mut publishers[index];
        out.clear();
        if station.link.is_none() {
            let from = sources.of(index, station.at);
            let token = Token(FIRST_PUBLISHER + index);
            let link = Link::open(station.at, from, poll.registry(), token).map_err(LoadError::System)?;
            station.link = Some(link);
            station.machine.begin(out);
        }
        station.machine.say(at, &mut tally.ledger, out);
        self.waiting += 1;
        let sent = station.link.as_mut().map_or(Ok(()), |link| link.send(out));
        out.clear();
        sent.map_err(|ended| LoadError::Publisher(ended.to_string()))
    }
}

/// What was counted from one moment to another.
#[derive(Debug)]
pub struct Span {
    /// Its length.
    pub took: Duration,
    /// When the last message was heard, in microseconds on the event loop's clock.
    pub end: u64,
    /// What happened.
    pub window: Window,
}
