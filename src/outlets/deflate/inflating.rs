//! One deflated message of a client, inflated as it comes in. It must not know frames.

use std::io;

use flate2::{Decompress, FlushDecompress, Status};
use tokio_tungstenite::tungstenite::error::{CapacityError, Error as WsError};

use crate::pipeline::deflate::TAIL;

/// What is inflated at once, in bytes: how far beyond its limit a message is looked at before it is refused.
const PIECE_BYTES: usize = 4096;

/// The message so far.
pub(super) struct Inflating {
    inflater: Decompress,
    message: Vec<u8>,
    max_bytes: usize,
}

impl Inflating {
    /// A message that may have so many bytes.
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { inflater: Decompress::new(false), message: Vec::new(), max_bytes }
    }

    /// Takes the next deflated bytes.
    ///
    /// # Errors
    /// When the message is too large, or the bytes are no deflated data.
    pub(super) fn take(&mut self, mut deflated: &[u8]) -> Result<(), WsError> {
        let mut piece = [0; PIECE_BYTES];
        loop {
            let (read, written) = (self.inflater.total_in(), self.inflater.total_out());
            let status = self
                .inflater
                .decompress(deflated, &mut piece, FlushDecompress::None)
                .map_err(|error| WsError::Io(io::Error::new(io::ErrorKind::InvalidData, error)))?;
            // Both are lengths of slices in memory.
            let read = (self.inflater.total_in() - read) as usize;
            let written = (self.inflater.total_out() - written) as usize;
            deflated = &deflated[read..];
            let size = self.message.len() + written;
            if size > self.max_bytes {
                return Err(too_large(size, self.max_bytes));
            }
            self.message.extend_from_slice(&piece[..written]);
            if status == Status::StreamEnd {
                // A block that is marked as the last one is not the end of the message (RFC 7692 §7.2.3.4).
                self.inflater.reset(false);
            } else if written < PIECE_BYTES && (deflated.is_empty() || read == 0) {
                return Ok(());
            }
        }
    }

    /// The whole message.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub(super) fn end(mut self) -> Result<Vec<u8>, WsError> {
        self.take(&TAIL)?;
        Ok(self.message)
    }
}

/// A message, or a frame of it, is larger than it may be.
pub(super) fn too_large(size: usize, max_size: usize) -> WsError {
    WsError::Capacity(CapacityError::MessageTooLong { size, max_size })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::deflate::deflated;

    fn inflated(bytes: &[u8], max_bytes: usize) -> Result<Vec<u8>, WsError> {
        let mut inflating = Inflating::new(max_bytes);
        inflating.take(bytes)?;
        inflating.end()
    }

    /// The examples of RFC 7692 §7.2.3, each of which says Hello.
    const HELLO: [&[u8]; 5] = [
        &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
        &[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00],
        &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00],
        &[0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00],
        &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00, 0x00, 0xff, 0xff, 0x00],
    ];

    #[test]
    fn every_way_of_saying_it_is_understood_at_any_cut() {
        for bytes in HELLO {
            for cut in 0..=bytes.len() {
                let mut inflating = Inflating::new(5);
                inflating.take(&bytes[..cut]).unwrap();
                inflating.take(&bytes[cut..]).unwrap();
                assert_eq!(inflating.end().unwrap(), b"Hello", "{bytes:x?} cut at {cut}");
            }
        }
    }

    #[test]
    fn a_message_may_be_as_large_as_the_limit_and_not_a_byte_larger() {
        for size in [1000, PIECE_BYTES, 3 * PIECE_BYTES + 1, 1 << 20] {
            let bytes = deflated(&vec![b'x'; size]).unwrap();
            assert_eq!(inflated(&bytes, size).unwrap().len(), size);
            let refused = inflated(&bytes, size - 1).unwrap_err();
            assert!(matches!(refused, WsError::Capacity(_)), "{refused}");
        }
    }

    #[test]
    fn what_is_not_deflated_is_refused() {
        // Blocks of the kind that there is not, a stored length that contradicts itself, a way back before the start.
        for bytes in [&[0x07][..], &[0x00, 0x05, 0x00, 0x05, 0x00], &[0x02, 0x02, 0x00]] {
            let refused = inflated(bytes, 1000).unwrap_err();
            assert!(
                matches!(&refused, WsError::Io(why) if why.kind() == io::ErrorKind::InvalidData),
                "{refused}"
            );
        }
    }
}
