//! A publication: one event on its way to its subscribers, serialised once per wire format.
//! It must not know what the bytes mean; making them is the work of the [`Encode`] it carries.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::hearing::{Ears, HearTaken};
use super::per_format::PerFormat;
use crate::domain::order::{EventId, Position};
use crate::domain::subscription::WatchedEvent;

/// A form in which subscribers receive events. Two subscribers of one format share one buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WireFormat {
    /// The Direct outbound payload in a text frame, as the plain websocket carries it.
    Direct,
    /// The payload inside a SignalR invocation of the JSON protocol, in a text frame.
    SignalrJson,
    /// An event as version 3 of the streaming API lists it.
    StreamV3,
    /// An event as version 2 of the streaming API lists it.
    StreamV2,
    /// As [`Direct`](Self::Direct), deflated for sockets that have agreed on it.
    DirectDeflated,
    /// As [`SignalrJson`](Self::SignalrJson), deflated for sockets that have agreed on it.
    SignalrJsonDeflated,
    /// The same without a frame, for polls and streams.
    SignalrJsonBare,
    /// The payload inside a SignalR invocation of the MessagePack protocol, in a binary frame.
    SignalrPack,
    /// The same, deflated for sockets that have agreed on it.
    SignalrPackDeflated,
    /// The same without a frame, for polls.
    SignalrPackBare,
    /// As [`StreamV3`](Self::StreamV3) in a text frame, deflated for sockets that have agreed on it.
    StreamV3Deflated,
    /// As [`Direct`](Self::Direct) without a frame, for who has no socket.
    DirectBare,
}

impl WireFormat {
    /// How many formats there are; a format's [`index`](Self::index) is below it.
    pub const COUNT: usize = Self::DirectBare as usize + 1;

    /// How many formats are in use on every broker; their indices are below it, and those of the others are not.
    pub(super) const COMMON: usize = Self::StreamV3 as usize + 1;

    /// The format's place in a table with one entry per format.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The format of the same events that are not deflated. Who has agreed on deflating reads both.
    pub const fn not_deflated(self) -> Self {
        match self {
            Self::DirectDeflated => Self::Direct,
            Self::SignalrJsonDeflated => Self::SignalrJson,
            Self::SignalrPackDeflated => Self::SignalrPack,
            // `StreamV3` has no frame, and nothing of a session is replayed on a line.
            other => other,
        }
    }
}

/// What a publication's bytes are made from.
///
/// An implementation is asked at most once per format, by whichever thread needs the bytes first, and only
/// for the formats of subscribers that follow the topics it is published on.
pub trait Encode: Send + Sync {
    /// The event's bytes in `format`, complete and ready to be written.
    fn encode(&self, format: WireFormat) -> Bytes;

    /// Who hears when a reader has taken it: nobody, unless the source says otherwise.
    fn ear(&self) -> Option<&Arc<dyn HearTaken>> {
        None
    }
}

/// A source of which somebody wants to hear when a reader has taken it. Hardly any publication has one, so it is the
/// source that is wrapped: the others carry nothing of it.
struct Heard {
    ear: Arc<dyn HearTaken>,
    source: Box<dyn Encode>,
}

impl Encode for Heard {
    fn encode(&self, format: WireFormat) -> Bytes {
        self.source.encode(format)
    }

    fn ear(&self) -> Option<&Arc<dyn HearTaken>> {
        Some(&self.ear)
    }
}

/// What orders a publication among others, and what a reader resumes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// A kept activity, at a position of its own.
    Activity {
        /// Its place in the organization's order.
        position: Position,
    },
    /// An activity that is never replayed, such as typing.
    Transient {
        /// The position of the last kept activity before it, which it shares.
        position: Position,
    },
    /// An engagement event, as streaming sessions hear it.
    Event(EventId),
}

impl Stamp {
    /// The engagement event's id; `None` for activities.
    pub fn event_id(self) -> Option<EventId> {
        match self {
            Self::Event(id) => Some(id),
            Self::Activity { .. } | Self::Transient { .. } => None,
        }
    }

    /// The position a reader has reached with this publication; `None` for engagement events.
    pub fn position(self) -> Option<Position> {
        match self {
            Self::Activity { position } | Self::Transient { position } => Some(position),
            Self::Event(_) => None,
        }
    }
}

/// One event, shared by everyone who hears it.
pub struct Publication {
    stamp: Stamp,
    /// Tells those who watch for some events only whether this is one.
    watched: Option<WatchedEvent>,
    source: Box<dyn Encode>,
    /// Filled when the first subscriber of a format needs it.
    encodings: PerFormat<Bytes>,
}

impl Publication {
    /// A publication that has not been encoded yet.
    pub fn new(stamp: Stamp, source: Box<dyn Encode>) -> Arc<Self> {
        Self::with(stamp, None, source)
    }

    /// A publication of which somebody wants to hear when a reader has taken it.
    pub fn heard_by(ear: Arc<dyn HearTaken>, stamp: Stamp, source: Box<dyn Encode>) -> Arc<Self> {
        Self::with(stamp, None, Box::new(Heard { ear, source }))
    }

    /// A publication that is only for those who watch for `event`.
    pub fn watched(stamp: Stamp, event: WatchedEvent, source: Box<dyn Encode>) -> Arc<Self> {
        Self::with(stamp, Some(event), source)
    }

    fn with(stamp: Stamp, watched: Option<WatchedEvent>, source: Box<dyn Encode>) -> Arc<Self> {
        Arc::new(Self { stamp, watched, source, encodings: PerFormat::new() })
    }

    /// Who hears when a reader has taken it.
    pub(super) fn ear(&self) -> Option<&Arc<dyn HearTaken>> {
        self.source.ear()
    }

    /// The same, as of something that a line sends by itself.
    pub fn ears(&self) -> Ears {
        Ears::of(self.ear().into_iter())
    }

    /// The bytes in `format`, encoded on first use; cloning them copies nothing.
    #[inline]
    pub fn bytes(&self, format: WireFormat) -> &Bytes {
        self.encodings.get_or_make(format, || self.source.encode(format))
    }

    /// The event that it is, if it is only for those who watch for it.
    pub fn watched_event(&self) -> Option<WatchedEvent> {
        self.watched
    }

    /// What orders it.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }
}

impl fmt::Debug for Publication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publication").field("stamp", &self.stamp).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use proptest::prelude::*;

    use super::*;

    struct Counting(Arc<AtomicUsize>);

    impl Encode for Counting {
        fn encode(&self, format: WireFormat) -> Bytes {
            self.0.fetch_add(1, Ordering::SeqCst);
            Bytes::from(format!("{format:?}"))
        }
    }

    #[test]
    fn each_format_is_encoded_once_and_shared() {
        let count = Arc::new(AtomicUsize::new(0));
        let stamp = Stamp::Activity { position: Position(1) };
        let publication = Publication::new(stamp, Box::new(Counting(count.clone())));
        let first = publication.bytes(WireFormat::Direct).clone();
        let second = publication.bytes(WireFormat::Direct).clone();
        assert_eq!(first.as_ptr(), second.as_ptr());
        assert_eq!(publication.bytes(WireFormat::StreamV3), "StreamV3");
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn every_format_has_bytes_of_its_own() {
        use WireFormat::*;
        let formats = [
            Direct,
            SignalrJson,
            StreamV3,
            StreamV2,
            DirectDeflated,
            SignalrJsonDeflated,
            SignalrJsonBare,
            SignalrPack,
            SignalrPackDeflated,
            SignalrPackBare,
            StreamV3Deflated,
            DirectBare,
        ];
        assert_eq!(formats.map(WireFormat::index).to_vec(), (0..WireFormat::COUNT).collect::<Vec<_>>());
        let count = Arc::new(AtomicUsize::new(0));
        let stamp = Stamp::Activity { position: Position(1) };
        let publication = Publication::new(stamp, Box::new(Counting(count.clone())));
        for format in formats.into_iter().chain(formats) {
            assert_eq!(publication.bytes(format), format!("{format:?}").as_bytes());
        }
        assert_eq!(count.load(Ordering::SeqCst), WireFormat::COUNT);
    }

    #[test]
    fn formats_that_nobody_asks_for_cost_a_publication_next_to_nothing() {
        let cell = size_of::<std::sync::OnceLock<Bytes>>();
        assert!(size_of::<Publication>() < 5 * cell, "{} bytes", size_of::<Publication>());
    }

    #[test]
    fn threads_that_race_for_a_format_share_one_encoding() {
        let count = Arc::new(AtomicUsize::new(0));
        let stamp = Stamp::Transient { position: Position(1) };
        let publication = Publication::new(stamp, Box::new(Counting(count.clone())));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| publication.bytes(WireFormat::SignalrJson));
            }
        });
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_stamp_shows_its_event_id_or_its_position() {
        let id = EventId { ms: 5, n: 1 };
        assert_eq!(Stamp::Event(id).event_id(), Some(id));
        assert_eq!(Stamp::Event(id).position(), None);
        assert_eq!(Stamp::Transient { position: Position(4) }.position(), Some(Position(4)));
        assert_eq!(Stamp::Activity { position: Position(4) }.event_id(), None);
    }

    proptest! {
        #[test]
        fn an_event_id_survives_its_text(ms in 0..i64::MAX, n: u32) {
            let id = EventId { ms, n };
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        #[test]
        fn event_ids_order_by_time_then_number(a in (0..4i64, 0..4u32), b in (0..4i64, 0..4u32)) {
            let (left, right) = (EventId { ms: a.0, n: a.1 }, EventId { ms: b.0, n: b.1 });
            prop_assert_eq!(left.cmp(&right), a.cmp(&b));
        }
    }
}
