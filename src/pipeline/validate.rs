//! What a sender may send (platform documentation §11.3, §12.2-12.5): the body of a Direct call, checked.

use serde_json::{Map, Value};

use super::body::Body;
use super::error::{EngineError, Fault, FaultKind};
use super::wishes::Wishes;
use crate::domain::activity::{Content, EventType};
use crate::domain::ids::{IntegrationId, InteractionId};

/// The longest `externalId`, in bytes: it is a reference, and stands in every copy of the activity.
pub(super) const MAX_EXTERNAL_ID: usize = 1024;

/// An activity as its sender gave it, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivityDraft {
    /// The sender's integration, where the sender named it.
    pub sender: Option<IntegrationId>,
    /// The sender's own reference.
    pub external_id: Option<String>,
    /// What it says.
    pub content: Content,
    /// What becomes of it.
    pub keeping: Keeping,
    /// What the stages before the lane ask for with it.
    pub wishes: Wishes,
    /// The record that it gets, where that is known already and it is a message; else it gets a new one.
    pub interaction: Option<InteractionId>,
}

/// What becomes of an activity once it was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// It is kept and can be replayed.
    Kept,
    /// It is only heard by who listens now.
    Transient,
    /// It moves the sender's mark of what it has seen, and is else only heard by who listens now.
    SeenMark,
}

impl ActivityDraft {
    /// Whether it is a message, which is recorded as an interaction.
    pub fn is_message(&self) -> bool {
        matches!(self.content, Content::Message(_))
    }

    /// The text of a text message.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Message(message) => message.get("text")?.as_str(),
            Content::Event(_) => None,
        }
    }

    /// Checks the body of a Direct call; all of its faults are told at once.
    pub fn from_body(body: &Map<String, Value>) -> Result<Self, Vec<Fault>> {
        let mut read = Body::new(body);
        let external_id = read.text("externalId").map(str::to_owned);
        if external_id.as_ref().is_some_and(|id| id.len() > MAX_EXTERNAL_ID) {
            read.fault(FaultKind::TooLong, "externalId");
        }
        let sender = sender(&mut read);
        let content = content(&mut read);
        read.finish()?;
        // A body without a fault has its content: `content` notes one wherever it answers `None`.
        let (content, keeping) = content.ok_or_else(|| vec![Fault::at(FaultKind::NoContent, "")])?;
        Ok(Self { sender, external_id, content, keeping, wishes: Wishes::default(), interaction: None })
    }

    /// The same, said by an integration that its sender cannot choose.
    ///
    /// # Errors
    /// [`EngineError::IntegrationNotFound`] when it names another.
    pub fn said_by(mut self, own: IntegrationId) -> Result<Self, EngineError> {
        if self.sender.is_some_and(|named| named != own) {
            return Err(EngineError::IntegrationNotFound);
        }
        self.sender = Some(own);
        Ok(self)
    }
}

fn sender(read: &mut Body<'_>) -> Option<IntegrationId> {
    let sender = read.object("sender")?;
    let mut inner = Body::nested(sender, "sender");
    let id = inner.optional("integrationId", FaultKind::NotAGuid, |value| value.as_str()?.parse().ok());
    read.absorb(inner.finish().err().unwrap_or_default());
    id
}

fn content(read: &mut Body<'_>) -> Option<(Content, Keeping)> {
    let kind = read.required("type", FaultKind::WrongType, Value::as_str);
    match (read.get("message").is_some(), read.get("event").is_some()) {
        (false, false) => {
            read.fault(FaultKind::NoContent, "");
            return None;
        }
        (true, true) => {
            read.fault(FaultKind::TwoContents, "");
            return None;
        }
        _ => {}
    }
    match kind?.to_ascii_lowercase().as_str() {
        "message" if read.get("message").is_none() => {
            read.fault(FaultKind::Missing, "message");
            None
        }
        "event" if read.get("event").is_none() => {
            read.fault(FaultKind::Missing, "event");
            None
        }
        "message" => message(read).map(|message| (Content::Message(message), Keeping::Kept)),
        "event" => event(read),
        _ => {
            read.fault(FaultKind::Unsupported, "type");
            None
        }
    }
}

fn message(read: &mut Body<'_>) -> Option<Map<String, Value>> {
    let message = read.object("message")?;
    checked_message(message, "message").map_err(|faults| read.absorb(faults)).ok()
}

/// Checks a message (§12.4) that stands at `path` in a body; faults are told by their place in that body.
pub fn checked_message(message: &Map<String, Value>, path: &str) -> Result<Map<String, Value>, Vec<Fault>> {
    let mut inner = Body::nested(message, path);
    if let Some(kind) = inner.required_text("type") {
        if kind.eq_ignore_ascii_case("text") {
            text_message(&mut inner);
        } else {
            inner.fault(FaultKind::Unsupported, "type");
        }
    }
    inner.finish()?;
    Ok(with_canonical_names(message, &["type", "text", "items", "actions"]))
}

/// A text message says something in at least one of `text`, `items` and `actions` (§12.4.1).
fn text_message(message: &mut Body<'_>) {
    let text = message.text("text");
    let mut says_something = text.is_some_and(|text| !text.trim().is_empty());
    for list in ["items", "actions"] {
        match message.optional(list, FaultKind::WrongType, Value::as_array) {
            Some(entries) if entries.is_empty() => message.fault(FaultKind::EmptyList, list),
            Some(entries) if entries.iter().any(|entry| !entry.is_object()) => {
                message.fault(FaultKind::WrongType, list);
            }
            Some(_) => says_something = true,
            None => says_something |= message.get(list).is_some(),
        }
    }
    let has_wrong_text = text.is_none() && message.get("text").is_some();
    if !says_something
        && !has_wrong_text
        && message.get("items").is_none()
        && message.get("actions").is_none()
    {
        message.fault(FaultKind::EmptyMessage, "text");
    }
}

fn event(read: &mut Body<'_>) -> Option<(Content, Keeping)> {
    let event = read.object("event")?;
    let (event, keeping) = checked_event(event, "event").map_err(|faults| read.absorb(faults)).ok()?;
    Some((Content::Event(event), keeping))
}

/// Checks an event (§12.5) that stands at `path` in a body; faults are told by their place in that body.
pub fn checked_event(
    event: &Map<String, Value>,
    path: &str,
) -> Result<(Map<String, Value>, Keeping), Vec<Fault>> {
    let mut inner = Body::nested(event, path);
    let kind = match inner.required_text("type").map(EventType::from_name) {
        Some(None) => {
            inner.fault(FaultKind::Unsupported, "type");
            None
        }
        known => known.flatten(),
    };
    let keeping = match kind {
        Some(EventType::Payload) => {
            inner.required_text("payloadType");
            inner.required("payload", FaultKind::WrongType, Some);
            Keeping::Kept
        }
        Some(EventType::Seen) => Keeping::SeenMark,
        Some(EventType::TypingOn | EventType::TypingOff) | None => Keeping::Transient,
    };
    inner.finish()?;
    Ok((with_canonical_names(event, &["type", "payloadType", "payload"]), keeping))
}

/// The object with the platform's own spelling of `names`, whatever case they came in; all else stays. Of several
/// spellings of one name the one that was checked stays, and the others go.
fn with_canonical_names(object: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let checked = Body::new(object);
    let mut canonical = Map::new();
    for (key, value) in object {
        match names.iter().find(|name| name.eq_ignore_ascii_case(key)) {
            None => drop(canonical.insert(key.clone(), value.clone())),
            Some(name) => {
                if let Some(value) = checked.get(name) {
                    canonical.insert((*name).to_owned(), value.clone());
                }
            }
        }
    }
    canonical
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(body: Value) -> Result<ActivityDraft, Vec<Fault>> {
        ActivityDraft::from_body(body.as_object().unwrap())
    }

    fn faults(body: Value) -> Vec<(FaultKind, String)> {
        check(body).unwrap_err().into_iter().map(|fault| (fault.kind, fault.property)).collect()
    }

    #[test]
    fn a_text_message_is_kept_with_its_extra_properties() {
        let draft = check(json!({"type": "Message", "externalId": "x",
            "message": {"Type": "text", "text": "Hi there!", "mood": "good"}}))
        .unwrap();
        assert_eq!(draft.keeping, Keeping::Kept);
        assert_eq!(draft.external_id.as_deref(), Some("x"));
        let Content::Message(message) = draft.content else { panic!("a message was sent") };
        assert_eq!(Value::Object(message), json!({"type": "text", "text": "Hi there!", "mood": "good"}));
    }

    #[test]
    fn what_was_checked_is_what_is_kept_however_often_it_is_spelled() {
        let draft = check(json!({"type": "message",
            "message": {"type": "text", "text": "ok", "Type": "hologram", "TEXT": {"x": 1}}}))
        .unwrap();
        let Content::Message(message) = draft.content else { panic!("a message was sent") };
        assert_eq!(Value::Object(message), json!({"type": "text", "text": "ok"}));
    }

    #[test]
    fn a_payload_event_is_kept_and_typing_is_not() {
        let payload = json!({"type": "event", "event": {"type": "payload", "payloadType": "my.payload.01",
            "payload": {"data1": "value1"}}});
        assert_eq!(check(payload).unwrap().keeping, Keeping::Kept);
        for (kind, keeping) in [
            ("typing_on", Keeping::Transient),
            ("typing_off", Keeping::Transient),
            ("seen", Keeping::SeenMark),
        ] {
            assert_eq!(check(json!({"type": "event", "event": {"type": kind}})).unwrap().keeping, keeping);
        }
    }

    #[test]
    fn each_fault_is_told_by_kind_and_property() {
        use FaultKind::*;
        let text = json!({"type": "text", "text": "x"});
        let cases = [
            (json!({}), vec![(Missing, "type"), (NoContent, "")]),
            (json!({"type": "message"}), vec![(NoContent, "")]),
            (json!({"message": text}), vec![(Missing, "type")]),
            (json!({"type": "event", "message": text}), vec![(Missing, "event")]),
            (json!({"type": "message", "event": {"type": "seen"}}), vec![(Missing, "message")]),
            (json!({"type": "message", "message": text, "event": {"type": "seen"}}), vec![(TwoContents, "")]),
            (json!({"type": "action", "message": text}), vec![(Unsupported, "type")]),
            (json!({"type": 5, "message": text}), vec![(WrongType, "type")]),
            (json!({"type": "message", "message": "text"}), vec![(WrongType, "message")]),
            (json!({"type": "message", "message": {}}), vec![(Missing, "message.type")]),
            (
                json!({"type": "message", "message": {"type": "hologram"}}),
                vec![(Unsupported, "message.type")],
            ),
            (json!({"type": "message", "message": {"type": "text"}}), vec![(EmptyMessage, "message.text")]),
            (
                json!({"type": "message", "message": {"type": "text", "text": " "}}),
                vec![(EmptyMessage, "message.text")],
            ),
            (
                json!({"type": "message", "message": {"type": "text", "text": 1}}),
                vec![(WrongType, "message.text")],
            ),
            (
                json!({"type": "message", "message": {"type": "text", "items": []}}),
                vec![(EmptyList, "message.items")],
            ),
            (json!({"type": "event", "event": {"type": "wave"}}), vec![(Unsupported, "event.type")]),
            (
                json!({"type": "event", "event": {"type": "payload"}}),
                vec![(Missing, "event.payloadType"), (Missing, "event.payload")],
            ),
            (
                json!({"type": "message", "message": text, "sender": {"integrationId": "nobody"}}),
                vec![(NotAGuid, "sender.integrationId")],
            ),
            (
                json!({"type": "message", "message": text, "externalId": "x".repeat(MAX_EXTERNAL_ID + 1)}),
                vec![(TooLong, "externalId")],
            ),
        ];
        for (body, expected) in cases {
            let expected: Vec<_> = expected.into_iter().map(|(kind, at)| (kind, at.to_owned())).collect();
            assert_eq!(faults(body.clone()), expected, "{body}");
        }
    }

    #[test]
    fn an_external_id_may_be_as_long_as_the_limit() {
        let body =
            json!({"type": "event", "event": {"type": "seen"}, "externalId": "x".repeat(MAX_EXTERNAL_ID)});
        assert!(check(body).is_ok());
    }
}
