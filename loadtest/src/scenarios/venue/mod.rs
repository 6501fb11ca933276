//! Where readers and publishers meet: what both have to say to a server, be it the [`broker`] or a [`peer`] of it.
//! It must not know how much load is made.

pub(super) mod broker;
pub(super) mod contact_centre;
pub(super) mod message;
pub(super) mod peer;

use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

use crate::address::Address;
use crate::driver::{Arrival, Driver, Own, PollScript, Script, Subscription};
use crate::error::LoadError;
use crate::label::{MOST_STREAMS, Member};
use crate::measure::ledger::{Hears, Interleaving, Ledger};
use crate::measure::tally::Tally;
use crate::setting::Setting;

/// How many polls begin in a second at most.
const POLLS_PER_SECOND: f64 = 2000.0;

/// Where readers and publishers meet.
pub(super) struct Venue {
    /// Where readers connect.
    pub(super) readers: Address,
    /// Where publishers connect.
    pub(super) publishers: Address,
    /// The readers, by what they should hear.
    pub(super) audience: Vec<(Hears, Seat)>,
    /// What is said in which streams. Each part of them has publishers of its own.
    pub(super) parts: Vec<(Range<usize>, Rc<Script>)>,
    /// How many streams there are.
    pub(super) streams: usize,
    /// The member that carries labels.
    pub(super) member: Member,
    /// Whether readers of the same streams hear them interleaved in one way.
    pub(super) interleaving: Interleaving,
    /// How long it takes after the last reader has come until all of them hear.
    pub(super) settles_in: Duration,
}

/// What a reader does to hear.
#[derive(Clone)]
pub(super) enum Seat {
    /// It opens a websocket.
    Socket(Rc<Subscription>),
    /// It polls.
    Polls(Rc<PollScript>, Own),
}

/// How topics, readers and publishers are distributed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crowd {
    /// What readers follow.
    pub(super) topics: usize,
    /// Readers of all topics; they take the topics in turn.
    pub(super) readers: usize,
    /// Publishers; they share the topics.
    pub(super) publishers: usize,
    /// Bytes of a message.
    pub(super) payload: usize,
}

impl Crowd {
    /// How many streams there are: as few as give each topic one and each publisher one, which needs an order of its
    /// own. Stream `s` is of topic `s % topics`.
    fn streams(self) -> usize {
        self.topics.max(self.publishers)
    }

    fn hears(self, topic: usize) -> Hears {
        Hears { first: topic, step: self.topics, end: self.streams() }
    }

    /// All streams, with one script.
    fn part(self, script: Script) -> Vec<(Range<usize>, Rc<Script>)> {
        vec![(0..self.streams(), Rc::new(script))]
    }

    /// The topic of each reader.
    fn readers_topics(self) -> impl Iterator<Item = usize> {
        (0..self.readers).map(move |reader| reader % self.topics)
    }

    /// The readers, when all of a topic do the same to hear.
    fn audience(self, seats: &[Seat]) -> Vec<(Hears, Seat)> {
        self.readers_topics().map(|topic| (self.hears(topic), seats[topic].clone())).collect()
    }
}

impl Seat {
    /// How readers come who come as this one does. A poll that waits does not tell that it arrived, so polls could
    /// overrun the queue in which connections wait to be accepted.
    pub(super) fn arrival(&self, arrival: Arrival) -> Arrival {
        match self {
            Self::Socket(_) => arrival,
            Self::Polls(..) => arrival.no_faster_than(POLLS_PER_SECOND),
        }
    }
}

impl Venue {
    /// How the readers come.
    pub(super) fn arrival(&self, arrival: Arrival) -> Arrival {
        self.audience.iter().fold(arrival, |arrival, (_, seat)| seat.arrival(arrival))
    }

    /// An event loop with all who meet here; nobody has come so far.
    pub(super) fn driver(self, setting: &Setting, publishers: usize) -> Result<Driver, LoadError> {
        if self.streams > MOST_STREAMS {
            return Err(LoadError::TooManyStreams(self.streams));
        }
        let tally = Tally::new(Ledger::new(self.streams, self.interleaving), self.member);
        let mut driver = Driver::new(tally, setting.sources(), setting.progress())?;
        for (hears, seat) in self.audience {
            seat_reader(&mut driver, hears, &self.readers, seat);
        }
        for (streams, script) in self.parts {
            driver.add_publishers(publishers, streams, self.publishers.socket, &script);
        }
        Ok(driver)
    }
}

/// Adds a reader to an event loop.
pub(super) fn seat_reader(driver: &mut Driver, hears: Hears, at: &Address, seat: Seat) {
    match seat {
        Seat::Socket(subscription) => driver.add_subscriber(hears, at.socket, subscription),
        Seat::Polls(script, own) => driver.add_poller(hears, at.socket, script, own),
    }
}
