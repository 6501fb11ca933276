//! What a sender may send (platform documentation §11.3, §12.2-12.5): the body of a Direct call, checked.

mod checker;
mod place;
mod rules;

use std::borrow::Cow;

use serde_json::{Map, Value};

use self::checker::Checker;
use self::place::Place;
use super::body::Body;
use super::enrich::enrich;
use super::error::{EngineError, Fault, FaultKind};
use super::render;
use super::wishes::Wishes;
use crate::domain::activity::{Content, EventType};
use crate::domain::ids::{IntegrationId, InteractionId};
use crate::domain::integration::IntegrationType;
use crate::domain::message::MessageType;

/// The longest `externalId`, in bytes: it is a reference, and stands in every copy of the activity.
pub const MAX_EXTERNAL_ID: usize = 1024;

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
            Content::Message(message) if self.message_type() == Some(MessageType::Text) => {
                message.get("text")?.as_str()
            }
            _ => None,
        }
    }

    /// What a message says in words, for who hears nothing else: the same words that transcripts have. Events say
    /// nothing.
    pub fn words(&self) -> Option<Cow<'_, str>> {
        let Content::Message(message) = &self.content else { return None };
        let is_text_alone = !["items", "actions"].iter().any(|name| message.contains_key(*name));
        let words = match self.text() {
            Some(text) if is_text_alone => Cow::Borrowed(text.trim()),
            _ => Cow::Owned(render::words(message)),
        };
        Some(words).filter(|words| !words.is_empty())
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

    /// Whether a party of that kind may send it: carousels and lists come from the business only (§12.4).
    ///
    /// # Errors
    /// [`EngineError::Invalid`] with the message's type.
    pub fn check_sender(&self, sender: IntegrationType) -> Result<(), EngineError> {
        match self.message_type() {
            Some(kind) if !kind.may_come_from(sender) => {
                Err(EngineError::Invalid(vec![Fault::at(FaultKind::Unsupported, "message.type")]))
            }
            _ => Ok(()),
        }
    }

    /// The type of a message; events have none.
    pub fn message_type(&self) -> Option<MessageType> {
        match &self.content {
            Content::Message(message) => MessageType::from_name(message.get("type")?.as_str()?),
            Content::Event(_) => None,
        }
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
    let mut message = checked_message(message, "message").map_err(|faults| read.absorb(faults)).ok()?;
    enrich(&mut message);
    Some(message)
}

/// Checks a message (§12.4) that stands at `path` in a body; faults are told by their place in that body. Who says it
/// is not judged here: see [`ActivityDraft::check_sender`].
pub fn checked_message(message: &Map<String, Value>, path: &str) -> Result<Map<String, Value>, Vec<Fault>> {
    let mut checker = Checker::default();
    let checked = checker.message(message, MessageType::is_sent, &Place::Root(path));
    checker.finish()?;
    Ok(checked)
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
    let mut checked = with_canonical_names(event, &["type", "payloadType", "payload"]);
    if let Some(kind) = kind {
        checked.insert("type".to_owned(), kind.name().into());
    }
    Ok((checked, keeping))
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
mod tests;
