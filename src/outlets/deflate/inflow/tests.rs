//! What becomes of a client's bytes, as whoever reads on understands them.

use std::collections::VecDeque;
use std::io::{self, Read, Write};

use proptest::prelude::*;
use tokio_tungstenite::tungstenite::Message as Heard;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};

use super::*;
use crate::pipeline::deflate::deflated;

const MAX: usize = 10_000;
const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const PING: u8 = 9;
const FINAL: u8 = 0x80;
const RSV1: u8 = 0x40;
const RSV2: u8 = 0x20;

/// A masked frame as clients send it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let mut bytes = vec![first];
    match u16::try_from(payload.len()) {
        Ok(length @ 0..=125) => bytes.push(0x80 | length as u8),
        Ok(length) => {
            bytes.push(0x80 | 126);
            bytes.extend(length.to_be_bytes());
        }
        Err(_) => {
            bytes.push(0x80 | 127);
            bytes.extend((payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

/// Bytes that can be read and not waited for.
struct Arrived(VecDeque<u8>);

impl Read for Arrived {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() { Err(io::ErrorKind::WouldBlock.into()) } else { self.0.read(into) }
    }
}

impl Write for Arrived {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is heard of pieces that arrive one after the other, up to what is refused.
fn heard<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> (Vec<Heard>, Option<WsError>) {
    let config = WebSocketConfig::default().max_message_size(Some(MAX)).max_frame_size(Some(MAX));
    let mut reader = WebSocketContext::new(Role::Server, Some(config));
    let mut inflow = Inflow::new(MAX);
    let mut messages = Vec::new();
    let mut pieces = pieces.into_iter().map(<[u8]>::to_vec);
    while let Some(piece) = inflow.take_later().or_else(|| pieces.next()) {
        let mut plain = Vec::new();
        let inflated = inflow.read(&piece, &mut plain);
        // A message and what stands in a frame's head around it, and no more than that beyond the limit.
        assert!(plain.len() <= 2 * MAX + 14, "{} bytes at once", plain.len());
        let mut arrived = Arrived(plain.into());
        loop {
            match reader.read(&mut arrived) {
                Ok(message) => messages.push(message),
                Err(WsError::Io(why)) if why.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return (messages, Some(error)),
            }
        }
        if let Err(error) = inflated {
            return (messages, Some(error));
        }
    }
    (messages, None)
}

/// One message of a client, and how it sends it.
#[derive(Clone, Debug)]
struct Said {
    text: String,
    is_deflated: bool,
    /// Where its bytes are cut into fragments, each with whether a ping comes after it.
    cuts: Vec<(prop::sample::Index, bool)>,
}

impl Said {
    fn any() -> impl Strategy<Value = Self> {
        let text = prop_oneof!["\\PC{0,200}", "[ab]{0,2000}".prop_map(|text| text.repeat(3))];
        let cuts = prop::collection::vec(any::<(prop::sample::Index, bool)>(), 0..4);
        (text, any::<bool>(), cuts).prop_map(|(text, is_deflated, cuts)| Self { text, is_deflated, cuts })
    }

    /// Appends the frames that it is sent in, and what is to be heard of them.
    fn send(&self, bytes: &mut Vec<u8>, expected: &mut Vec<Heard>) {
        let smaller = if self.is_deflated { deflated(self.text.as_bytes()) } else { None };
        let mark = if smaller.is_some() { RSV1 } else { 0 };
        let payload = smaller.unwrap_or_else(|| self.text.clone().into_bytes());
        let mut cuts: Vec<_> =
            self.cuts.iter().map(|(at, pings)| (at.index(payload.len() + 1), *pings)).collect();
        cuts.sort_unstable();
        let (mut from, mut first) = (0, TEXT | mark);
        for (at, pings) in cuts {
            bytes.extend(frame(first, &payload[from..at]));
            (from, first) = (at, CONTINUATION);
            if pings {
                bytes.extend(frame(FINAL | PING, b"?"));
                expected.push(Heard::Ping("?".into()));
            }
        }
        bytes.extend(frame(FINAL | first, &payload[from..]));
        expected.push(Heard::text(self.text.clone()));
    }
}

proptest! {
    #[test]
    fn whatever_is_deflated_or_fragmented_and_however_it_arrives_it_is_heard_as_it_was_said(
        said in prop::collection::vec(Said::any(), 1..6),
        piece in 1..3000usize,
    ) {
        let (mut bytes, mut expected) = (Vec::new(), Vec::new());
        for one in &said {
            one.send(&mut bytes, &mut expected);
        }
        let (messages, refused) = heard(bytes.chunks(piece));
        prop_assert_eq!(messages, expected);
        prop_assert!(refused.is_none(), "{:?}", refused);
    }

    #[test]
    fn of_bytes_that_mean_nothing_the_same_is_heard_however_they_arrive(
        bytes in prop::collection::vec(any::<u8>(), 0..500),
        piece in 1..50usize,
    ) {
        let (whole, refused_whole) = heard([&bytes[..]]);
        let (pieces, refused) = heard(bytes.chunks(piece));
        prop_assert_eq!(pieces, whole);
        prop_assert_eq!(refused.is_some(), refused_whole.is_some());
    }
}

#[test]
fn a_binary_message_stays_one() {
    let words = [b'x'; 100];
    let bytes = frame(FINAL | RSV1 | BINARY, &deflated(&words).unwrap());
    assert_eq!(heard([&bytes[..]]).0, [Heard::binary(words.to_vec())]);
}

#[test]
fn between_messages_nothing_is_kept() {
    let mut inflow = Inflow::new(MAX);
    let bytes = frame(FINAL | RSV1 | TEXT, &deflated(&[b'x'; 100]).unwrap());
    inflow.read(&bytes, &mut Vec::new()).unwrap();
    assert!(inflow.message.is_none());
    assert!(matches!(&inflow.place, Place::Head(head) if head.capacity() == 0));
}

#[test]
fn what_breaks_the_protocol_is_refused() {
    let small = deflated(&[b'x'; 100]).unwrap();
    let begun = frame(RSV1 | TEXT, &small);
    let plain_begun = frame(TEXT, b"plain");
    let unmasked = [&[FINAL | RSV1 | TEXT, small.len() as u8], &small[..]].concat();
    for (what, bytes) in [
        ("a mark on a continuation", [&begun[..], &frame(FINAL | RSV1 | CONTINUATION, &small)].concat()),
        ("a mark on a plain message's rest", [plain_begun.clone(), frame(FINAL | RSV1, b"")].concat()),
        ("a mark on a control frame", frame(FINAL | RSV1 | PING, b"?")),
        ("a second mark", frame(FINAL | RSV1 | RSV2 | TEXT, &small)),
        ("another mark", frame(FINAL | RSV2 | TEXT, &small)),
        ("no mask", unmasked),
        ("a message within a message", [begun.clone(), frame(FINAL | TEXT, b"plain")].concat()),
        ("a deflated message within a message", [begun.clone(), begun.clone()].concat()),
        ("a deflated message within a plain one", [plain_begun, frame(FINAL | RSV1 | TEXT, &small)].concat()),
        ("a rest of nothing", frame(FINAL | CONTINUATION, &small)),
        ("a kind that there is not", frame(FINAL | RSV1 | 3, &small)),
    ] {
        let (messages, refused) = heard([&bytes[..]]);
        assert_eq!(messages, [], "{what}");
        assert!(matches!(refused, Some(WsError::Protocol(_))), "{what}: {refused:?}");
    }
}

#[test]
fn a_message_may_inflate_to_the_limit_and_not_a_byte_beyond() {
    for (size, fits) in [(MAX, true), (MAX + 1, false)] {
        let smaller = deflated(&vec![b'x'; size]).unwrap();
        let (messages, refused) = heard([&frame(FINAL | RSV1 | TEXT, &smaller)[..]]);
        assert_eq!(messages.len(), usize::from(fits), "{size}");
        assert_eq!(matches!(refused, Some(WsError::Capacity(_))), !fits, "{size}: {refused:?}");
    }
}

#[test]
fn many_messages_that_inflate_to_the_limit_are_read_one_by_one() {
    let bytes = frame(FINAL | RSV1 | TEXT, &deflated(&[b'x'; MAX]).unwrap()).repeat(100);
    let (messages, refused) = heard([&bytes[..]]);
    assert!(refused.is_none(), "{refused:?}");
    assert_eq!(messages.len(), 100);
    let (mut inflow, mut plain) = (Inflow::new(MAX), Vec::new());
    inflow.read(&bytes, &mut plain).unwrap();
    assert!(plain.len() < MAX + 14, "the others wait");
}

#[test]
fn fragments_that_inflate_to_nothing_are_bounded_too() {
    const EMPTY_BLOCK: [u8; 5] = [0, 0, 0, 0xff, 0xff];
    let begun = frame(RSV1 | TEXT, &EMPTY_BLOCK);
    let more = frame(CONTINUATION, &EMPTY_BLOCK).repeat(MAX / EMPTY_BLOCK.len() - 1);
    let (_, refused) = heard([&begun[..], &more]);
    assert!(refused.is_none(), "{refused:?}");
    let (_, refused) = heard([&begun[..], &more, &frame(CONTINUATION, &[0])]);
    assert!(matches!(refused, Some(WsError::Capacity(_))), "{refused:?}");
}
