//! What is known of an event: its type, its fields, and an example. It must not know where that is written.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::event_type::Category;
use super::field::Fields;

/// An event of the catalogue.
#[derive(Debug)]
pub struct Definition {
    /// Its type, such as `engagementCenter.Idle`.
    pub name: String,
    /// What it is about.
    pub category: Category,
    /// When it comes, in a sentence.
    pub about: String,
    /// Whether those who have subscribed to other users' events hear it, as an event of their own.
    pub has_third_party_form: bool,
    /// What its fields are wrapped in; `None` when they stand alone.
    pub envelope: Option<Arc<Envelope>>,
    /// What it says.
    pub fields: Fields,
    /// The documented payload, envelope included.
    pub example: Value,
}

/// What the fields of most events are wrapped in: they are its member `payload`.
#[derive(Debug)]
pub struct Envelope {
    /// Its name in the source.
    pub name: String,
    /// Its other members.
    pub fields: Fields,
}

impl Envelope {
    /// The member that holds the fields.
    pub const INSIDE: &str = "payload";

    /// Whether an object is such an envelope and not what belongs into one: it has an inside and says whose it is.
    pub fn is_around(&self, object: &Map<String, Value>) -> bool {
        object.get(Self::INSIDE).is_some_and(Value::is_object)
            && self.fields.iter().any(|field| object.contains_key(&field.name))
    }
}
