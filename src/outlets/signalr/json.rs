//! Hub messages in JSON: each is an object that ends with the record separator.

use serde_json::{Value, json};

use super::framing::RECORD_SEPARATOR;
use super::{HubMessage, NotAHubMessage, Reconnect, kind};

/// Reads one message, without its record separator.
pub(super) fn parse(text: &[u8]) -> Result<HubMessage, NotAHubMessage> {
    let message: Value = serde_json::from_slice(text).map_err(|_| NotAHubMessage)?;
    let text_of = |name: &str| message.get(name).and_then(Value::as_str).map(str::to_owned);
    match message.get("type").and_then(Value::as_i64).ok_or(NotAHubMessage)? {
        kind::INVOCATION | kind::STREAM_INVOCATION => Ok(HubMessage::Invocation {
            id: text_of("invocationId"),
            target: text_of("target").ok_or(NotAHubMessage)?,
        }),
        kind::PING => Ok(HubMessage::Ping),
        kind::CLOSE => Ok(HubMessage::Close),
        _ => Ok(HubMessage::Other),
    }
}

pub(super) fn ping() -> String {
    ended(&json!({"type": kind::PING}))
}

pub(super) fn invocation(target: &str, argument: &Value) -> String {
    ended(&json!({"type": kind::INVOCATION, "target": target, "arguments": [argument]}))
}

pub(super) fn failed_completion(id: &str, error: &str) -> String {
    ended(&json!({"type": kind::COMPLETION, "invocationId": id, "error": error}))
}

pub(super) fn close(error: Option<&str>, reconnect: Reconnect) -> String {
    let mut message = json!({"type": kind::CLOSE, "allowReconnect": reconnect == Reconnect::Allowed});
    if let Some(error) = error {
        message["error"] = error.into();
    }
    ended(&message)
}

pub(super) fn ended(message: &Value) -> String {
    format!("{message}{}", char::from(RECORD_SEPARATOR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invocation_keeps_its_id_and_method() {
        let call = parse(br#"{"type":1,"invocationId":"7","target":"Echo","arguments":[]}"#);
        assert_eq!(call, Ok(HubMessage::Invocation { id: Some("7".to_owned()), target: "Echo".to_owned() }));
        assert_eq!(parse(br#"{"type":6}"#), Ok(HubMessage::Ping));
        assert_eq!(parse(br#"{"type":7}"#), Ok(HubMessage::Close));
        assert_eq!(parse(br#"{"type":2,"item":1}"#), Ok(HubMessage::Other));
    }

    #[test]
    fn what_is_no_message_is_not_taken_for_one() {
        for text in [r#"{"target":"Echo"}"#, r#"{"type":1}"#, r#"{"type":"6"}"#, "{", "[]", "", "\u{feff}{}"]
        {
            assert_eq!(parse(text.as_bytes()), Err(NotAHubMessage), "{text}");
        }
        assert_eq!(parse(b"{\"type\":6,\"x\":\"\xff\"}"), Err(NotAHubMessage));
    }
}
