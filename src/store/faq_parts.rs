//! Nodes of an edition as they are kept: some at a time, packed into one value, so that a large edition is a few
//! writes and little to write.
//! Knows neither stores nor what is in force.

use std::io::{self, Read};

use bytes::Bytes;
use flate2::read::ZlibDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};

use crate::domain::faq::FaqNode;
use crate::domain::ids::FaqEditionId;

/// Bytes of nodes that are packed together, about: more would be smaller in all, and take longer to find one node in.
const PART_BYTES: usize = 16 << 10;

/// Nodes of an edition that follow each other, packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaqPartRecord {
    /// Their edition.
    pub edition: FaqEditionId,
    /// The place of the first of them in it, counted from 0; the others follow.
    pub first: usize,
    /// How many there are; at least one.
    pub count: usize,
    /// The nodes: a line of JSON each, deflated, with zlib's checksum.
    pub packed: Bytes,
}

impl FaqPartRecord {
    /// Its nodes, from a place of the edition on.
    ///
    /// # Errors
    /// When what was packed has been damaged.
    pub(super) fn nodes_from(&self, place: usize) -> impl Iterator<Item = io::Result<FaqNode>> + use<> {
        let skipped = place.saturating_sub(self.first);
        let mut lines = Vec::new();
        let read = ZlibDecoder::new(&*self.packed).read_to_end(&mut lines);
        let mut ends = memchr::memchr_iter(b'\n', &lines);
        let mut at = match skipped.checked_sub(1) {
            Some(last) => ends.nth(last).map_or(lines.len(), |end| end + 1),
            None => 0,
        };
        let nodes = std::iter::from_fn(move || {
            let rest = &lines[at..];
            let end = memchr::memchr(b'\n', rest)?;
            at += end + 1;
            Some(node(&rest[..end]))
        });
        read.err().map(Err).into_iter().chain(nodes)
    }
}

/// The node of a line.
fn node(line: &[u8]) -> io::Result<FaqNode> {
    let (name, questions, answers) = serde_json::from_slice(line)?;
    Ok(FaqNode { name, questions, answers })
}

/// Packs the nodes of one edition, one after the other. Takes a few microseconds a node.
pub struct Packing {
    edition: FaqEditionId,
    /// The place of the first node that is not in a part yet.
    first: usize,
    count: usize,
    lines: Vec<u8>,
    compress: Compress,
}

impl Packing {
    /// An edition that has no nodes yet.
    pub fn of(edition: FaqEditionId) -> Self {
        let compress = Compress::new(Compression::fast(), true);
        Self { edition, first: 0, count: 0, lines: Vec::new(), compress }
    }

    /// Adds the next node; the part that is full with it, if one is.
    pub fn add(&mut self, node: &FaqNode) -> Option<FaqPartRecord> {
        let FaqNode { name, questions, answers } = node;
        serde_json::to_writer(&mut self.lines, &(name, questions, answers))
            .expect("texts and lists of them can be written as JSON, and memory takes them");
        self.lines.push(b'\n');
        self.count += 1;
        if self.lines.len() < PART_BYTES { None } else { Some(self.pack()) }
    }

    /// The last part, with what is not in another one.
    pub fn finish(mut self) -> Option<FaqPartRecord> {
        if self.count == 0 { None } else { Some(self.pack()) }
    }

    /// The parts of an edition of these nodes and no others.
    pub fn all<'a>(mut self, nodes: impl IntoIterator<Item = &'a FaqNode>) -> Vec<FaqPartRecord> {
        let mut parts: Vec<_> = nodes.into_iter().filter_map(|node| self.add(node)).collect();
        parts.extend(self.finish());
        parts
    }

    fn pack(&mut self) -> FaqPartRecord {
        let mut packed = Vec::new();
        self.compress.reset();
        let mut status = Status::Ok;
        while status != Status::StreamEnd {
            let taken = self.compress.total_in() as usize;
            packed.reserve(self.lines.len() / 2 + 64);
            status = self
                .compress
                .compress_vec(&self.lines[taken..], &mut packed, FlushCompress::Finish)
                .expect("there is room, and all that is there is handed in");
        }
        packed.shrink_to_fit();
        let (first, count) = (self.first, self.count);
        self.first += count;
        self.count = 0;
        self.lines.clear();
        FaqPartRecord { edition: self.edition, first, count, packed: packed.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(number: usize) -> FaqNode {
        let questions = vec![format!("question {number}?\n\"really\""), "日本 👩‍🚀".to_owned()];
        FaqNode { name: format!("node {number}"), questions, answers: vec!["answer".repeat(number % 50)] }
    }

    fn unpacked(parts: &[FaqPartRecord], place: usize) -> Vec<FaqNode> {
        let rest = parts.iter().filter(|part| part.first + part.count > place);
        rest.flat_map(|part| part.nodes_from(place)).collect::<io::Result<_>>().unwrap()
    }

    #[test]
    fn nodes_come_out_as_they_went_in_from_any_place_on() {
        let nodes: Vec<FaqNode> = (0..1_000).map(numbered).collect();
        let parts = Packing::of(FaqEditionId::new()).all(&nodes);
        assert!(parts.len() > 2, "{} parts", parts.len());
        for place in [0, 1, 499, parts[1].first - 1, parts[1].first, 999, 1_000] {
            assert_eq!(unpacked(&parts, place), nodes[place..], "from {place}");
        }
    }

    #[test]
    fn parts_follow_each_other_and_each_has_some() {
        let parts = Packing::of(FaqEditionId::new()).all(&(0..1_000).map(numbered).collect::<Vec<_>>());
        let mut next = 0;
        for part in &parts {
            assert_eq!(part.first, next);
            assert!(part.count > 0);
            next += part.count;
        }
        assert_eq!(next, 1_000);
    }

    #[test]
    fn a_node_larger_than_a_part_is_one_and_no_nodes_are_none() {
        let large = FaqNode { answers: vec!["x".repeat(5 * PART_BYTES)], ..numbered(0) };
        let parts = Packing::of(FaqEditionId::new()).all([&large, &numbered(1)]);
        assert_eq!(parts.iter().map(|part| part.count).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(unpacked(&parts, 0), [large, numbered(1)]);
        assert_eq!(Packing::of(FaqEditionId::new()).all([]), []);
    }

    #[test]
    fn nodes_that_cannot_be_packed_smaller_are_packed_whole() {
        let noise: String =
            (0..40_000_u64).map(|n| char::from(b' ' + (n * n * 2_654_435_761 % 90) as u8)).collect();
        let nodes = [FaqNode { answers: vec![noise], ..numbered(0) }];
        assert_eq!(unpacked(&Packing::of(FaqEditionId::new()).all(&nodes), 0), nodes);
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let mut part = Packing::of(FaqEditionId::new()).all(&[numbered(7)]).remove(0);
        let mut packed = part.packed.to_vec();
        let last = packed.len() - 1;
        packed[last] ^= 1;
        part.packed = packed.into();
        assert!(part.nodes_from(0).next().unwrap().is_err());
    }
}
