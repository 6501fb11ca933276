//! The outbox: what a socket has yet to write, as bytes, within limits.
//! It must not know the socket or locks; the outlet that owns both asks for the bytes in front and says how far it came.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{Buf, Bytes};

use super::{Overrun, QueueLimits, Stats};

/// A bounded queue of bytes that many readers may share. It is empty, and costs no memory, while its socket keeps up.
#[derive(Debug)]
pub struct Outbox {
    limits: QueueLimits,
    chunks: VecDeque<Waiting>,
    bytes: usize,
    events: usize,
    stats: Arc<Stats>,
}

/// Bytes that wait, and how many events they are. They are only cut off at the front.
#[derive(Debug)]
struct Waiting {
    bytes: Bytes,
    events: usize,
    begun: bool,
}

impl Outbox {
    /// An empty outbox that counts into `stats`.
    pub fn new(limits: QueueLimits, stats: Arc<Stats>) -> Self {
        Self { limits, chunks: VecDeque::new(), bytes: 0, events: 0, stats }
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Whether so much more may wait.
    pub fn has_room_for(&self, events: usize, bytes: usize) -> bool {
        self.events.saturating_add(events) <= self.limits.events
            && self.bytes.saturating_add(bytes) <= self.limits.bytes
    }

    /// Appends `bytes`, which are `events` whole events.
    ///
    /// # Errors
    /// [`Overrun`] when more would wait than may; then the outbox is as before.
    pub fn push(&mut self, bytes: Bytes, events: usize) -> Result<(), Overrun> {
        if !self.has_room_for(events, bytes.len()) {
            return Err(Overrun);
        }
        self.push_beyond_limits(bytes, events);
        Ok(())
    }

    /// Appends what does not count against the limits, such as a snapshot: whoever does so waits until it is written
    /// before more of the kind follows.
    pub fn push_beyond_limits(&mut self, bytes: Bytes, events: usize) {
        if bytes.is_empty() {
            return;
        }
        self.bytes += bytes.len();
        self.events += events;
        self.stats.outbox_events.rise(events);
        self.chunks.push_back(Waiting { bytes, events, begun: false });
    }

    /// Notes that the rest of something that was written in part waits; `events` are counted as if they waited whole.
    ///
    /// # Errors
    /// [`Overrun`] when more would wait than may. The rest waits all the same, since only it can follow on the socket.
    pub fn push_rest(&mut self, rest: Bytes, events: usize) -> Result<(), Overrun> {
        let pushed = self.push(rest.clone(), events);
        if pushed.is_err() {
            self.push_beyond_limits(rest, events);
        }
        if let Some(last) = self.chunks.back_mut() {
            last.begun = true;
        }
        pushed
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
        self.bytes -= written;
        if front.bytes.is_empty() {
            let events = front.events;
            self.chunks.pop_front();
            self.uncount(events);
        }
        if self.chunks.is_empty() {
            // A burst does not cost an idle reader for the rest of its life.
            self.chunks = VecDeque::new();
        }
    }

    /// Lets go of everything but what has been written in part, without which nothing could follow on the socket.
    pub fn cut(&mut self) {
        let kept = usize::from(self.chunks.front().is_some_and(|front| front.begun));
        for waiting in self.chunks.split_off(kept) {
            self.bytes -= waiting.bytes.len();
            self.uncount(waiting.events);
        }
    }

    fn uncount(&mut self, events: usize) {
        self.events -= events;
        self.stats.outbox_events.fall(events);
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
            outbox.push(of("one two "), 2).unwrap();
            outbox.push(of("three"), 1).unwrap();
            assert_eq!(written(&mut outbox, step), "one two three");
            assert!(outbox.is_empty());
            assert_eq!((outbox.bytes, outbox.events, outbox.chunks.capacity()), (0, 0, 0));
        }
    }

    #[test]
    fn exactly_full_is_not_too_full() {
        let mut outbox = outbox(2, 10);
        assert_eq!(outbox.push(of("12345"), 1), Ok(()));
        assert_eq!(outbox.push(of("67890"), 1), Ok(()));
        assert_eq!(outbox.push(of("1"), 0), Err(Overrun));
        outbox.advance(5);
        assert_eq!(outbox.push(of("1"), 2), Err(Overrun));
        assert_eq!(outbox.push(of("1"), 1), Ok(()));
        assert_eq!(written(&mut outbox, 100), "678901");
    }

    #[test]
    fn what_is_beyond_the_limits_keeps_its_place() {
        let mut outbox = outbox(1, 3);
        outbox.push_beyond_limits(of("snapshot "), 0);
        assert_eq!(outbox.push(of("1"), 1), Err(Overrun));
        outbox.advance(9);
        assert_eq!(outbox.push(of("1"), 1), Ok(()));
    }

    #[test]
    fn a_cut_leaves_what_has_begun_to_be_written() {
        let mut outbox = outbox(10, 100);
        outbox.push(of("one"), 1).unwrap();
        outbox.push(of("two"), 1).unwrap();
        outbox.advance(1);
        outbox.cut();
        assert_eq!(written(&mut outbox, 100), "ne");
        outbox.push(of("three"), 1).unwrap();
        outbox.cut();
        assert!(outbox.is_empty());
    }

    #[test]
    fn the_rest_of_an_event_waits_even_beyond_the_limits() {
        let mut outbox = outbox(1, 2);
        assert_eq!(outbox.push_rest(of("est"), 1), Err(Overrun));
        outbox.cut();
        assert_eq!(written(&mut outbox, 100), "est");
    }

    #[test]
    fn the_gauge_follows_what_waits_to_the_drop() {
        let stats = Arc::<Stats>::default();
        let mut outbox = Outbox::new(QueueLimits { events: 10, bytes: 100 }, stats.clone());
        outbox.push(of("one two"), 2).unwrap();
        outbox.push(of("three"), 1).unwrap();
        outbox.advance(3);
        assert_eq!(stats.outbox_events.get(), 3);
        outbox.advance(4);
        assert_eq!(stats.outbox_events.get(), 1);
        drop(outbox);
        assert_eq!(stats.outbox_events.get(), 0);
    }
}
