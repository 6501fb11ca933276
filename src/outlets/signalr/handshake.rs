//! The first message of a client, and its answer. Both are JSON, whichever protocol is chosen in it.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::Protocol;
use super::framing::{Incoming, Unframed};
use super::json::ended;

/// The answer to a handshake that is good.
pub(super) const ACCEPTED: &str = "{}\u{1e}";

/// The only version of the protocols that is spoken. Later ones add what a client has to ask for in negotiation.
const VERSION: u64 = 1;

/// What a client asks for in its first message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// How it wants to speak.
    pub protocol: Protocol,
}

impl Handshake {
    /// Takes the handshake out of what has arrived; `None` while it is not complete. What arrived behind it stays.
    ///
    /// # Errors
    /// What the client is told that is wrong with it.
    pub fn take(incoming: &mut Incoming) -> Result<Option<Self>, String> {
        match incoming.next_text() {
            Ok(Some(request)) => Self::parse(&request).map(Some),
            Ok(None) => Ok(None),
            Err(Unframed::TooLarge | Unframed::Broken) => {
                Err("the handshake request is too large".to_owned())
            }
        }
    }

    fn parse(request: &[u8]) -> Result<Self, String> {
        let request: Value = serde_json::from_slice(request)
            .map_err(|_| "the handshake request is not valid JSON".to_owned())?;
        let protocol = match request.get("protocol").and_then(Value::as_str).unwrap_or_default() {
            "json" => Protocol::Json,
            "messagepack" => Protocol::MessagePack,
            other => return Err(format!("the protocol '{other}' is not supported")),
        };
        match request.get("version").and_then(Value::as_u64) {
            Some(VERSION) => Ok(Self { protocol }),
            _ => Err(format!("the server supports version {VERSION} of the protocol only")),
        }
    }
}

/// The answer to a handshake that is not good.
pub fn refused(error: &str) -> Message {
    Message::text(ended(&json!({"error": error})))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(arrived: &str) -> Result<Option<Handshake>, String> {
        let mut incoming = Incoming::new(100);
        incoming.push(arrived.as_bytes());
        Handshake::take(&mut incoming)
    }

    #[test]
    fn version_one_of_either_protocol_is_spoken() {
        for (name, protocol) in [("json", Protocol::Json), ("messagepack", Protocol::MessagePack)] {
            let request = format!("{{\"protocol\":\"{name}\",\"version\":1}}\u{1e}");
            assert_eq!(take(&request), Ok(Some(Handshake { protocol })));
        }
    }

    #[test]
    fn what_is_not_spoken_is_refused_with_a_reason() {
        for request in [
            r#"{"protocol":"morse","version":1}"#,
            r#"{"protocol":"json","version":2}"#,
            r#"{"protocol":"messagepack","version":"1"}"#,
            r#"{"protocol":"json"}"#,
            "{}",
            "x",
            "",
        ] {
            let reason = take(&format!("{request}\u{1e}")).unwrap_err();
            assert!(!reason.is_empty(), "{request}");
            assert!(refused(&reason).to_text().unwrap().contains(&reason));
        }
    }

    #[test]
    fn a_handshake_is_waited_for_until_it_is_complete_or_too_large() {
        assert_eq!(take(r#"{"protocol":"json","#), Ok(None));
        assert!(take(&" ".repeat(101)).is_err());
    }
}
