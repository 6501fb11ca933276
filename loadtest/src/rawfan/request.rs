//! What a client asks of the bare loop: the little of HTTP/1.1 that a websocket's handshake and a publish need.
//! It knows bytes only; no socket, no subscriber.

use httparse::{Header, Status};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The answer to a publish.
pub(super) const PUBLISHED: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// Header lines that a request may have.
const MOST_HEADERS: usize = 48;
/// Bytes in which a request's head has to end.
const LARGEST_HEAD: usize = 16 * 1024;
/// Bytes of a body.
const LARGEST_BODY: usize = 1024 * 1024;

/// One whole request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request<'a> {
    /// A websocket wants what is published to a path; the key is the handshake's.
    Subscribe { path: &'a str, key: &'a str },
    /// A body for those who listen to a path.
    Publish { path: &'a str, body: &'a [u8] },
}

/// What cannot be answered in any other way than by closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a request that the bare loop does not know")]
pub(super) struct Unknown;

impl<'a> Request<'a> {
    /// The first request in the bytes and how many of them it takes; `None` when it is not whole yet.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Option<(Self, usize)>, Unknown> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut head = httparse::Request::new(&mut headers);
        let head_bytes = match head.parse(bytes).map_err(|_| Unknown)? {
            Status::Complete(length) => length,
            Status::Partial if bytes.len() < LARGEST_HEAD => return Ok(None),
            Status::Partial => return Err(Unknown),
        };
        let path = head.path.ok_or(Unknown)?;
        match head.method {
            Some("GET") => {
                let key = header(head.headers, "sec-websocket-key")?.ok_or(Unknown)?;
                Ok(Some((Self::Subscribe { path, key }, head_bytes)))
            }
            Some("POST") => {
                let length = header(head.headers, "content-length")?.ok_or(Unknown)?;
                let length: usize = length.parse().map_err(|_| Unknown)?;
                if length > LARGEST_BODY {
                    return Err(Unknown);
                }
                let end = head_bytes + length;
                Ok(bytes.get(head_bytes..end).map(|body| (Self::Publish { path, body }, end)))
            }
            _ => Err(Unknown),
        }
    }
}

/// The answer to a websocket's handshake (RFC 6455, 4.2.2).
pub(super) fn switching(key: &str) -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        derive_accept_key(key.as_bytes())
    )
}

fn header<'a>(headers: &[Header<'a>], name: &str) -> Result<Option<&'a str>, Unknown> {
    let Some(header) = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)) else {
        return Ok(None);
    };
    str::from_utf8(header.value).map(|value| Some(value.trim())).map_err(|_| Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBSCRIBE: &[u8] =
        b"GET /topic/7 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    const PUBLISH: &[u8] = b"POST /topic/7 HTTP/1.1\r\nHost: x\r\ncontent-length: 7\r\n\r\n{\"a\":1}";

    #[test]
    fn a_handshake_subscribes_to_its_path() {
        let expected = Request::Subscribe { path: "/topic/7", key: "dGhlIHNhbXBsZSBub25jZQ==" };
        assert_eq!(Request::parse(SUBSCRIBE), Ok(Some((expected, SUBSCRIBE.len()))));
    }

    #[test]
    fn a_post_publishes_its_body_to_its_path() {
        let expected = Request::Publish { path: "/topic/7", body: br#"{"a":1}"# };
        assert_eq!(Request::parse(PUBLISH), Ok(Some((expected, PUBLISH.len()))));
    }

    #[test]
    fn a_request_is_whole_or_waited_for() {
        for whole in [SUBSCRIBE, PUBLISH] {
            for cut in 0..whole.len() {
                assert_eq!(Request::parse(&whole[..cut]), Ok(None), "{cut} bytes");
            }
        }
    }

    #[test]
    fn a_second_request_is_left_for_the_next_call() {
        let both = [PUBLISH, SUBSCRIBE].concat();
        let (_, taken) = Request::parse(&both).unwrap().unwrap();
        assert_eq!(&both[taken..], SUBSCRIBE);
    }

    #[test]
    fn what_it_does_not_know_is_refused() {
        let unknown: [&[u8]; 6] = [
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"PUT / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
            b"\x16\x03\x01\x02\x00",
        ];
        for bytes in unknown {
            assert_eq!(Request::parse(bytes), Err(Unknown), "{}", bytes.escape_ascii());
        }
        let endless = [b"GET / HTTP/1.1\r\nX: ".as_slice(), &vec![b'x'; LARGEST_HEAD]].concat();
        assert_eq!(Request::parse(&endless), Err(Unknown));
    }

    #[test]
    fn the_handshake_is_answered_with_the_key_of_the_specification() {
        assert!(
            switching("dGhlIHNhbXBsZSBub25jZQ==").contains("Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
        );
    }
}
