//! The frame around an event on a websocket (RFC 6455 §5.2). It is the same for all who hear the event, so it is made
//! once, with the event's bytes, and what waits for a socket can be joined and written as it is.
//! It must not know who is written to; it is arithmetic on bytes.

use bytes::{BufMut, Bytes, BytesMut};

use super::deflate::deflated;

/// The last fragment of a message that is text: what an event is in JSON.
const FINAL_TEXT: u8 = 0x81;
/// The last fragment of a message that is binary: what an event is in MessagePack.
const FINAL_BINARY: u8 = 0x82;
/// Added to the first byte: the message is deflated (RFC 7692 §6).
const DEFLATED: u8 = 0x40;
/// Lengths up to this stand in the second byte.
const SHORT: usize = 125;
/// In the second byte: the length follows in two bytes.
const TWO_BYTES: u8 = 126;
/// In the second byte: the length follows in eight bytes.
const EIGHT_BYTES: u8 = 127;

/// `payload` as an unmasked text frame, which only a server sends.
pub(super) fn text(payload: &[u8]) -> Bytes {
    framed(FINAL_TEXT, payload)
}

/// `payload` as an unmasked binary frame.
pub(super) fn binary(payload: &[u8]) -> Bytes {
    framed(FINAL_BINARY, payload)
}

/// As [`text`], for readers who have agreed to inflate: deflated where that makes it smaller.
pub(super) fn deflated_text(payload: &[u8]) -> Bytes {
    deflated_or_plain(FINAL_TEXT, payload)
}

/// As [`binary`], for readers who have agreed to inflate: deflated where that makes it smaller.
pub(super) fn deflated_binary(payload: &[u8]) -> Bytes {
    deflated_or_plain(FINAL_BINARY, payload)
}

fn deflated_or_plain(first: u8, payload: &[u8]) -> Bytes {
    match deflated(payload) {
        Some(smaller) => framed(first | DEFLATED, &smaller),
        None => framed(first, payload),
    }
}

fn framed(first: u8, payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(10 + payload.len());
    frame.put_u8(first);
    match payload.len() {
        short @ 0..=SHORT => frame.put_u8(short as u8),
        long => match u16::try_from(long) {
            Ok(length) => {
                frame.put_u8(TWO_BYTES);
                frame.put_u16(length);
            }
            Err(_) => {
                frame.put_u8(EIGHT_BYTES);
                frame.put_u64(long as u64);
            }
        },
    }
    frame.put_slice(payload);
    frame.freeze()
}

/// What [`text`] was made of.
#[cfg(test)]
pub(super) fn payload(frame: &Bytes) -> Bytes {
    let header = match frame.get(1) {
        Some(&TWO_BYTES) => 4,
        Some(&EIGHT_BYTES) => 10,
        _ => 2,
    };
    frame.slice(header.min(frame.len())..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_grows_with_the_length() {
        for (length, header) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let said = vec![b'x'; length];
            let frame = text(&said);
            assert_eq!(frame.len(), header + length);
            assert_eq!(frame[0], FINAL_TEXT);
            assert_eq!(payload(&frame), said);
            let frame = binary(&said);
            assert_eq!((frame.len(), frame[0]), (header + length, FINAL_BINARY));
            assert_eq!(payload(&frame), said);
        }
    }

    #[test]
    fn a_deflated_frame_says_so_and_one_that_would_not_be_smaller_is_plain() {
        let frame = deflated_text(&[b'x'; 500]);
        assert_eq!(frame[0], FINAL_TEXT | DEFLATED);
        assert_eq!(payload(&frame), deflated(&[b'x'; 500]).unwrap());
        assert_eq!(deflated_text(b"short"), text(b"short"));
    }

    #[test]
    fn lengths_are_written_in_network_order() {
        assert_eq!(text(&[b'x'; 5])[..2], [0x81, 5]);
        assert_eq!(text(&[b'x'; 300])[..4], [0x81, 126, 1, 44]);
        assert_eq!(text(&[b'x'; 65_536])[..10], [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }
}
