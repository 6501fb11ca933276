//! HTTP/1.1 as a client meets it: answers found in place, and the requests that open websockets.
//! It must not know what is asked for.

use std::borrow::Cow;
use std::time::Duration;

use httparse::{Header, Response, Status};

use super::ended::Ended;
use crate::backoff;

/// Headers that an answer may have.
const MOST_HEADERS: usize = 32;
/// The largest head of an answer, in bytes. What is longer without an end is no answer.
const LARGEST_HEAD: usize = 64 * 1024;

/// The key with which websockets are opened. It has to be any 16 bytes in base64; these are the example of RFC 6455.
const WEBSOCKET_KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// What a server has to make of that key.
const WEBSOCKET_ACCEPT: &[u8] = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// An answer, where it lies.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    /// Its status code.
    pub(super) status: u16,
    /// Its body.
    pub(super) body: Cow<'a, [u8]>,
    /// Bytes of the answer with its head.
    pub(super) length: usize,
    headers: [Header<'a>; MOST_HEADERS],
}

impl<'a> Answer<'a> {
    /// A header's value.
    pub(super) fn header(&self, name: &str) -> Option<&'a [u8]> {
        header(&self.headers, name)
    }

    /// Whether another request may follow on the connection.
    pub(super) fn keeps_alive(&self) -> bool {
        !self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case(b"close"))
    }

    /// Whether the server did what it was asked.
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// How long the server asks to be left alone.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        self.header("retry-after").and_then(backoff::retry_after)
    }

    /// The answer as a reason to end.
    pub(super) fn refusal(&self) -> Ended {
        Ended::Refused(self.status, String::from_utf8_lossy(&self.body).trim().to_owned())
    }
}

/// The first answer of `bytes`; `None` when it is not complete.
///
/// # Errors
/// When the bytes are no answer, or one of unknown length.
pub(super) fn answer(bytes: &[u8]) -> Result<Option<Answer<'_>>, Ended> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = Response::new(&mut headers);
    let head = match response.parse(bytes) {
        Ok(Status::Complete(head)) => head,
        Ok(Status::Partial) if bytes.len() < LARGEST_HEAD => return Ok(None),
        _ => return Err(Ended::Protocol("an answer is not HTTP")),
    };
    let status = response.code.unwrap_or_default();
    let Some((body, taken)) = body(status, &headers, &bytes[head..])? else { return Ok(None) };
    Ok(Some(Answer { status, body, length: head + taken, headers }))
}

/// The body that follows a head, and how many bytes it takes.
type Body<'a> = (Cow<'a, [u8]>, usize);

fn body<'a>(status: u16, headers: &[Header<'_>], bytes: &'a [u8]) -> Result<Option<Body<'a>>, Ended> {
    if matches!(status, 100..200 | 204 | 304) {
        return Ok(Some((Cow::Borrowed(&[]), 0)));
    }
    if header(headers, "transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case(b"chunked")) {
        return chunked(bytes);
    }
    let length = header(headers, "content-length").and_then(|value| std::str::from_utf8(value).ok());
    let Some(length) = length.and_then(|value| value.trim().parse().ok()) else {
        return Err(Ended::Protocol("an answer does not say how long it is"));
    };
    Ok(bytes.get(..length).map(|body| (Cow::Borrowed(body), length)))
}

fn chunked(bytes: &[u8]) -> Result<Option<Body<'_>>, Ended> {
    let (mut body, mut taken) = (Vec::new(), 0);
    loop {
        let (line, size) = match httparse::parse_chunk_size(&bytes[taken..]) {
            Ok(Status::Complete(found)) => found,
            Ok(Status::Partial) => return Ok(None),
            Err(_) => return Err(Ended::Protocol("an answer's chunks cannot be read")),
        };
        let size = usize::try_from(size).map_err(|_| Ended::Protocol("an answer's chunk is too large"))?;
        let begin = taken + line;
        // Two bytes end the chunk; the last one is empty, and trailers are not expected.
        let Some(chunk) = bytes.get(begin..begin.saturating_add(size).saturating_add(2)) else {
            return Ok(None);
        };
        taken = begin + chunk.len();
        if size == 0 {
            return Ok(Some((Cow::Owned(body), taken)));
        }
        body.extend_from_slice(&chunk[..size]);
    }
}

fn header<'a>(headers: &[Header<'a>], name: &str) -> Option<&'a [u8]> {
    headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
}

/// The request that opens a websocket. `more` are headers of its own, each ended by a line break.
pub fn upgrade(host: &str, path: &str, more: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {WEBSOCKET_KEY}\r\n{more}\r\n"
    )
}

/// Checks the answer to [`upgrade`].
///
/// # Errors
/// When the server did not open a websocket.
pub(super) fn check_upgraded(answer: &Answer<'_>) -> Result<(), Ended> {
    if answer.status != 101 {
        return Err(answer.refusal());
    }
    if answer.header("sec-websocket-accept") == Some(WEBSOCKET_ACCEPT) {
        Ok(())
    } else {
        Err(Ended::Protocol("the websocket was accepted with a wrong key"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nEtag: 7\r\n\r\nhelloHTTP/1.1";
    const CHUNKED: &[u8] =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";

    #[test]
    fn an_answer_ends_where_it_says() {
        let found = answer(OK).unwrap().unwrap();
        assert_eq!((found.status, &*found.body, found.length), (200, &b"hello"[..], OK.len() - 8));
        assert_eq!(found.header("etag"), Some(&b"7"[..]));
        assert!(found.keeps_alive() && found.is_success());
    }

    #[test]
    fn chunks_are_joined() {
        let found = answer(CHUNKED).unwrap().unwrap();
        assert_eq!((&*found.body, found.length), (&b"hello"[..], CHUNKED.len()));
        assert!(!found.keeps_alive());
    }

    #[test]
    fn a_part_of_an_answer_is_none_wherever_it_is_cut() {
        for (whole, length) in [(OK, OK.len() - 8), (CHUNKED, CHUNKED.len())] {
            for cut in 0..length {
                assert!(answer(&whole[..cut]).unwrap().is_none(), "{cut}");
            }
        }
    }

    #[test]
    fn some_answers_have_no_body_whatever_they_say() {
        let none = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n";
        assert_eq!(answer(none).unwrap().unwrap().length, none.len());
    }

    #[test]
    fn what_is_no_answer_ends_it() {
        for bytes in [&b"+OK\r\n\r\n"[..], b"HTTP/1.1 200 OK\r\n\r\nhello"] {
            assert!(matches!(answer(bytes), Err(Ended::Protocol(_))));
        }
    }

    #[test]
    fn a_websocket_is_open_when_the_key_came_back() {
        let with = |accept: &str| format!("HTTP/1.1 101 S\r\nSec-WebSocket-Accept: {accept}\r\n\r\n");
        let right = with("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(check_upgraded(&answer(right.as_bytes()).unwrap().unwrap()), Ok(()));
        let wrong = with("x");
        assert!(check_upgraded(&answer(wrong.as_bytes()).unwrap().unwrap()).is_err());
        let refused = b"HTTP/1.1 401 U\r\nContent-Length: 3\r\n\r\nno\n";
        let refused = check_upgraded(&answer(refused).unwrap().unwrap());
        assert_eq!(refused, Err(Ended::Refused(401, "no".to_owned())));
    }
}
