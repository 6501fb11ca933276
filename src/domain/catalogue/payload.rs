//! Payloads that were checked against the catalogue. It must not know who gave them.

use serde_json::{Map, Value};

use super::check::complete;
use super::definition::Envelope;
use super::event_type::EventType;
use super::fault::PayloadFault;

/// Whether a payload stands in its envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// It is as listeners are to see it: in its envelope, or of a type that has none.
    Done,
    /// It is what belongs into the envelope.
    Missing,
}

/// A payload that keeps to the definition of its type, twins filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Payload {
    event_type: EventType,
    wrapping: Wrapping,
    members: Map<String, Value>,
}

impl Payload {
    /// Checks a payload of a type, which may stand in its envelope or be what belongs into it.
    pub fn check(event_type: EventType, mut members: Map<String, Value>) -> Result<Self, PayloadFault> {
        let definition = event_type.definition();
        let wrapping = match &definition.envelope {
            Some(envelope) if envelope.is_around(&members) => {
                complete(&envelope.fields, &mut members)?;
                if let Some(Value::Object(inside)) = members.get_mut(Envelope::INSIDE) {
                    complete(&definition.fields, inside)
                        .map_err(|fault| fault.of_member(Envelope::INSIDE))?;
                }
                Wrapping::Done
            }
            Some(_) => {
                complete(&definition.fields, &mut members)?;
                Wrapping::Missing
            }
            None => {
                complete(&definition.fields, &mut members)?;
                Wrapping::Done
            }
        };
        Ok(Self { event_type, wrapping, members })
    }

    /// The type of the event.
    pub fn event_type(&self) -> EventType {
        self.event_type
    }

    /// Whether it stands in its envelope.
    pub fn wrapping(&self) -> Wrapping {
        self.wrapping
    }

    /// What it says.
    pub fn into_members(self) -> Map<String, Value> {
        self.members
    }
}
