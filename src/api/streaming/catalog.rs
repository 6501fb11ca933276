//! The catalogue as listeners can ask for it: every event with its fields and an example, always in the same order.
//! It must not know what a field means.

use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

use super::caller::Listener;
use crate::domain::catalogue::{
    Definition, Envelope, EventType, Field, Fields, Form, NamedValue, Values, changes, raised,
};
use crate::domain::subscription::WatchedEvent;

/// The catalogue is the same for everybody for as long as the process lives, so it is written once.
static CATALOG: LazyLock<Bytes> = LazyLock::new(|| {
    let catalog = CatalogOut::new();
    serde_json::to_vec(&catalog).expect("a catalogue has text keys, which JSON can always say").into()
});

/// Gives the catalogue.
pub(super) async fn catalog(_: Listener) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], CATALOG.clone())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CatalogOut {
    kind: &'static str,
    total_items: usize,
    /// What may be published and heard.
    events: Vec<EventOut>,
    /// What the broker tells everybody about itself.
    raised: Vec<EventOut>,
    /// What is heard of changes of the directory.
    changes: Vec<EventOut>,
}

impl CatalogOut {
    fn new() -> Self {
        let events: Vec<_> = EventType::all().map(|one| EventOut::of(one.definition())).collect();
        let changes = changes().iter().map(EventOut::of).collect();
        let raised = raised().iter().map(EventOut::of).collect();
        Self { kind: "via#eventCatalog", total_items: events.len(), events, raised, changes }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventOut {
    event_type: &'static str,
    kind: &'static str,
    /// The type by which sessions hear it that have subscribed to other users' events.
    #[serde(skip_serializing_if = "Option::is_none")]
    third_party_event_type: Option<String>,
    description: &'static str,
    /// The members around the fields; absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<EnvelopeOut>,
    fields: Vec<FieldOut>,
    example: &'static Value,
}

impl EventOut {
    fn of(definition: &'static Definition) -> Self {
        Self {
            event_type: &definition.name,
            kind: definition.category.kind(),
            third_party_event_type: WatchedEvent::third_party(&definition.name).map(WatchedEvent::event_type),
            description: &definition.about,
            envelope: definition.envelope.as_deref().map(EnvelopeOut::of),
            fields: fields_out(&definition.fields),
            example: &definition.example,
        }
    }
}

#[derive(Serialize)]
struct EnvelopeOut {
    fields: Vec<FieldOut>,
    /// The member that holds the fields of the event.
    inside: &'static str,
}

impl EnvelopeOut {
    fn of(envelope: &'static Envelope) -> Self {
        Self { fields: fields_out(&envelope.fields), inside: Envelope::INSIDE }
    }
}

/// A field; what does not apply to it is absent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FieldOut {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    also_spelled: Option<&'static str>,
    #[serde(flatten)]
    form: FormOut,
    /// What its value may be instead.
    #[serde(rename = "or", skip_serializing_if = "Option::is_none")]
    alternative: Option<FormOut>,
    description: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<Value>,
    /// Whether other values are good as well; told where there are values.
    #[serde(skip_serializing_if = "Option::is_none")]
    other_values: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<usize>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deprecated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    twin: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldOut>,
}

impl FieldOut {
    fn of(field: &'static Field) -> Self {
        let values = field.values.listed().iter().map(|value| value_out(field.form, value)).collect();
        Self {
            name: &field.name,
            also_spelled: field.spelled.as_deref(),
            form: FormOut::of(field.form),
            alternative: field.or.map(FormOut::of),
            description: &field.about,
            values,
            other_values: match field.values {
                Values::Any => None,
                Values::Known(_) => Some(true),
                Values::Only(_) => Some(false),
            },
            max_items: field.most,
            deprecated: field.is_deprecated,
            twin: field.twin.as_deref(),
            fields: fields_out(&field.fields),
        }
    }
}

/// A form by the names of JSON schemas.
#[derive(Serialize)]
struct FormOut {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
}

impl FormOut {
    fn of(form: Form) -> Self {
        let (kind, format) = match form {
            Form::Integer => ("integer", None),
            Form::Digits => ("string", Some("digits")),
            Form::Text => ("string", None),
            Form::Blank => ("string", Some("blank")),
            Form::Boolean => ("boolean", None),
            Form::DateTime => ("string", Some("date-time")),
            Form::Object => ("object", None),
            Form::List => ("array", None),
            Form::Texts => ("array", Some("strings")),
        };
        Self { kind, format }
    }
}

fn fields_out(fields: &'static Fields) -> Vec<FieldOut> {
    fields.iter().map(FieldOut::of).collect()
}

/// A value of a field of this form, with the name of a number or the number of a text.
fn value_out(form: Form, value: &NamedValue) -> Value {
    match (form, value.number, &value.name) {
        (Form::Integer, Some(number), Some(name)) => json!({"value": number, "name": name}),
        (Form::Integer, number, _) => json!({"value": number}),
        (_, Some(number), name) => json!({"value": name, "number": number}),
        (_, None, name) => json!({"value": name}),
    }
}
