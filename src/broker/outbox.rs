//! The outbox: what a socket has yet to write, as bytes, within limits. It must not know the socket or locks; the
//! outlet that owns both asks for the bytes in front and says how far it came.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{Buf, Bytes};

use super::hearing::Ears;
use super::{Overrun, QueueLimits, Stats};
use crate::domain::order::Position;

/// A bounded queue of bytes that many readers may share. It is empty, and costs no memory, while its socket keeps up.
#[derive(Debug)]
pub struct Outbox {
    limits: QueueLimits,
    chunks: VecDeque<Waiting>,
    /// What was cut and somebody may watch: who watches bytes takes them for written when they are let go, so these are
    /// kept until the outbox goes.
    set_aside: Vec<Bytes>,
    /// Bytes and events that count.
    bytes: usize,
    events: usize,
    /// How far what was written has come.
    reached: Position,
    stats: Arc<Stats>,
}

/// Something that waited and was taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenOut {
    /// Its bytes.
    pub bytes: Bytes,
    /// The position that its reader has reached with it; 0 where it has none.
    pub reaches: Position,
    /// Who hears when its reader has it.
    pub ears: Ears,
}

/// How what waits counts against the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// As so many events, and with its bytes.
    Events(usize),
    /// Not at all: a greeting, a farewell, a step of a replay. Whoever sends it waits until it was written before more
    /// of the kind follows.
    Nothing,
}

/// Bytes that wait. They are only cut off at the front.
#[derive(Debug)]
struct Waiting {
    bytes: Bytes,
    weight: Weight,
    /// The position that its reader has reached with it; 0 where it has none.
    reaches: Position,
    /// Who hears when it was written.
    ears: Ears,
    /// Whether some of it was written already: then the rest has to follow before anything else can.
    begun: bool,
}

impl Outbox {
    /// An empty outbox that counts into `stats`.
    pub fn new(limits: QueueLimits, stats: Arc<Stats>) -> Self {
        let (chunks, set_aside) = (VecDeque::new(), Vec::new());
        Self { limits, chunks, set_aside, bytes: 0, events: 0, reached: Position::default(), stats }
    }

    /// Appends `bytes`, which are whole events or control frames.
    ///
    /// # Errors
    /// [`Overrun`] when more would wait than may; then the outbox is as before.
    pub fn push(&mut self, bytes: Bytes, weight: Weight) -> Result<(), Overrun> {
        if let Weight::Events(events) = weight {
            let fits = self.events.saturating_add(events) <= self.limits.events
                && self.bytes.saturating_add(bytes.len()) <= self.limits.bytes;
            if !fits {
                return Err(Overrun);
            }
        }
        self.append(Waiting {
            bytes,
            weight,
            reaches: Position::default(),
            ears: Ears::default(),
            begun: false,
        });
        Ok(())
    }

    /// Appends the rest of something that was written in part. It waits whatever the limits, since only it can follow
    /// on the socket, and its events count as if they waited whole.
    pub fn push_rest(&mut self, rest: Bytes, weight: Weight) {
        self.append(Waiting {
            bytes: rest,
            weight,
            reaches: Position::default(),
            ears: Ears::default(),
            begun: true,
        });
    }

    /// Takes note of the position that the reader has reached with what was appended last, and of who hears when it
    /// was written.
    pub fn reaches(&mut self, position: Position, ears: Ears) {
        if let Some(last) = self.chunks.back_mut() {
            last.reaches = position;
            last.ears = ears;
        }
    }

    /// The last position that was written whole; 0 when none was.
    pub fn reached(&self) -> Position {
        self.reached
    }

    /// The bytes to write next; none when nothing waits.
    pub fn front(&self) -> Option<&[u8]> {
        self.chunks.front().map(|waiting| waiting.bytes.as_ref())
    }

    /// Takes note that so many bytes of the front were written.
    pub fn advance(&mut self, written: usize) {
        let Some(front) = self.chunks.front_mut() else { return };
        front.bytes.advance(written);
        front.begun = true;
        if front.weight != Weight::Nothing {
            self.bytes -= written;
        }
        if front.bytes.is_empty() {
            self.reached = self.reached.max(front.reaches);
            front.ears.taken();
            let done = self.chunks.pop_front();
            self.uncount(done);
        }
    }

    /// Takes out what was appended first; for who takes all of it or nothing.
    pub fn pop(&mut self) -> Option<TakenOut> {
        let front = self.chunks.pop_front()?;
        let taken_out =
            TakenOut { bytes: front.bytes.clone(), reaches: front.reaches, ears: front.ears.clone() };
        self.uncount(Some(front));
        Some(taken_out)
    }

    /// Lets nothing follow but the rest of what has been written in part, without which nothing could follow on the
    /// socket. What weighs nothing is set aside until the outbox goes: its sender may wait for it to be let go, and it
    /// was not written.
    pub fn cut(&mut self) {
        let kept = usize::from(self.chunks.front().is_some_and(|front| front.begun));
        for waiting in self.chunks.split_off(kept) {
            if waiting.weight == Weight::Nothing {
                self.set_aside.push(waiting.bytes);
            } else {
                self.uncount(Some(waiting));
            }
        }
    }

    /// Whether it need not be kept: nothing waits, and nothing is set aside.
    pub fn is_spent(&self) -> bool {
        self.chunks.is_empty() && self.set_aside.is_empty()
    }

    /// Counts no longer what waits, since nothing of it can be written any more. It is kept until the outbox goes: who
    /// watches bytes takes them for written when they are let go.
    pub fn abandon(&mut self) {
        self.stats.outbox_events.fall(self.events);
        (self.bytes, self.events) = (0, 0);
        for waiting in &mut self.chunks {
            waiting.weight = Weight::Nothing;
        }
    }

    fn append(&mut self, waiting: Waiting) {
        if waiting.bytes.is_empty() {
            return;
        }
        if let Weight::Events(events) = waiting.weight {
            self.bytes += waiting.bytes.len();
            self.events += events;
            self.stats.outbox_events.rise(events);
        }
        self.chunks.push_back(waiting);
    }

    fn uncount(&mut self, waiting: Option<Waiting>) {
        if let Some(Waiting { bytes, weight: Weight::Events(events), .. }) = waiting {
            self.bytes -= bytes.len();
            self.events -= events;
            self.stats.outbox_events.fall(events);
        }
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.stats.outbox_events.fall(self.events);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox(events: usize, bytes: usize) -> Outbox {
        Outbox::new(QueueLimits { events, bytes }, Arc::default())
    }

    fn of(bytes: &'static str) -> Bytes {
        Bytes::from_static(bytes.as_bytes())
    }

    /// Writes everything, at most `step` bytes at a time.
    fn written(outbox: &mut Outbox, step: usize) -> String {
        let mut written = Vec::new();
        while let Some(front) = outbox.front() {
            let count = front.len().min(step);
            written.extend_from_slice(&front[..count]);
            outbox.advance(count);
        }
        String::from_utf8(written).unwrap()
    }

    #[test]
    fn what_waits_is_written_in_order_in_whatever_steps() {
        for step in 1..10 {
            let mut outbox = outbox(10, 100);
            outbox.push(of("one two "), Weight::Events(2)).unwrap();
            outbox.push(of("three"), Weight::Events(1)).unwrap();
            assert_eq!(written(&mut outbox, step), "one two three");
            assert_eq!(outbox.front(), None);
            assert_eq!((outbox.bytes, outbox.events), (0, 0));
        }
    }

    #[test]
    fn a_position_is_reached_when_everything_up_to_it_was_written() {
        let mut outbox = outbox(10, 100);
        outbox.push(of("one"), Weight::Events(1)).unwrap();
        outbox.reaches(Position(7), Ears::default());
        outbox.push(of("two"), Weight::Nothing).unwrap();
        outbox.push(of("three"), Weight::Events(1)).unwrap();
        outbox.reaches(Position(9), Ears::default());
        for (step, reached) in [(2, 0), (1, 7), (3, 7), (4, 7), (1, 9)] {
            outbox.advance(step);
            assert_eq!(outbox.reached(), Position(reached));
        }
    }

    #[test]
    fn what_is_taken_out_makes_room() {
        let mut outbox = outbox(2, 10);
        outbox.push(of("one"), Weight::Events(1)).unwrap();
        outbox.push(of("two"), Weight::Events(1)).unwrap();
        assert_eq!(outbox.push(of("three"), Weight::Events(1)), Err(Overrun));
        let pop = |outbox: &mut Outbox| outbox.pop().map(|taken_out| taken_out.bytes);
        assert_eq!(pop(&mut outbox), Some(of("one")));
        assert_eq!(outbox.push(of("three"), Weight::Events(1)), Ok(()));
        assert_eq!([(); 3].map(|()| pop(&mut outbox)), [Some(of("two")), Some(of("three")), None]);
        assert_eq!((outbox.bytes, outbox.events), (0, 0));
    }

    #[test]
    fn exactly_full_is_not_too_full() {
        let mut outbox = outbox(2, 10);
        assert_eq!(outbox.push(of("12345"), Weight::Events(1)), Ok(()));
        assert_eq!(outbox.push(of("67890"), Weight::Events(1)), Ok(()));
        assert_eq!(outbox.push(of("1"), Weight::Events(0)), Err(Overrun));
        outbox.advance(5);
        assert_eq!(outbox.push(of("1"), Weight::Events(2)), Err(Overrun));
        assert_eq!(outbox.push(of("1"), Weight::Events(1)), Ok(()));
        assert_eq!(written(&mut outbox, 100), "678901");
    }

    #[test]
    fn what_weighs_nothing_keeps_its_place_and_takes_none_from_events() {
        let mut outbox = outbox(1, 3);
        assert_eq!(outbox.push(of("snapshot "), Weight::Nothing), Ok(()));
        assert_eq!(outbox.push(of("one"), Weight::Events(1)), Ok(()));
        assert_eq!(outbox.push(of("2"), Weight::Events(1)), Err(Overrun));
        assert_eq!(written(&mut outbox, 4), "snapshot one");
        assert_eq!((outbox.bytes, outbox.events), (0, 0));
    }

    #[test]
    fn a_cut_leaves_what_has_begun_to_be_written() {
        let mut outbox = outbox(10, 100);
        outbox.push(of("one"), Weight::Events(1)).unwrap();
        outbox.push(of("two"), Weight::Events(1)).unwrap();
        outbox.advance(1);
        outbox.cut();
        assert_eq!(written(&mut outbox, 100), "ne");
        outbox.push(of("three"), Weight::Events(1)).unwrap();
        outbox.cut();
        assert_eq!(outbox.front(), None);
        assert!(outbox.is_spent());
    }

    #[test]
    fn what_somebody_may_watch_is_not_let_go_of_by_a_cut() {
        let watched: Arc<[u8]> = b"one".as_slice().into();
        let mut outbox = outbox(10, 100);
        outbox.push(Bytes::from_owner(watched.clone()), Weight::Nothing).unwrap();
        outbox.cut();
        assert_eq!(outbox.front(), None);
        assert!(!outbox.is_spent());
        assert_eq!(Arc::strong_count(&watched), 2);
        drop(outbox);
        assert_eq!(Arc::strong_count(&watched), 1);
    }

    #[test]
    fn the_rest_of_what_has_begun_waits_even_beyond_the_limits_and_is_not_cut() {
        for weight in [Weight::Events(1), Weight::Nothing] {
            let mut outbox = outbox(1, 2);
            outbox.push_rest(of("est"), weight);
            outbox.cut();
            assert_eq!(written(&mut outbox, 100), "est");
        }
    }

    #[test]
    fn the_gauge_follows_what_waits_to_the_drop() {
        let stats = Arc::<Stats>::default();
        let mut outbox = Outbox::new(QueueLimits { events: 10, bytes: 100 }, stats.clone());
        outbox.push(of("one two"), Weight::Events(2)).unwrap();
        outbox.push(of("three"), Weight::Events(1)).unwrap();
        outbox.advance(3);
        assert_eq!(stats.outbox_events.get(), 3);
        outbox.advance(4);
        assert_eq!(stats.outbox_events.get(), 1);
        drop(outbox);
        assert_eq!(stats.outbox_events.get(), 0);
    }
}
