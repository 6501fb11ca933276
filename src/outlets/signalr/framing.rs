//! Where a message ends: what a client sends may come in pieces, and several messages in one piece.
//! It must not know what a message says.

use bytes::{Bytes, BytesMut};
use memchr::memchr;

use crate::pipeline::messagepack::LONGEST_LENGTH;

/// Ends every message in JSON, and the handshake.
pub(super) const RECORD_SEPARATOR: u8 = 0x1e;

/// Why no message can be made of what has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unframed {
    /// The message is larger than it may be.
    #[error("the message is too large")]
    TooLarge,
    /// It is none.
    #[error("not a message")]
    Broken,
}

/// What has arrived and was not taken out yet.
#[derive(Debug)]
pub struct Incoming {
    bytes: BytesMut,
    /// So many bytes are known to hold no separator.
    searched: usize,
    /// Bytes that a message may have.
    most: usize,
}

impl Incoming {
    /// Nothing has arrived; messages may have `most` bytes.
    pub fn new(most: usize) -> Self {
        Self { bytes: BytesMut::new(), searched: 0, most }
    }

    /// Something has arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes out the next message that ends with a separator, without it.
    ///
    /// # Errors
    /// [`Unframed::TooLarge`].
    pub fn next_text(&mut self) -> Result<Option<Bytes>, Unframed> {
        let end = memchr(RECORD_SEPARATOR, &self.bytes[self.searched..]).map(|found| self.searched + found);
        if end.unwrap_or(self.bytes.len()) > self.most {
            return Err(Unframed::TooLarge);
        }
        let Some(end) = end else {
            self.searched = self.bytes.len();
            return Ok(None);
        };
        let message = self.take(end + 1);
        Ok(Some(message.slice(..end)))
    }

    /// Takes out the next message that comes after its length, without that.
    ///
    /// # Errors
    /// [`Unframed`].
    pub fn next_packed(&mut self) -> Result<Option<Bytes>, Unframed> {
        let Some((length, size)) = length(&self.bytes)? else { return Ok(None) };
        if length > self.most {
            return Err(Unframed::TooLarge);
        }
        if self.bytes.len() < size + length {
            return Ok(None);
        }
        let message = self.take(size + length);
        Ok(Some(message.slice(size..)))
    }

    /// What is left.
    pub fn into_rest(self) -> Bytes {
        self.bytes.freeze()
    }

    fn take(&mut self, count: usize) -> Bytes {
        self.searched = 0;
        if self.bytes.len() == count {
            // A silent client costs no memory for what it said once.
            return std::mem::take(&mut self.bytes).freeze();
        }
        self.bytes.split_to(count).freeze()
    }
}

/// The length at the beginning of `bytes`, seven bits in each byte and the lowest first, and how many bytes it takes;
/// `None` while it is not complete.
fn length(bytes: &[u8]) -> Result<Option<(usize, usize)>, Unframed> {
    let mut length = 0_u64;
    for (place, byte) in bytes.iter().take(LONGEST_LENGTH).enumerate() {
        length |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            let length = usize::try_from(length).map_err(|_| Unframed::TooLarge)?;
            return Ok(Some((length, place + 1)));
        }
    }
    if bytes.len() >= LONGEST_LENGTH { Err(Unframed::Broken) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pipeline::messagepack::MessagePack;

    const MOST: usize = 300;

    fn packed(text: &str) -> Vec<u8> {
        let mut pack = MessagePack::default();
        pack.text(text);
        pack.into_message()
    }

    #[test]
    fn a_message_may_be_as_large_as_the_limit_and_no_larger() {
        let mut incoming = Incoming::new(3);
        incoming.push(b"abc\x1eabcd");
        assert_eq!(incoming.next_text(), Ok(Some(Bytes::from("abc"))));
        assert_eq!(incoming.next_text(), Err(Unframed::TooLarge));

        let mut incoming = Incoming::new(3);
        incoming.push(b"\x03abc\x04");
        assert_eq!(incoming.next_packed(), Ok(Some(Bytes::from("abc"))));
        assert_eq!(incoming.next_packed(), Err(Unframed::TooLarge));
    }

    #[test]
    fn a_length_that_does_not_end_is_broken() {
        let mut incoming = Incoming::new(MOST);
        incoming.push(&[0x80; 4]);
        assert_eq!(incoming.next_packed(), Ok(None));
        incoming.push(&[0x80]);
        assert_eq!(incoming.next_packed(), Err(Unframed::Broken));
        let mut incoming = Incoming::new(MOST);
        incoming.push(&[0xff, 0xff, 0xff, 0xff, 0x07]);
        assert_eq!(incoming.next_packed(), Err(Unframed::TooLarge));
    }

    #[test]
    fn what_is_not_complete_waits_for_its_rest() {
        let mut incoming = Incoming::new(MOST);
        incoming.push(b"\x03ab");
        assert_eq!(incoming.next_packed(), Ok(None));
        incoming.push(b"c\x00");
        assert_eq!(incoming.next_packed(), Ok(Some(Bytes::from("abc"))));
        assert_eq!(incoming.next_packed(), Ok(Some(Bytes::new())));
        assert_eq!(incoming.next_packed(), Ok(None));
    }

    /// Pushes `bytes` in pieces of these sizes, over and over, and takes out what is complete after each.
    fn in_pieces(
        bytes: &[u8],
        sizes: &[usize],
        mut next: impl FnMut(&mut Incoming) -> Result<Option<Bytes>, Unframed>,
    ) -> Vec<Bytes> {
        let (mut incoming, mut found, mut rest) = (Incoming::new(MOST), Vec::new(), bytes);
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at((*size).min(rest.len()));
            rest = after;
            incoming.push(piece);
            while let Some(message) = next(&mut incoming).unwrap() {
                found.push(message);
            }
        }
        assert!(incoming.bytes.is_empty());
        found
    }

    proptest! {
        #[test]
        fn messages_are_the_same_in_whatever_pieces_they_come(
            texts in prop::collection::vec("[a-z]{0,200}", 0..8),
            sizes in prop::collection::vec(1..400_usize, 1..8),
        ) {
            let ended: Vec<u8> = texts.iter().flat_map(|text| [text.as_bytes(), b"\x1e"].concat()).collect();
            let found = in_pieces(&ended, &sizes, Incoming::next_text);
            prop_assert_eq!(&found, &texts.iter().map(|text| Bytes::from(text.clone())).collect::<Vec<_>>());

            let messages: Vec<_> = texts.iter().map(|text| packed(text)).collect();
            let found = in_pieces(&messages.concat(), &sizes, Incoming::next_packed);
            let bodies = messages.iter().map(|message| {
                let (length, size) = length(message).unwrap().unwrap();
                assert_eq!(message.len(), size + length);
                Bytes::copy_from_slice(&message[size..])
            });
            prop_assert_eq!(found, bodies.collect::<Vec<_>>());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut incoming = Incoming::new(MOST);
            incoming.push(&bytes);
            while let Ok(Some(_)) = incoming.next_packed() {}
            while let Ok(Some(_)) = incoming.next_text() {}
        }
    }
}
