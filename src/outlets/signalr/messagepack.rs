//! Hub messages in MessagePack: each is a list that comes after its length. Its first item is the type; what follows
//! depends on that, and what a later version adds at the end is ignored.

use rmp::Marker;
use rmp::decode::{read_array_len, read_int, read_map_len, read_nil, read_str_from_slice};
use serde_json::Value;

use super::{HubMessage, NotAHubMessage, Reconnect, kind};
use crate::pipeline::messagepack::MessagePack;

/// In a completion: what follows is a text that says what went wrong.
const ERROR_RESULT: i64 = 1;

/// Reads one message, without its length. What the hub has no use for, such as arguments, is left unread.
pub(super) fn parse(message: &[u8]) -> Result<HubMessage, NotAHubMessage> {
    let mut rest = message;
    let items = read_array_len(&mut rest).map_err(|_| NotAHubMessage)?;
    if items == 0 {
        return Err(NotAHubMessage);
    }
    match read_int(&mut rest).map_err(|_| NotAHubMessage)? {
        kind::INVOCATION | kind::STREAM_INVOCATION => invocation_of(rest, items),
        kind::PING => Ok(HubMessage::Ping),
        kind::CLOSE => Ok(HubMessage::Close),
        _ => Ok(HubMessage::Other),
    }
}

/// Headers, id, method, arguments; the streams of the arguments may be left out.
fn invocation_of(mut rest: &[u8], items: u32) -> Result<HubMessage, NotAHubMessage> {
    if items < 5 {
        return Err(NotAHubMessage);
    }
    for _ in 0..read_map_len(&mut rest).map_err(|_| NotAHubMessage)? {
        let (_name, _value) = (text_of(&mut rest)?, text_of(&mut rest)?);
    }
    let id = match rest.first().map(|byte| Marker::from_u8(*byte)) {
        Some(Marker::Null) => {
            read_nil(&mut rest).map_err(|_| NotAHubMessage)?;
            None
        }
        _ => Some(text_of(&mut rest)?.to_owned()),
    };
    let target = text_of(&mut rest)?.to_owned();
    Ok(HubMessage::Invocation { id, target })
}

fn text_of<'m>(rest: &mut &'m [u8]) -> Result<&'m str, NotAHubMessage> {
    let (text, after) = read_str_from_slice(*rest).map_err(|_| NotAHubMessage)?;
    *rest = after;
    Ok(text)
}

pub(super) fn ping() -> Vec<u8> {
    let mut message = MessagePack::default();
    message.list(1).number(kind::PING);
    message.into_message()
}

pub(super) fn invocation(target: &str, argument: &Value) -> Vec<u8> {
    let mut message = MessagePack::default();
    message.list(6).number(kind::INVOCATION).map(0).nil().text(target);
    message.list(1).value(argument).list(0);
    message.into_message()
}

pub(super) fn failed_completion(id: &str, error: &str) -> Vec<u8> {
    let mut message = MessagePack::default();
    message.list(5).number(kind::COMPLETION).map(0).text(id).number(ERROR_RESULT).text(error);
    message.into_message()
}

pub(super) fn close(error: Option<&str>, reconnect: Reconnect) -> Vec<u8> {
    let mut message = MessagePack::default();
    message.list(3).number(kind::CLOSE);
    match error {
        Some(error) => message.text(error),
        None => message.nil(),
    };
    message.truth(reconnect == Reconnect::Allowed);
    message.into_message()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn call(id: Option<&str>) -> Result<HubMessage, NotAHubMessage> {
        Ok(HubMessage::Invocation { id: id.map(str::to_owned), target: "method".to_owned() })
    }

    /// The messages that the protocol's specification gives as examples.
    #[test]
    fn the_documented_messages_are_read() {
        assert_eq!(parse(b"\x96\x01\x80\xa3xyz\xa6method\x91\x2a\x90"), call(Some("xyz")));
        assert_eq!(parse(b"\x96\x01\x80\xc0\xa6method\x91\x2a\x90"), call(None));
        assert_eq!(
            parse(b"\x96\x01\x82\xa1x\xa1y\xa1z\xa1z\xa3xyz\xa6method\x91\x2a\x90"),
            call(Some("xyz"))
        );
        assert_eq!(parse(b"\x96\x04\x80\xa3xyz\xa6method\x91\x2a\x90"), call(Some("xyz")));
        assert_eq!(parse(b"\x94\x02\x80\xa3xyz\x2a"), Ok(HubMessage::Other));
        assert_eq!(parse(b"\x91\x06"), Ok(HubMessage::Ping));
        assert_eq!(parse(b"\x92\x07\xa3xyz"), Ok(HubMessage::Close));
        assert_eq!(parse(b"\x91\x07"), Ok(HubMessage::Close));
        assert_eq!(parse(b"\x92\x09\xcc\x13"), Ok(HubMessage::Other));
    }

    #[test]
    fn the_streams_of_a_call_may_be_left_out_and_nothing_else() {
        assert_eq!(parse(b"\x95\x01\x80\xc0\xa6method\x90"), call(None));
        assert_eq!(parse(b"\x94\x01\x80\xc0\xa6method"), Err(NotAHubMessage));
    }

    #[test]
    fn what_is_no_message_is_not_taken_for_one() {
        for bytes in [
            &b""[..],
            b"\x90",
            b"\x06",
            b"\x91\xa1x",
            b"\x96\x01",
            b"\x96\x01\xc0\xc0\xa6method\x90\x90",
            b"\x96\x01\x81\xa1x\x01\xc0\xa6method\x90\x90",
            b"\x96\x01\x80\x07\xa6method\x90\x90",
            b"\x96\x01\x80\xc0\xa6meth",
            b"\x96\x01\xdf\xff\xff\xff\xff\xa1x",
        ] {
            assert_eq!(parse(bytes), Err(NotAHubMessage), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_said_has_the_documented_form() {
        assert_eq!(ping(), b"\x02\x91\x06");
        assert_eq!(failed_completion("xyz", "Error"), b"\x0e\x95\x03\x80\xa3xyz\x01\xa5Error");
        assert_eq!(close(Some("xyz"), Reconnect::Allowed), b"\x07\x93\x07\xa3xyz\xc3");
        assert_eq!(close(None, Reconnect::Refused), b"\x04\x93\x07\xc0\xc2");
        let gap = invocation("Control", &json!({"control": "gap"}));
        assert_eq!(gap, b"\x1b\x96\x01\x80\xc0\xa7Control\x91\x81\xa7control\xa3gap\x90");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = parse(&bytes).is_ok();
        }

        #[test]
        fn no_end_of_a_call_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = parse(&[b"\x96\x01", &bytes[..]].concat()).is_ok();
        }
    }
}
