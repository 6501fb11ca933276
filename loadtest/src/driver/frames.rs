//! Websocket frames as a client meets them (RFC 6455): the server's, found in place; the client's, masked.
//! It must not know what is in them.

use super::ended::Ended;

/// The highest bit of a frame's first byte: this is the last of its message.
const FINAL: u8 = 0x80;
/// The highest bit of a frame's second byte: the payload is masked, which only clients do.
const MASKED: u8 = 0x80;
/// The key of every mask. It defends against proxies that take payloads for requests; nothing stands between here.
const KEY: [u8; 4] = [0x5b, 0xa3, 0x1c, 0x96];
/// The largest payload that is taken for one, in bytes. What says to be larger is not a websocket.
const LARGEST_PAYLOAD: u64 = 64 * 1024 * 1024;

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opcode {
    /// The next part of a message.
    Continuation,
    /// Text, or the beginning of it.
    Text,
    /// Bytes, or the beginning of them.
    Binary,
    /// The end.
    Close,
    /// Wants a pong with the same payload.
    Ping,
    /// Answers a ping.
    Pong,
}

/// A frame of the server, where it lies.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// What it is for.
    pub(super) opcode: Opcode,
    /// What it brings.
    pub(super) payload: &'a [u8],
    /// Bytes of the frame with its header.
    pub(super) length: usize,
}

/// The first frame of `bytes`; `None` when it is not complete.
///
/// # Errors
/// When the bytes are no frame of a server.
#[inline]
pub(super) fn first(bytes: &[u8]) -> Result<Option<Frame<'_>>, Ended> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let (header, size) = match second {
        size @ 0..=125 => (2, u64::from(*size)),
        126 => match rest.first_chunk() {
            Some(size) => (4, u64::from(u16::from_be_bytes(*size))),
            None => return Ok(None),
        },
        127 => match rest.first_chunk() {
            Some(size) => (10, u64::from_be_bytes(*size)),
            None => return Ok(None),
        },
        _ => return Err(Ended::Protocol("a frame of the server is masked")),
    };
    if size > LARGEST_PAYLOAD {
        return Err(Ended::Protocol("a frame is too large to be one"));
    }
    let length = header + size as usize;
    let Some(payload) = bytes.get(header..length) else { return Ok(None) };
    let opcode = match first & 0x0f {
        0 => Opcode::Continuation,
        1 => Opcode::Text,
        2 => Opcode::Binary,
        8 => Opcode::Close,
        9 => Opcode::Ping,
        10 => Opcode::Pong,
        _ => return Err(Ended::Protocol("a frame has an unknown opcode")),
    };
    Ok(Some(Frame { opcode, payload, length }))
}

/// What a close frame says: `1013 reader fell behind`.
pub(super) fn close_reason(payload: &[u8]) -> String {
    match payload.split_first_chunk() {
        Some((code, reason)) => {
            format!("{} {}", u16::from_be_bytes(*code), String::from_utf8_lossy(reason)).trim_end().to_owned()
        }
        None => "closed without a reason".to_owned(),
    }
}

/// Writes a text frame of the client.
pub(super) fn text(out: &mut Vec<u8>, payload: &[u8]) {
    masked(out, 1, payload);
}

/// Writes a binary frame of the client.
pub(super) fn binary(out: &mut Vec<u8>, payload: &[u8]) {
    masked(out, 2, payload);
}

/// Writes a close frame of the client, with code 1000.
pub(super) fn close(out: &mut Vec<u8>) {
    masked(out, 8, &1000_u16.to_be_bytes());
}

/// Writes the answer to a ping.
pub(super) fn pong(out: &mut Vec<u8>, payload: &[u8]) {
    masked(out, 10, payload);
}

fn masked(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    out.push(FINAL | opcode);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(size @ 0..=125), _) => out.push(MASKED | size),
        (_, Ok(size)) => {
            out.push(MASKED | 126);
            out.extend(size.to_be_bytes());
        }
        _ => {
            out.push(MASKED | 127);
            out.extend((payload.len() as u64).to_be_bytes());
        }
    }
    out.extend(KEY);
    out.extend(payload.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_server(opcode: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![FINAL | opcode];
        match payload.len() {
            size @ 0..=125 => frame.push(size as u8),
            size @ 126..=0xffff => {
                frame.push(126);
                frame.extend((size as u16).to_be_bytes());
            }
            size => {
                frame.push(127);
                frame.extend((size as u64).to_be_bytes());
            }
        }
        frame.extend(payload);
        frame
    }

    #[test]
    fn a_frame_is_found_in_each_form_of_length() {
        for size in [0, 1, 125, 126, 65_535, 65_536] {
            let payload = vec![b'x'; size];
            let bytes = of_server(1, &payload);
            let frame = first(&bytes).unwrap().unwrap();
            assert_eq!((frame.opcode, frame.payload.len(), frame.length), (Opcode::Text, size, bytes.len()));
        }
    }

    #[test]
    fn a_part_of_a_frame_is_none_wherever_it_is_cut() {
        for size in [3, 300, 70_000] {
            let bytes = of_server(2, &vec![b'x'; size]);
            for cut in (0..15).chain([bytes.len() - 1]) {
                if cut < bytes.len() {
                    assert_eq!(first(&bytes[..cut]), Ok(None), "{cut} of {size}");
                }
            }
        }
    }

    #[test]
    fn what_no_server_sends_ends_it() {
        let mut own = Vec::new();
        text(&mut own, b"x");
        assert!(matches!(first(&own), Err(Ended::Protocol(_))));
        assert!(matches!(first(&of_server(3, b"")), Err(Ended::Protocol(_))));
        assert!(matches!(first(&[0x81, 127, 255, 0, 0, 0, 0, 0, 0, 0]), Err(Ended::Protocol(_))));
    }

    #[test]
    fn a_masked_frame_unmasks_to_what_it_was() {
        let mut frame = Vec::new();
        let payload = vec![b'p'; 200];
        pong(&mut frame, &payload);
        assert_eq!(frame[..4], [0x8a, 0xfe, 0, 200]);
        let unmasked: Vec<_> = frame[8..].iter().zip(KEY.iter().cycle()).map(|(b, k)| b ^ k).collect();
        assert_eq!(unmasked, payload);
    }

    #[test]
    fn a_close_tells_its_reason() {
        assert_eq!(close_reason(b"\x03\xf5reader fell behind"), "1013 reader fell behind");
        assert_eq!(close_reason(b"\x03\xe8"), "1000");
        assert_eq!(close_reason(b""), "closed without a reason");
    }
}
