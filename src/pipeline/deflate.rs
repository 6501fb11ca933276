//! Deflating what goes out on websockets (RFC 7692): each message by itself, so that its bytes are right for whoever
//! hears it, whatever that reader heard before.
//! It must not know frames, nor who has agreed to be written to like this.

use std::cell::RefCell;

use flate2::{Compress, Compression, FlushCompress};

/// How far back, as a power of two of bytes, repetitions are looked for. All readers get the same bytes, so this is
/// what the most modest of the usual clients asks for: 4 KiB, which an event seldom exceeds.
pub const WINDOW_BITS: u8 = 12;

/// What ends a deflated message and is left out on the wire (RFC 7692 §7.2.1): an empty block.
pub const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

thread_local! {
    /// One for each thread that publishes. It takes some hundred kilobytes, which cost more to make than a message.
    static DEFLATER: RefCell<Compress> =
        RefCell::new(Compress::new_with_window_bits(Compression::default(), false, WINDOW_BITS));
}

/// `message` deflated, without its tail; none where that would not be smaller.
pub fn deflated(message: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(message.len() + TAIL.len());
    DEFLATER.with_borrow_mut(|deflater| {
        deflater.reset();
        deflater.compress_vec(message, &mut bytes, FlushCompress::Sync).ok()
    })?;
    // Where the room was used up, there may be more to come.
    if bytes.len() == bytes.capacity() || bytes.len() >= message.len() + TAIL.len() {
        return None;
    }
    bytes.truncate(bytes.len() - TAIL.len());
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use flate2::{Decompress, FlushDecompress};
    use proptest::prelude::*;

    use super::*;

    /// What a reader with the smallest window that is agreed on makes of it.
    fn inflated(bytes: &[u8]) -> Vec<u8> {
        let whole = [bytes, &TAIL].concat();
        let mut message = Vec::with_capacity(1 << 20);
        let mut reader = Decompress::new_with_window_bits(false, WINDOW_BITS);
        reader.decompress_vec(&whole, &mut message, FlushDecompress::Sync).unwrap();
        assert_eq!(reader.total_in(), whole.len() as u64, "all of it is read");
        message
    }

    #[test]
    fn a_message_does_not_depend_on_the_ones_before_it() {
        let message = r#"{"type":"message","message":{"type":"text"}}"#.repeat(3);
        let first = deflated(message.as_bytes()).unwrap();
        deflated(b"something else that is long enough to be deflated, else, else, else").unwrap();
        assert_eq!(deflated(message.as_bytes()).unwrap(), first);
    }

    #[test]
    fn what_would_not_get_smaller_is_left_as_it_is() {
        for message in ["", "a", r#"{"type":6}"#, "0123456789abcdefghijklmnopqrstuvwxyz"] {
            assert_eq!(deflated(message.as_bytes()), None, "{message}");
        }
    }

    proptest! {
        #[test]
        fn what_is_deflated_is_smaller_and_is_read_as_it_was(
            words in prop::collection::vec("[a-z]{1,8}|\\PC{1,30}", 0..300),
            repeats in 1..50usize,
        ) {
            let message = words.join(" ").repeat(repeats);
            if let Some(bytes) = deflated(message.as_bytes()) {
                prop_assert!(bytes.len() < message.len());
                prop_assert!(inflated(&bytes) == message.as_bytes());
            }
        }
    }
}
