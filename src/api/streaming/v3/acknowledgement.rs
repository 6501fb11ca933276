//! Acknowledgements of version 3: the ids that a client names, and which of them were there.
//! It must not know the events behind the ids.

use std::collections::HashSet;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::bodies::nesting;
use crate::api::streaming::body::JsonBody;
use crate::api::streaming::error::{Fault, Reason, Refusal};
use crate::domain::order::EventId;

/// The most ids in one acknowledgement: five polls' worth.
pub(in crate::api::streaming) const MOST: usize = 1000;

/// Ids to acknowledge, each once, in the order in which they are named first (streaming reference,
/// AcknowledgePayload). What is no id in form is not found, as an id that was never given is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AcknowledgeIn(Vec<(String, Option<EventId>)>);

impl AcknowledgeIn {
    /// Reads a body that nests at most `depth` levels.
    ///
    /// What is as it should be is read without a tree of values, which costs several times as much. Anything else
    /// takes the way through the tree, where it is found out what is wrong, if it is anything.
    pub(super) fn read(text: Bytes, depth: usize) -> Result<Self, Refusal> {
        if let Some(plain) = Plain::read(&text, depth) {
            return Ok(Self::named(plain.events.iter().map(|event| event.event_id)));
        }
        let mut object = JsonBody::parse(text, depth)?.into_object()?;
        let events = super::super::batch(&mut object, MOST)?;
        let texts: Vec<_> = events.iter().map(|event| event.get("eventId").and_then(Value::as_str)).collect();
        let faults: Vec<_> = texts
            .iter()
            .enumerate()
            .filter(|(_, text)| text.is_none())
            .map(|(place, _)| {
                let member = format!("events[{place}].eventId");
                Fault::new(member, Reason::InvalidType, "must be a string")
            })
            .collect();
        if faults.is_empty() {
            Ok(Self::named(texts.into_iter().flatten()))
        } else {
            Err(Refusal::Invalid(faults))
        }
    }

    fn named<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut seen = HashSet::new();
        let first = texts.filter(|text| seen.insert(*text));
        Self(first.map(|text| (text.to_owned(), text.parse().ok())).collect())
    }

    /// Those that are ids in form.
    pub(super) fn ids(&self) -> Vec<EventId> {
        self.0.iter().filter_map(|(_, id)| *id).collect()
    }

    /// The answer, when those in `acknowledged` were there.
    pub(super) fn answer(self, acknowledged: &[EventId]) -> AcknowledgeOut {
        let acknowledged: HashSet<&EventId> = acknowledged.iter().collect();
        let (found, not_found): (Vec<_>, Vec<_>) =
            self.0.into_iter().partition(|(_, id)| id.is_some_and(|id| acknowledged.contains(&id)));
        let texts = |named: Vec<(String, _)>| named.into_iter().map(|(text, _)| text).collect();
        AcknowledgeOut { event_ids_acknowledged: texts(found), event_ids_not_found: texts(not_found) }
    }
}

/// A body as clients write it: an object with one list, of objects with plain texts.
#[derive(Deserialize)]
struct Plain<'t> {
    #[serde(borrow)]
    events: Vec<PlainEvent<'t>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlainEvent<'t> {
    /// Borrowed, so that a text with escapes is not plain.
    event_id: &'t str,
}

impl<'t> Plain<'t> {
    fn read(text: &'t [u8], depth: usize) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        // An array would pass for an object with its members in order.
        let is_object = text.trim_start().starts_with('{');
        let lists = text.bytes().filter(|byte| *byte == b'[').count();
        if !is_object || lists != 1 || nesting(text.as_bytes()) > depth {
            return None;
        }
        let plain: Self = serde_json::from_str(text).ok()?;
        (1..=MOST).contains(&plain.events.len()).then_some(plain)
    }
}

/// What an acknowledgement came to (streaming reference, AcknowledgeResponse).
#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) struct AcknowledgeOut {
    pub(super) event_ids_acknowledged: Vec<String>,
    pub(super) event_ids_not_found: Vec<String>,
}
