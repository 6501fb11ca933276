//! What was said, held against what each reader heard: lost, doubled, out of order. Plain counting, no I/O.
//!
//! Messages are numbered by stream, and a reader should hear each stream of its topic from the first to the last. So
//! one number a reader and stream is enough, the next that it should hear. What is skipped is missing until it comes
//! late (reordered) or does not come at all (lost); what comes again is doubled.

use std::collections::HashMap;

use serde::Serialize;

use crate::label::Label;

/// Which streams there are, and which topic each is of: stream `s` speaks in topic `s % topics`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    /// What readers follow: a conversation, a user.
    pub topics: usize,
    /// Sequences of messages, at least one a topic.
    pub count: usize,
}

impl Streams {
    /// As few streams as give each topic one and each publisher one, since each publisher needs an order of its own.
    pub fn of(topics: usize, publishers: usize) -> Self {
        Self { topics, count: topics.max(publishers) }
    }

    /// The topic of a stream.
    pub fn topic(self, stream: usize) -> usize {
        // A division is the dearest part of hearing a message, and most runs have one topic.
        if self.topics == 1 { 0 } else { stream % self.topics }
    }

    fn place(self, stream: usize) -> usize {
        if self.topics == 1 { stream } else { stream / self.topics }
    }
}

/// What a reader should hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hears {
    /// The streams of one topic.
    Topic(usize),
    /// All streams.
    Everything,
}

/// What went wrong, at all readers together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Faults {
    /// Said and never heard.
    pub lost: u64,
    /// Heard once more than it was said, or by a reader that should not hear it.
    pub doubled: u64,
    /// Heard after something that came later.
    pub reordered: u64,
    /// Readers that heard the streams of their topic interleaved in another way than the others did.
    pub disagreeing: u64,
}

impl Faults {
    /// Whether nothing went wrong.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// Whether all readers of a topic have to hear its streams interleaved in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interleaving {
    /// They have to: the broker promises one order.
    Shared,
    /// Only each stream has an order.
    Free,
}

/// What was said and heard.
#[derive(Debug)]
pub struct Ledger {
    streams: Streams,
    interleaving: Interleaving,
    /// When each message was to be said, in microseconds, by stream.
    said: Vec<Vec<u64>>,
    /// The number that a reader should hear next, by reader and place of the stream in its topic.
    next: Vec<u32>,
    ears: Vec<Ear>,
    /// Readers that hear, by topic.
    hearers: Vec<u64>,
    /// Readers that hear everything.
    hearers_of_all: u64,
    expected: u64,
    heard: u64,
    faults: Faults,
}

#[derive(Debug)]
struct Ear {
    hears: Hears,
    /// Where its numbers begin.
    first: usize,
    state: Listening,
    /// Skipped and not heard so far.
    missing: u32,
    /// Changes with everything that is heard, and with its order.
    digest: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listening {
    Yes,
    /// What it hears is not held against anything.
    No,
}

impl Ledger {
    /// Nothing was said, and nobody listens.
    pub fn new(streams: Streams, interleaving: Interleaving) -> Self {
        Self {
            streams,
            interleaving,
            said: vec![Vec::new(); streams.count],
            next: Vec::new(),
            ears: Vec::new(),
            hearers: vec![0; streams.topics],
            hearers_of_all: 0,
            expected: 0,
            heard: 0,
            faults: Faults::default(),
        }
    }

    /// The streams.
    pub fn streams(&self) -> Streams {
        self.streams
    }

    /// A reader that has to hear what is said from now on. Readers are numbered in the order in which they come.
    pub fn listen(&mut self, hears: Hears) {
        let first = self.next.len();
        self.ears.push(Ear { hears, first, state: Listening::Yes, missing: 0, digest: 0 });
        *self.hearers(hears) += 1;
        let said = self.heard_streams(hears).map(|stream| self.said[stream].len() as u32);
        self.next.extend(said.collect::<Vec<_>>());
    }

    /// What the reader has not heard by now it need not hear; what it hears is not counted.
    pub fn excuse(&mut self, reader: usize) {
        let Ear { hears, state, .. } = self.ears[reader];
        if state == Listening::Yes {
            self.ears[reader].state = Listening::No;
            *self.hearers(hears) -= 1;
            self.expected -= self.open_to(reader);
        }
    }

    fn hearers(&mut self, hears: Hears) -> &mut u64 {
        match hears {
            Hears::Topic(topic) => &mut self.hearers[topic],
            Hears::Everything => &mut self.hearers_of_all,
        }
    }

    /// The streams that a reader should hear, in the order of its numbers.
    fn heard_streams(&self, hears: Hears) -> impl Iterator<Item = usize> + use<> {
        let Streams { topics, count } = self.streams;
        match hears {
            Hears::Topic(topic) => (topic..count).step_by(topics),
            Hears::Everything => (0..count).step_by(1),
        }
    }

    /// The next message of a stream, which is to be said at a time.
    pub fn say(&mut self, stream: usize, at: u64) -> Label {
        let said = &mut self.said[stream];
        let number = said.len() as u32;
        said.push(at);
        self.expected += self.hearers_of(stream);
        Label { stream: stream as u32, number }
    }

    /// The last message of a stream was refused, and will not be heard.
    pub fn unsay(&mut self, stream: usize) {
        if self.said[stream].pop().is_some() {
            self.expected -= self.hearers_of(stream);
        }
    }

    /// A reader hears a message. Answers when it was to be said, if this is the first time that the reader hears it.
    #[inline]
    pub fn hear(&mut self, reader: usize, label: Label) -> Option<u64> {
        let ear = &mut self.ears[reader];
        if ear.state == Listening::No {
            return None;
        }
        let stream = label.stream as usize;
        let said = self.said.get(stream).and_then(|said| said.get(label.number as usize));
        let place = match ear.hears {
            Hears::Topic(topic) if self.streams.topic(stream) == topic => Some(self.streams.place(stream)),
            Hears::Topic(_) => None,
            Hears::Everything => Some(stream),
        };
        let (Some(&at), Some(place)) = (said, place) else {
            self.faults.doubled += 1;
            return None;
        };
        let next = &mut self.next[ear.first + place];
        if label.number >= *next {
            ear.missing += label.number - *next;
            *next = label.number + 1;
        } else if ear.missing > 0 {
            ear.missing -= 1;
            self.faults.reordered += 1;
        } else {
            self.faults.doubled += 1;
            return None;
        }
        let message = u64::from(label.stream) << 32 | u64::from(label.number);
        ear.digest = (ear.digest.rotate_left(5) ^ message).wrapping_mul(DIGEST_FACTOR);
        self.heard += 1;
        Some(at)
    }

    /// Whether everything that was said has been heard by everybody who should.
    pub fn is_complete(&self) -> bool {
        self.heard >= self.expected
    }

    /// Messages heard, all readers together, each once.
    pub fn heard(&self) -> u64 {
        self.heard
    }

    /// The verdict, by now.
    pub fn faults(&self) -> Faults {
        let listening = || (0..self.ears.len()).filter(|reader| self.ears[*reader].state == Listening::Yes);
        let lost = listening().map(|reader| self.open_to(reader)).sum();
        let mut agreed = HashMap::new();
        let disagrees = |reader: &usize| {
            let ear = &self.ears[*reader];
            *agreed.entry(ear.hears).or_insert(ear.digest) != ear.digest
        };
        let complete = self.faults.is_none() && lost == 0;
        // Whoever missed something has another digest for that reason alone.
        let disagreeing = match self.interleaving {
            Interleaving::Shared if complete => listening().filter(disagrees).count() as u64,
            _ => 0,
        };
        Faults { lost, disagreeing, ..self.faults }
    }

    /// What the reader should have heard and has not.
    fn open_to(&self, reader: usize) -> u64 {
        let ear = &self.ears[reader];
        let open = self
            .heard_streams(ear.hears)
            .zip(&self.next[ear.first..])
            .map(|(stream, next)| (self.said[stream].len() as u64).saturating_sub(u64::from(*next)));
        open.sum::<u64>() + u64::from(ear.missing)
    }

    /// How many readers should hear a stream.
    fn hearers_of(&self, stream: usize) -> u64 {
        self.hearers[self.streams.topic(stream)] + self.hearers_of_all
    }
}

/// Any odd number with well mixed bits would do.
const DIGEST_FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::*;

    fn label(stream: u32, number: u32) -> Label {
        Label { stream, number }
    }

    /// Two streams with two messages each in one topic, and readers who heard these.
    fn ledger(heard: &[&[(u32, u32)]]) -> Ledger {
        let mut ledger = Ledger::new(Streams::of(1, 2), Interleaving::Shared);
        heard.iter().for_each(|_| ledger.listen(Hears::Topic(0)));
        for stream in [0, 1, 0, 1] {
            ledger.say(stream, 7);
        }
        for (reader, heard) in heard.iter().enumerate() {
            for (stream, number) in *heard {
                ledger.hear(reader, label(*stream, *number));
            }
        }
        ledger
    }

    const RIGHT: &[(u32, u32)] = &[(0, 0), (1, 0), (1, 1), (0, 1)];

    #[test]
    fn streams_may_interleave_if_it_is_in_one_way() {
        let other: &[(u32, u32)] = &[(1, 0), (1, 1), (0, 0), (0, 1)];
        assert_eq!(ledger(&[RIGHT, RIGHT]).faults(), Faults::default());
        assert_eq!(ledger(&[RIGHT, other]).faults(), Faults { disagreeing: 1, ..Faults::default() });
        assert!(ledger(&[RIGHT, other]).is_complete());
    }

    #[test]
    fn what_was_not_heard_is_lost() {
        let ledger = ledger(&[RIGHT, &[(0, 0), (1, 1)]]);
        assert_eq!(ledger.faults(), Faults { lost: 2, ..Faults::default() });
        assert!(!ledger.is_complete());
    }

    #[test]
    fn what_is_heard_again_or_was_never_said_is_doubled() {
        let heard: &[(u32, u32)] = &[(0, 0), (0, 0), (1, 0), (0, 1), (1, 1), (7, 0), (1, 2)];
        assert_eq!(ledger(&[heard]).faults(), Faults { doubled: 3, ..Faults::default() });
    }

    #[test]
    fn what_comes_late_is_reordered() {
        let heard: &[(u32, u32)] = &[(0, 1), (0, 0), (1, 0), (1, 1)];
        assert_eq!(ledger(&[heard]).faults(), Faults { reordered: 1, ..Faults::default() });
        assert!(ledger(&[heard]).is_complete());
    }

    #[test]
    fn topics_are_apart() {
        let mut ledger = Ledger::new(Streams::of(2, 1), Interleaving::Shared);
        ledger.listen(Hears::Topic(0));
        ledger.listen(Hears::Topic(1));
        let (zero, one) = (ledger.say(0, 5), ledger.say(1, 6));
        assert_eq!((ledger.hear(0, zero), ledger.hear(1, one)), (Some(5), Some(6)));
        assert!(ledger.is_complete() && ledger.faults().is_none());
        ledger.hear(0, one);
        assert_eq!(ledger.faults(), Faults { doubled: 1, ..Faults::default() });
    }

    #[test]
    fn an_excused_reader_is_waited_for_no_more() {
        let mut ledger = ledger(&[RIGHT, &[(0, 0)]]);
        ledger.excuse(1);
        assert!(ledger.is_complete() && ledger.faults().is_none());
        assert_eq!(ledger.hear(1, label(0, 0)), None);
        ledger.say(0, 9);
        assert!(!ledger.is_complete());
        ledger.unsay(0);
        assert!(ledger.is_complete());
    }

    #[test]
    fn who_comes_late_hears_what_is_said_from_then_on() {
        let mut ledger = ledger(&[RIGHT]);
        ledger.listen(Hears::Topic(0));
        let label = ledger.say(1, 9);
        assert_eq!((ledger.hear(0, label), ledger.hear(1, label)), (Some(9), Some(9)));
        assert!(ledger.is_complete());
    }

    #[test]
    fn who_hears_everything_hears_every_topic() {
        let mut ledger = Ledger::new(Streams { topics: 2, count: 4 }, Interleaving::Shared);
        ledger.listen(Hears::Topic(1));
        ledger.listen(Hears::Everything);
        let said: Vec<_> = (0..4).map(|stream| ledger.say(stream, 0)).collect();
        for label in &said {
            ledger.hear(1, *label);
        }
        assert!(!ledger.is_complete());
        assert_eq!(ledger.faults(), Faults { lost: 2, ..Faults::default() });
        ledger.hear(0, said[1]);
        ledger.hear(0, said[3]);
        assert!(ledger.is_complete() && ledger.faults().is_none());
    }
}
