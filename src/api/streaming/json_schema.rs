//! Fields as JSON schemas (draft 07), as AsyncAPI documents hold them. It must not know the documents.

use serde_json::{Map, Value, json};

use crate::domain::catalogue::{Field, Fields, Form, NamedValue, Values};

/// The schema of an object with these fields, and with whatever else it may hold.
pub(super) fn of_object(fields: &Fields) -> Value {
    let properties: Map<_, _> = fields
        .iter()
        .flat_map(|field| {
            let names = [Some(&field.name), field.spelled.as_ref()];
            names.into_iter().flatten().map(|name| (name.clone(), of_field(field)))
        })
        .collect();
    json!({"type": "object", "properties": properties})
}

fn of_field(field: &Field) -> Value {
    let types: Vec<_> = field.forms().map(json_type).collect();
    let mut schema = Map::new();
    schema.insert(
        "type".to_owned(),
        match types.as_slice() {
            [one] => json!(one),
            several => json!(several),
        },
    );
    schema.insert("description".to_owned(), description(field).into());
    // A keyword is about values of one type and lets all others through, so those of two forms can stand together.
    for form in field.forms() {
        match form {
            Form::Digits => drop(schema.insert("pattern".to_owned(), "^-?[0-9]+$".into())),
            Form::Blank => drop(schema.insert("pattern".to_owned(), "^\\s*$".into())),
            Form::DateTime => drop(schema.insert("format".to_owned(), "date-time".into())),
            Form::Object => schema.extend(object_keywords(&field.fields)),
            Form::List => drop(schema.insert("items".to_owned(), of_object(&field.fields))),
            Form::Texts => drop(schema.insert("items".to_owned(), json!({"type": "string"}))),
            Form::Integer | Form::Text | Form::Boolean => {}
        }
    }
    if let Some(most) = field.most {
        schema.insert("maxItems".to_owned(), most.into());
    }
    match &field.values {
        Values::Any => {}
        Values::Only(values) => drop(schema.insert("enum".to_owned(), distinct(field.form, values))),
        Values::Known(values) => drop(schema.insert("examples".to_owned(), distinct(field.form, values))),
    }
    if field.is_deprecated {
        schema.insert("deprecated".to_owned(), true.into());
    }
    Value::Object(schema)
}

fn object_keywords(fields: &Fields) -> Map<String, Value> {
    match of_object(fields) {
        Value::Object(mut schema) => {
            schema.remove("type");
            schema
        }
        _ => Map::new(),
    }
}

fn json_type(form: Form) -> &'static str {
    match form {
        Form::Integer => "integer",
        Form::Digits | Form::Text | Form::Blank | Form::DateTime => "string",
        Form::Boolean => "boolean",
        Form::Object => "object",
        Form::List | Form::Texts => "array",
    }
}

/// What the field holds, with the names of its numbers.
fn description(field: &Field) -> String {
    let named = |value: &NamedValue| {
        let name = value.name.as_ref()?;
        Some(format!("{} {name}", value.number?))
    };
    let Values::Only(values) = &field.values else { return field.about.clone() };
    let names: Vec<_> = values.iter().filter_map(named).collect();
    if names.is_empty() { field.about.clone() } else { format!("{} {}.", field.about, names.join(", ")) }
}

/// The values of a field of this form, each once.
fn distinct(form: Form, values: &[NamedValue]) -> Value {
    let mut all: Vec<Value> = Vec::with_capacity(values.len());
    for value in values {
        let value = if form == Form::Integer { json!(value.number) } else { json!(value.name) };
        if !all.contains(&value) {
            all.push(value);
        }
    }
    all.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalogue::EventType;

    fn field_of(event_type: &str, name: &str) -> Value {
        let definition = EventType::find(event_type).unwrap().definition();
        of_field(definition.fields.get(name).unwrap())
    }

    #[test]
    fn a_field_of_two_forms_has_the_keywords_of_both() {
        let schema = field_of("engagementCenter.ConsultInitiated", "interactionData");
        assert_eq!(schema["type"], json!(["array", "string"]));
        assert_eq!(schema["pattern"], "^\\s*$");
        assert_eq!(schema["maxItems"], 20);
        assert_eq!(schema["items"]["properties"]["isMasked"]["type"], "boolean");
    }

    #[test]
    fn counted_numbers_are_listed_once_and_named_in_the_description() {
        let schema = field_of("engagementCenter.MonitorState", "monitoringState");
        assert_eq!(schema["enum"], json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
        assert!(schema["description"].as_str().unwrap().contains("1 MON_SILENT, 1 MON_MONITORING, 2 "));
    }

    #[test]
    fn texts_that_are_only_known_bind_nobody() {
        let schema = field_of("engagementCenter.Error", "failReason");
        assert_eq!(schema.get("enum"), None);
        assert_eq!(schema["examples"][0], "General Failure");
    }

    #[test]
    fn a_field_with_a_twin_is_deprecated_and_its_twin_is_not() {
        assert_eq!(field_of("engagementCenter.Idle", "interactionId")["deprecated"], true);
        let twin = field_of("engagementCenter.Idle", "interactionIdRev");
        assert_eq!(twin.get("deprecated"), None);
        assert_eq!(twin["type"], json!(["string", "integer"]));
    }
}
