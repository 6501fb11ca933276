//! A batch: publications that reach the followers of one topic together, and their bytes joined once for all of them.
//! It must not know who follows, nor what the bytes mean.

use std::any::Any;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::hearing::Ears;
use super::per_format::PerFormat;
use super::{Publication, WireFormat};
use crate::domain::order::Position;

/// Bytes up to which publications are joined into one chunk. One write takes about so much from a socket that keeps
/// up, and a publication that is larger gains nothing by being copied.
const CHUNK_BYTES: usize = 256 * 1024;

/// Something to be let go of once everybody was given a batch: whoever waits for that waits for its drop.
pub type Held = Arc<dyn Any + Send + Sync>;

/// Publications of one topic, in order and never none.
pub struct Batch {
    publications: Vec<Arc<Publication>>,
    /// Filled when the first subscriber of a format needs it.
    joined: PerFormat<Box<[Chunk]>>,
    _held: Vec<Held>,
}

/// Consecutive events of a batch, joined.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Their bytes, one event after the other.
    pub bytes: Bytes,
    /// How many they are.
    pub events: usize,
    /// The position that a reader has reached with the last of them; 0 where they have none.
    pub reaches: Position,
    /// Who hears when a reader has taken them.
    pub ears: Ears,
}

impl Chunk {
    fn of(publications: &[Arc<Publication>], format: WireFormat) -> Self {
        let last = publications.last().and_then(|last| last.stamp().position());
        Self {
            bytes: concatenated(publications, format),
            events: publications.len(),
            reaches: last.unwrap_or_default(),
            ears: Ears::of(publications.iter().filter_map(|one| one.ear())),
        }
    }
}

impl Batch {
    /// A batch of `publications`; `held` is let go of with it.
    pub fn new(publications: Vec<Arc<Publication>>, held: Vec<Held>) -> Arc<Self> {
        Arc::new(Self { publications, joined: PerFormat::new(), _held: held })
    }

    /// Several batches as one. They are not let go of by this.
    pub(super) fn join<'a>(batches: impl IntoIterator<Item = &'a Arc<Self>>) -> Arc<Self> {
        let publications = batches.into_iter().flat_map(|batch| batch.publications.iter().cloned());
        Self::new(publications.collect(), Vec::new())
    }

    /// Its publications, in order.
    pub fn publications(&self) -> &[Arc<Publication>] {
        &self.publications
    }

    /// The position that a reader has reached with the first of it; `None` for engagement events.
    pub fn first_position(&self) -> Option<Position> {
        self.publications.first()?.stamp().position()
    }

    /// All of it in `format`, joined on first use.
    #[inline]
    pub fn chunks(&self, format: WireFormat) -> &[Chunk] {
        self.joined.get_or_make(format, || joined(&self.publications, format))
    }
}

fn joined(publications: &[Arc<Publication>], format: WireFormat) -> Box<[Chunk]> {
    if publications.len() == 1 {
        return Box::new([Chunk::of(publications, format)]);
    }
    let mut chunks = Vec::new();
    let mut rest = publications;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fitting = rest.iter().take_while(|publication| {
            bytes += publication.bytes(format).len();
            bytes <= CHUNK_BYTES
        });
        let events = fitting.count().max(1);
        let (chunk, others) = rest.split_at(events);
        chunks.push(Chunk::of(chunk, format));
        rest = others;
    }
    chunks.into()
}

fn concatenated(publications: &[Arc<Publication>], format: WireFormat) -> Bytes {
    if let [only] = publications {
        return only.bytes(format).clone();
    }
    let mut joined = BytesMut::with_capacity(publications.iter().map(|one| one.bytes(format).len()).sum());
    for publication in publications {
        joined.extend_from_slice(publication.bytes(format));
    }
    joined.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::Stamp;
    use crate::broker::testing::{Blank, event, event_of_size, numbers};

    const FORMAT: WireFormat = WireFormat::Direct;

    /// How many events and bytes the chunks of a batch have.
    fn sizes(batch: &Batch) -> Vec<(usize, usize)> {
        batch.chunks(FORMAT).iter().map(|chunk| (chunk.events, chunk.bytes.len())).collect()
    }

    #[test]
    fn what_fits_is_one_chunk() {
        let batch =
            Batch::new(vec![event_of_size(1, 10), event_of_size(2, 20), event_of_size(3, 30)], vec![]);
        assert_eq!(sizes(&batch), [(3, 60)]);
    }

    #[test]
    fn a_chunk_ends_at_its_limit_and_not_in_an_event() {
        let half = CHUNK_BYTES / 2;
        let batch =
            Batch::new(vec![event_of_size(1, half), event_of_size(2, half), event_of_size(3, 1)], vec![]);
        assert_eq!(sizes(&batch), [(2, CHUNK_BYTES), (1, 1)]);
    }

    #[test]
    fn a_large_event_is_shared_and_not_copied() {
        let large = event_of_size(1, CHUNK_BYTES + 1);
        let batch = Batch::new(vec![large.clone(), event(2)], vec![]);
        assert_eq!(sizes(&batch), [(1, CHUNK_BYTES + 1), (1, 1)]);
        assert_eq!(batch.chunks(FORMAT)[0].bytes.as_ptr(), large.bytes(FORMAT).as_ptr());
    }

    #[test]
    fn a_chunk_tells_how_far_a_reader_has_come_with_it() {
        let at = |position| {
            let stamp = Stamp::Activity { position: Position(position) };
            Publication::new(stamp, Box::new(Blank(CHUNK_BYTES / 2)))
        };
        let batch = Batch::new(vec![at(3), at(5), at(8)], vec![]);
        let reached: Vec<_> = batch.chunks(FORMAT).iter().map(|chunk| chunk.reaches.0).collect();
        assert_eq!(reached, [5, 8]);
        assert_eq!(Batch::new(vec![event(1)], vec![]).chunks(FORMAT)[0].reaches, Position(0));
    }

    #[test]
    fn joining_keeps_the_order_and_what_the_parts_hold() {
        let held: Held = Arc::new(());
        let parts =
            [Batch::new(vec![event(1), event(2)], vec![held.clone()]), Batch::new(vec![event(3)], vec![])];
        let whole = Batch::join(&parts);
        assert_eq!(numbers(whole.publications()), [1, 2, 3]);
        drop(whole);
        assert_eq!(Arc::strong_count(&held), 2);
        drop(parts);
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
