//! The NATS client protocol, as far as a reader and a publisher need it. How it is carried is theirs.

use memchr::memchr;

use super::ended::Ended;

/// Answers a ping.
pub(super) const PONG: &[u8] = b"PONG\r\n";
/// Ends a payload, and wants a pong, which comes after everything before it was taken.
pub(super) const AFTER_PAYLOAD: &[u8] = b"\r\nPING\r\n";
/// The longest line, in bytes. What is longer without an end is not NATS.
const LONGEST_LINE: usize = 64 * 1024;

/// Something that the server says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message<'a> {
    /// What a publisher sent.
    Payload(&'a [u8]),
    /// Wants a pong.
    Ping,
    /// All before our ping was taken.
    Pong,
    /// Something is wrong.
    Error(&'a str),
    /// Nothing that matters here.
    Other,
}

/// What a client says first.
pub(super) fn connect() -> &'static str {
    "CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":false,\"lang\":\"loadtest\",\"version\":\"0\",\"protocol\":1}\r\n"
}

/// What a reader says first; the pong tells that the subscription holds.
pub(super) fn subscribe(subject: &str) -> String {
    format!("{}SUB {subject} 1\r\nPING\r\n", connect())
}

/// The first message of `bytes` and how many bytes it takes; `None` when it is not complete.
///
/// # Errors
/// When the bytes are not NATS.
pub(super) fn first(bytes: &[u8]) -> Result<Option<(Message<'_>, usize)>, Ended> {
    let Some(end) = memchr(b'\n', bytes) else {
        let too_long = bytes.len() > LONGEST_LINE;
        return if too_long { Err(Ended::Protocol("a line of NATS does not end")) } else { Ok(None) };
    };
    let line = bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]);
    let length = end + 1;
    let Ok(line) = std::str::from_utf8(line) else {
        return Err(Ended::Protocol("a line of NATS is not text"));
    };
    if let Some(arguments) = line.strip_prefix("MSG ") {
        let size = arguments.rsplit(' ').next().and_then(|size| size.parse::<usize>().ok());
        let size = size.ok_or(Ended::Protocol("a message of NATS does not say how long it is"))?;
        // Its own line break follows a payload.
        let whole = bytes.get(length..length.saturating_add(size).saturating_add(2));
        return Ok(whole.map(|payload| (Message::Payload(&payload[..size]), length + payload.len())));
    }
    let message = match line {
        "PING" => Message::Ping,
        "PONG" => Message::Pong,
        line => line.strip_prefix("-ERR ").map_or(Message::Other, Message::Error),
    };
    Ok(Some((message, length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_follow_each_other() {
        let stream = b"INFO {\"a\":1}\r\nPONG\r\nMSG a.b 1 5\r\nhe\nlo\r\nPING\r\n-ERR 'no'\r\n";
        let (mut taken, mut found) = (0, Vec::new());
        while let Some((message, length)) = first(&stream[taken..]).unwrap() {
            taken += length;
            found.push(message);
        }
        let payload = Message::Payload(b"he\nlo");
        assert_eq!(found, [Message::Other, Message::Pong, payload, Message::Ping, Message::Error("'no'")]);
        assert_eq!(taken, stream.len());
    }

    #[test]
    fn a_part_of_a_message_is_none_wherever_it_is_cut() {
        let message = b"MSG subject 1 reply 5\r\nhello\r\n";
        for cut in 0..message.len() {
            assert_eq!(first(&message[..cut]), Ok(None), "{cut}");
        }
    }

    #[test]
    fn what_is_not_nats_ends_it() {
        assert!(first(b"MSG a 1 x\r\n").is_err());
        assert!(first(&vec![b'x'; LONGEST_LINE + 1]).is_err());
    }
}
