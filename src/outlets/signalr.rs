//! The SignalR hub protocol in JSON: its messages, and nothing of what they are about.
//! Every message is a JSON object that ends with the record separator.

use serde_json::{Value, json};

/// Ends every message.
pub const RECORD_SEPARATOR: char = '\u{1e}';

/// What a client may send after the handshake.
#[derive(Clone, Debug, PartialEq)]
pub enum HubMessage {
    /// A call of a hub method; with an id when an answer is expected.
    Invocation {
        /// The client's name for the call.
        id: Option<String>,
        /// The method.
        target: String,
    },
    /// A sign of life.
    Ping,
    /// The client says goodbye.
    Close,
    /// Part of a conversation that the hub does not take part in, such as a stream item.
    Other,
}

/// The client's message cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a hub message")]
pub struct NotAHubMessage;

impl HubMessage {
    /// Reads one message, without its record separator.
    pub fn parse(text: &str) -> Result<Self, NotAHubMessage> {
        let message: Value = serde_json::from_str(text).map_err(|_| NotAHubMessage)?;
        let text_of = |name: &str| message.get(name).and_then(Value::as_str).map(str::to_owned);
        match message.get("type").and_then(Value::as_u64).ok_or(NotAHubMessage)? {
            1 | 4 => Ok(Self::Invocation {
                id: text_of("invocationId"),
                target: text_of("target").ok_or(NotAHubMessage)?,
            }),
            6 => Ok(Self::Ping),
            7 => Ok(Self::Close),
            _ => Ok(Self::Other),
        }
    }
}

/// Splits what came in one frame into its messages. What follows the last separator is not a message.
pub fn messages(frame: &str) -> impl Iterator<Item = &str> {
    frame.split_inclusive(RECORD_SEPARATOR).filter_map(|message| message.strip_suffix(RECORD_SEPARATOR))
}

/// The first message of a client: which protocol it wants to speak.
pub fn check_handshake(text: &str) -> Result<(), String> {
    let request: Value =
        serde_json::from_str(text).map_err(|_| "the handshake request is not valid JSON".to_owned())?;
    let protocol = request.get("protocol").and_then(Value::as_str).unwrap_or_default();
    if protocol != "json" {
        return Err(format!("the protocol '{protocol}' is not supported"));
    }
    match request.get("version").and_then(Value::as_u64) {
        Some(1) => Ok(()),
        _ => Err("the server supports version 1 of the protocol only".to_owned()),
    }
}

/// The answer to a handshake.
pub fn handshake_answer(outcome: &Result<(), String>) -> String {
    match outcome {
        Ok(()) => ended(&json!({})),
        Err(error) => ended(&json!({"error": error})),
    }
}

/// A sign of life.
pub fn ping() -> String {
    ended(&json!({"type": 6}))
}

/// Calls a method of the client.
pub fn invocation(target: &str, argument: &Value) -> String {
    ended(&json!({"type": 1, "target": target, "arguments": [argument]}))
}

/// Answers a call with an error, in the form in which hub errors reach existing clients (wire facts).
pub fn failed_completion(id: &str, number: u32, text: &str) -> String {
    ended(&json!({"type": 3, "invocationId": id, "error": format!("HubException: [{number}]: {text}")}))
}

/// Whether a client that is closed should try again by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reconnect {
    /// It should.
    Allowed,
    /// It should not: it would end the same way.
    Refused,
}

/// Says goodbye.
pub fn close(error: Option<&str>, reconnect: Reconnect) -> String {
    let mut message = json!({"type": 7, "allowReconnect": reconnect == Reconnect::Allowed});
    if let Some(error) = error {
        message["error"] = error.into();
    }
    ended(&message)
}

fn ended(message: &Value) -> String {
    format!("{message}{RECORD_SEPARATOR}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_may_hold_several_messages() {
        let frame = format!("{{\"type\":6}}{RECORD_SEPARATOR}{{\"type\":7}}{RECORD_SEPARATOR}rest");
        let parsed: Vec<_> = messages(&frame).map(HubMessage::parse).collect();
        assert_eq!(parsed, [Ok(HubMessage::Ping), Ok(HubMessage::Close)]);
    }

    #[test]
    fn an_invocation_keeps_its_id_and_method() {
        let call = HubMessage::parse(r#"{"type":1,"invocationId":"7","target":"Echo","arguments":[]}"#);
        assert_eq!(call, Ok(HubMessage::Invocation { id: Some("7".to_owned()), target: "Echo".to_owned() }));
        assert_eq!(HubMessage::parse(r#"{"target":"Echo"}"#), Err(NotAHubMessage));
        assert_eq!(HubMessage::parse("{"), Err(NotAHubMessage));
    }

    #[test]
    fn only_version_one_of_json_is_spoken() {
        assert_eq!(check_handshake(r#"{"protocol":"json","version":1}"#), Ok(()));
        for refused in
            [r#"{"protocol":"messagepack","version":1}"#, r#"{"protocol":"json","version":2}"#, "", "{}"]
        {
            let outcome = check_handshake(refused);
            assert!(outcome.is_err(), "{refused}");
            assert!(handshake_answer(&outcome).contains("error"));
        }
        assert_eq!(handshake_answer(&Ok(())), format!("{{}}{RECORD_SEPARATOR}"));
    }
}
