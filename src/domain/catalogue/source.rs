//! The source of the catalogue and its reading: two tables of data, which say themselves what they may hold. A broken
//! one does not pass the tests, so that none is met while the server runs.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;

use super::definition::{Definition, Envelope};
use super::event_type::Category;
use super::field::{Field, Fields, FieldsError};
use super::form::Form;
use super::values::{NamedValue, Values};

/// The events.
pub(super) const EVENTS: &str = include_str!("events.toml");

/// The values that their fields may have.
pub(super) const VALUES: &str = include_str!("values.toml");

/// The envelope of events that name none.
const USUAL_ENVELOPE: &str = "user";

/// Why a source is no catalogue.
#[derive(Debug, thiserror::Error)]
pub(super) enum SourceError {
    #[error(transparent)]
    Syntax(#[from] toml::de::Error),
    #[error("the events are not in the order of their types: {0:?} comes after {1:?}")]
    OutOfOrder(String, String),
    #[error("{0}: {1}")]
    Event(String, EventError),
}

/// What is wrong with an event.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum EventError {
    #[error("its type begins with no category")]
    NoCategory,
    #[error("only events of engagementCenter have a third-party form or have none")]
    NoThirdParty,
    #[error("there is no envelope {0:?}")]
    NoEnvelope(String),
    #[error("there are no values {0:?}")]
    NoValues(String),
    #[error("{0:?} stands in no object or list")]
    NoParent(String),
    #[error(transparent)]
    Fields(#[from] FieldsError),
    #[error("its example is not JSON: {0}")]
    Example(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventsSource {
    envelopes: HashMap<String, EnvelopeSource>,
    event: Vec<EventSource>,
    #[serde(default)]
    raised: Vec<EventSource>,
    #[serde(default)]
    change: Vec<EventSource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvelopeSource {
    fields: Vec<FieldSource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventSource {
    #[serde(rename = "type")]
    name: String,
    about: String,
    envelope: Option<String>,
    third_party: Option<bool>,
    #[serde(default)]
    fields: Vec<FieldSource>,
    example: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldSource {
    path: String,
    #[serde(rename = "type")]
    form: Form,
    or: Option<Form>,
    spelled: Option<String>,
    values: Option<String>,
    known: Option<String>,
    most: Option<usize>,
    rev: Option<String>,
    rev_type: Option<Form>,
    deprecated: Option<bool>,
    about: String,
}

type Envelopes = HashMap<String, Arc<Envelope>>;
type ValueLists = HashMap<String, Arc<[NamedValue]>>;

/// What the source says. Each list is in the order of the bytes of the types, so that one is found by halving.
#[derive(Debug)]
pub(super) struct Catalogue {
    /// What happens around agents and their work; may be published.
    pub(super) events: Vec<Definition>,
    /// What the broker tells everybody about itself; may not.
    pub(super) raised: Vec<Definition>,
    /// What is done to the directory; may not.
    pub(super) changes: Vec<Definition>,
}

/// Reads a catalogue.
pub(super) fn read(events: &str, values: &str) -> Result<Catalogue, SourceError> {
    let values: ValueLists = toml::from_str(values)?;
    let source: EventsSource = toml::from_str(events)?;
    let mut envelopes = Envelopes::new();
    for (name, EnvelopeSource { fields }) in source.envelopes {
        let fields =
            read_fields(&fields, &values).map_err(|error| SourceError::Event(name.clone(), error))?;
        envelopes.insert(name.clone(), Arc::new(Envelope { name, fields }));
    }
    Ok(Catalogue {
        events: define_all(source.event, &envelopes, &values)?,
        raised: define_all(source.raised, &envelopes, &values)?,
        changes: define_all(source.change, &envelopes, &values)?,
    })
}

fn define_all(
    events: Vec<EventSource>,
    envelopes: &Envelopes,
    values: &ValueLists,
) -> Result<Vec<Definition>, SourceError> {
    let mut definitions: Vec<Definition> = Vec::with_capacity(events.len());
    for event in events {
        let name = event.name.clone();
        let definition = define(event, envelopes, values).map_err(|error| SourceError::Event(name, error))?;
        if let Some(last) = definitions.last().filter(|last| last.name >= definition.name) {
            return Err(SourceError::OutOfOrder(definition.name, last.name.clone()));
        }
        definitions.push(definition);
    }
    Ok(definitions)
}

fn define(event: EventSource, envelopes: &Envelopes, values: &ValueLists) -> Result<Definition, EventError> {
    let category = Category::of(&event.name).ok_or(EventError::NoCategory)?;
    let envelope = match (event.envelope.as_deref(), category) {
        (None, Category::Outreach) => None,
        (name, _) => {
            let name = name.unwrap_or(USUAL_ENVELOPE);
            let found = envelopes.get(name).ok_or_else(|| EventError::NoEnvelope(name.to_owned()))?;
            Some(found.clone())
        }
    };
    let fields = read_fields(&event.fields, values)?;
    let example =
        serde_json::from_str(&event.example).map_err(|error| EventError::Example(error.to_string()))?;
    let has_third_party_form = match (category, event.third_party) {
        (Category::EngagementCenter, said) => said.unwrap_or(true),
        (_, None) => false,
        (_, Some(_)) => return Err(EventError::NoThirdParty),
    };
    Ok(Definition {
        name: event.name,
        category,
        about: event.about,
        has_third_party_form,
        envelope,
        fields,
        example,
    })
}

/// The fields of an event; what is in objects and lists comes behind them, by its path.
fn read_fields(source: &[FieldSource], values: &ValueLists) -> Result<Fields, EventError> {
    let is_parent = |parent: &str| {
        let of = |field: &FieldSource| match field.form {
            Form::Object => field.path == parent,
            Form::List => parent.strip_suffix("[]") == Some(field.path.as_str()),
            _ => false,
        };
        parent.is_empty() || source.iter().any(of)
    };
    match source.iter().find(|field| !is_parent(split(&field.path).0)) {
        Some(orphan) => Err(EventError::NoParent(orphan.path.clone())),
        None => fields_of("", source, values),
    }
}

fn fields_of(parent: &str, source: &[FieldSource], values: &ValueLists) -> Result<Fields, EventError> {
    let mut fields = Vec::new();
    for one in source.iter().filter(|field| split(&field.path).0 == parent) {
        let inside = match one.form {
            Form::Object => fields_of(&one.path, source, values)?,
            Form::List => fields_of(&format!("{}[]", one.path), source, values)?,
            _ => Fields::default(),
        };
        let field = read_field(one, inside, values)?;
        let twin = one.rev.as_ref().map(|name| twin_of(&field, name, one.rev_type));
        fields.push(field);
        fields.extend(twin);
    }
    Ok(Fields::new(fields)?)
}

fn read_field(source: &FieldSource, inside: Fields, values: &ValueLists) -> Result<Field, EventError> {
    let list = |name: &String| values.get(name).cloned().ok_or_else(|| EventError::NoValues(name.clone()));
    let values = match (&source.values, &source.known) {
        (Some(name), _) => Values::Only(list(name)?),
        (None, Some(name)) => Values::Known(list(name)?),
        (None, None) => Values::Any,
    };
    Ok(Field {
        name: split(&source.path).1.to_owned(),
        spelled: source.spelled.clone(),
        about: source.about.clone(),
        form: source.form,
        or: source.or,
        values,
        most: source.most,
        is_deprecated: source.deprecated.unwrap_or(source.rev.is_some()),
        twin: source.rev.clone(),
        fields: inside,
    })
}

fn twin_of(field: &Field, name: &str, only: Option<Form>) -> Field {
    Field {
        name: name.to_owned(),
        spelled: None,
        about: format!("The same as `{}`.", field.name),
        form: only.unwrap_or(Form::Digits),
        or: if only.is_some() { None } else { Some(Form::Integer) },
        values: Values::Any,
        most: None,
        is_deprecated: false,
        twin: Some(field.name.clone()),
        fields: Fields::default(),
    }
}

/// A path as the path of the parent and the name in it.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}
