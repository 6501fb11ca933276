//! How a bot says its answers and hand-overs, and names the question that each is for.
//! It must not know when they are said.

use std::fmt;

use serde_json::{Value, json};

use crate::domain::faq::FaqNode;
use crate::domain::ids::IntegrationId;
use crate::faq::{HandOver, Reply};
use crate::pipeline::{ActivityDraft, EngineError, handover_event};

/// Which question something is for, and which part of the answer it is: the `externalId` of all that a bot says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// The `eventId` of the question.
    pub(super) question: i64,
    /// Counted from 1.
    pub(super) part: usize,
    /// How many parts the answer has.
    pub(super) parts: usize,
}

impl Reference {
    /// The reference that such an `externalId` is.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut numbers = text.strip_prefix("faq-")?.split('-');
        let question = numbers.next()?.parse().ok()?;
        let (part, parts) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
        numbers.next().is_none().then_some(Self { question, part, parts })
    }

    /// Whether the answer is complete with it.
    pub(super) fn is_last(&self) -> bool {
        self.part >= self.parts
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "faq-{}-{}-{}", self.question, self.part, self.parts)
    }
}

/// What a bot says to a question, part by part.
pub(super) fn parts(reply: &Reply<FaqNode>) -> Vec<Value> {
    match reply {
        Reply::Answer(node, _) => {
            let message =
                |text: &String| json!({"type": "message", "message": {"type": "text", "text": text}});
            node.answers.iter().map(message).collect()
        }
        Reply::HandOver(why) => {
            vec![json!({"type": "event", "event": handover_event(None, Some(reason(*why)))})]
        }
    }
}

/// Why, for people and programs.
fn reason(why: HandOver) -> &'static str {
    match why {
        HandOver::Asked => "the customer asked for a person",
        HandOver::Unknown => "the bot knows no answer",
    }
}

/// Why a bot gives up whose answer cannot be said.
pub(super) const UNSAYABLE: &str = "the bot could not say its answer";
/// Why a bot gives up whose answer cannot be read.
pub(super) const UNREADABLE: &str = "the bot could not read its answer";

/// A part as the bot says it.
///
/// # Errors
/// [`EngineError::Invalid`] for a text that no message may have.
pub(super) fn draft(
    mut part: Value,
    bot: IntegrationId,
    reference: Reference,
) -> Result<ActivityDraft, EngineError> {
    part["externalId"] = reference.to_string().into();
    let body = part.as_object().expect("a part is written as an object");
    ActivityDraft::from_body(body).map_err(EngineError::Invalid)?.said_by(bot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_reads_back_and_nothing_else_does() {
        let reference = Reference { question: 1_795_265_570_246, part: 2, parts: 10 };
        assert_eq!(Reference::read(&reference.to_string()), Some(reference));
        for other in ["", "faq-", "faq-1-1", "faq-1-1-1-1", "faq-a-1-1", "ref-1-1-1"] {
            assert_eq!(Reference::read(other), None, "{other}");
        }
    }

    #[test]
    fn an_answer_is_complete_with_its_last_part() {
        let part = |part| Reference { question: 1, part, parts: 2 };
        assert!(!part(1).is_last());
        assert!(part(2).is_last());
    }

    #[test]
    fn a_hand_over_is_an_event_with_its_reason() {
        let said = parts(&Reply::HandOver(HandOver::Unknown));
        assert_eq!(said.len(), 1);
        assert_eq!(said[0]["event"]["payloadType"], "hubster.handover");
        assert_eq!(said[0]["event"]["payload"], json!({"reason": "the bot knows no answer"}));
    }
}
