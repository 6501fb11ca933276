//! What a message looks like on its way to a server: bodies of an asked-for size, and the heads before them.

use crate::driver::BLANK_LABEL;
use crate::label::Member;

/// The body of a message: a text, filled up to so many bytes where it is not longer without filling.
pub(super) fn activity(bytes: usize) -> Vec<u8> {
    let with = |text: &str| {
        format!(
            r#"{{"type":"message","externalId":"{BLANK_LABEL}","message":{{"type":"text","text":"{text}"}}}}"#
        )
    };
    let filling = bytes.saturating_sub(with("").len()).max(1);
    with(&"x".repeat(filling)).into_bytes()
}

/// The body of a message whose text carries its label, filled up to so many bytes. Whoever speaks for the business
/// names the integration.
pub(super) fn labelled_text(sender: Option<&str>, bytes: usize) -> Vec<u8> {
    let sender = sender.map_or_else(String::new, |id| format!(r#""sender":{{"integrationId":"{id}"}},"#));
    let label = format!("{}{BLANK_LABEL}", Member::Text.prefix());
    let with = |text: &str| {
        format!(r#"{{"type":"message",{sender}"message":{{"type":"text","text":"{label} {text}"}}}}"#)
    };
    let filling = bytes.saturating_sub(with("").len());
    with(&"x".repeat(filling)).into_bytes()
}

/// What goes before the body of a POST; `more` are header lines.
pub(in crate::scenarios) fn post_head(host: &str, path: &str, more: &str, length: usize) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{more}\r\n"
    )
    .into_bytes()
}

/// The body of a publish with so many events for a user, each filled up to so many bytes.
pub(super) fn events(user: &str, batch: usize, bytes: usize) -> Vec<u8> {
    let with = |text: &str| {
        format!(
            r#"{{"eventType":"engagementCenter.Idle","userId":"{user}","correlationId":"{BLANK_LABEL}","payload":{{"interactionId":0,"interactionIdRev":"0","text":"{text}"}}}}"#
        )
    };
    let filling = bytes.saturating_sub(with("").len()).max(1);
    let event = with(&"x".repeat(filling));
    format!(r#"{{"events":[{}]}}"#, vec![event; batch.max(1)].join(",")).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_as_long_as_was_asked_for_and_json() {
        for bytes in [200, 512, 2048] {
            let body = activity(bytes);
            assert_eq!(body.len(), bytes);
            let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(value["externalId"], BLANK_LABEL);
        }
        assert!(activity(0).len() < 110);
    }

    #[test]
    fn events_are_as_long_as_was_asked_for_and_json() {
        let body = events("u", 3, 512);
        let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let events = value["events"].as_array().unwrap();
        assert_eq!(events.len(), 3);
        assert_eq!(events[2].to_string().len(), 512);
        assert_eq!((&events[0]["userId"], &events[0]["correlationId"]), (&"u".into(), &BLANK_LABEL.into()));
    }
}
