//! What was said, held against what each reader heard: lost, doubled, out of order. Plain counting, no I/O.
//!
//! Messages are numbered by stream, and a reader should hear each of its streams from the first to the last. So one
//! number a reader and stream is enough, the next that it should hear. What is skipped is missing until it comes late
//! (reordered) or does not come at all (lost); what comes again is doubled.

use std::collections::HashMap;
use std::iter::StepBy;
use std::ops::Range;

use serde::Serialize;

use crate::label::Label;

/// Which streams a reader should hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hears {
    /// The first of them.
    pub first: usize,
    /// From one to the next.
    pub step: usize,
    /// The end, which is not heard.
    pub end: usize,
}

impl Hears {
    /// All of these streams.
    pub fn all_of(streams: Range<usize>) -> Self {
        Self { first: streams.start, step: 1, end: streams.end }
    }

    fn streams(self) -> StepBy<Range<usize>> {
        (self.first..self.end).step_by(self.step)
    }

    /// How many of them come before a stream; `None` when that is not one of them.
    fn place(self, stream: usize) -> Option<usize> {
        let after = stream.checked_sub(self.first).filter(|_| stream < self.end)?;
        // A division is the dearest part of hearing a message, and most readers hear streams without gaps.
        if self.step == 1 { Some(after) } else { after.is_multiple_of(self.step).then(|| after / self.step) }
    }
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
    /// Readers that heard their streams interleaved in another way than the others did.
    pub disagreeing: u64,
}

impl Faults {
    /// Whether nothing went wrong.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// Whether all readers of the same streams have to hear them interleaved in the same way.
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
    interleaving: Interleaving,
    /// When each message was to be said, in microseconds, by stream.
    said: Vec<Vec<u64>>,
    /// The number that a reader should hear next, by reader and place of the stream in its topic.
    next: Vec<u32>,
    ears: Vec<Ear>,
    /// Readers that should hear, by stream.
    hearers: Vec<u64>,
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
    /// Nothing was said in so many streams, and nobody listens.
    pub fn new(streams: usize, interleaving: Interleaving) -> Self {
        Self {
            interleaving,
            said: vec![Vec::new(); streams],
            next: Vec::new(),
            ears: Vec::new(),
            hearers: vec![0; streams],
            expected: 0,
            heard: 0,
            faults: Faults::default(),
        }
    }

    /// A reader that has to hear what is said from now on. Readers are numbered in the order in which they come.
    pub fn listen(&mut self, hears: Hears) {
        let first = self.next.len();
        self.ears.push(Ear { hears, first, state: Listening::Yes, missing: 0, digest: 0 });
        for stream in hears.streams() {
            self.hearers[stream] += 1;
            self.next.push(self.said[stream].len() as u32);
        }
    }

    /// What the reader has not heard by now it need not hear; what it hears is not counted.
    pub fn excuse(&mut self, reader: usize) {
        let Ear { hears, state, .. } = self.ears[reader];
        if state == Listening::Yes {
            self.ears[reader].state = Listening::No;
            hears.streams().for_each(|stream| self.hearers[stream] -= 1);
            self.expected -= self.open_to(reader);
        }
    }

    /// The next message of a stream, which is to be said at a time.
    pub fn say(&mut self, stream: usize, at: u64) -> Label {
        let said = &mut self.said[stream];
        let number = said.len() as u32;
        said.push(at);
        self.expected += self.hearers[stream];
        Label { stream: stream as u32, number }
    }

    /// The last message of a stream was refused, and will not be heard.
    pub fn unsay(&mut self, stream: usize) {
        if self.said[stream].pop().is_some() {
            self.expected -= self.hearers[stream];
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
        let (Some(&at), Some(place)) = (said, ear.hears.place(stream)) else {
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
        let open = ear
            .hears
            .streams()
            .zip(&self.next[ear.first..])
            .map(|(stream, next)| (self.said[stream].len() as u64).saturating_sub(u64::from(*next)));
        open.sum::<u64>() + u64::from(ear.missing)
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
        let mut ledger = Ledger::new(2, Interleaving::Shared);
        heard.iter().for_each(|_| ledger.listen(Hears::all_of(0..2)));
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
    fn each_hears_its_own() {
        let mut ledger = Ledger::new(2, Interleaving::Shared);
        ledger.listen(Hears::all_of(0..1));
        ledger.listen(Hears::all_of(1..2));
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
        ledger.listen(Hears::all_of(0..2));
        let label = ledger.say(1, 9);
        assert_eq!((ledger.hear(0, label), ledger.hear(1, label)), (Some(9), Some(9)));
        assert!(ledger.is_complete());
    }

    #[test]
    fn readers_may_hear_every_other_stream() {
        let odd = Hears { first: 1, step: 2, end: 4 };
        assert_eq!([0, 1, 2, 3, 5].map(|stream| odd.place(stream)), [None, Some(0), None, Some(1), None]);
        let mut ledger = Ledger::new(4, Interleaving::Shared);
        ledger.listen(odd);
        ledger.listen(Hears::all_of(0..4));
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
