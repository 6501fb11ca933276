//! JSON schemas (2020-12, as OpenAPI 3.1 has them) in the words that descriptions of calls use. It must not know what
//! they describe.

use serde_json::{Map, Value, json};

/// A text.
pub(in crate::api) fn text() -> Value {
    json!({"type": "string"})
}

/// A text of at most so many characters.
pub(in crate::api) fn short_text(longest: usize) -> Value {
    json!({"type": "string", "maxLength": longest})
}

/// A text of at most so many characters that is not blank.
pub(in crate::api) fn telling_text(longest: usize) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": longest, "pattern": "\\S"})
}

/// An identifier that is a GUID.
pub(in crate::api) fn guid() -> Value {
    json!({"type": "string", "format": "uuid"})
}

/// A moment of ISO 8601.
pub(in crate::api) fn moment() -> Value {
    json!({"type": "string", "format": "date-time"})
}

/// A moment as the platform writes it: of UTC, with no zone behind it.
pub(in crate::api) fn moment_of_utc() -> Value {
    json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?$"})
}

/// An absolute http or https address of at most so many characters.
pub(in crate::api) fn web_address(longest: usize) -> Value {
    json!({"type": "string", "format": "uri", "maxLength": longest})
}

/// A whole number.
pub(in crate::api) fn whole() -> Value {
    json!({"type": "integer"})
}

/// A whole number of at least `least`.
pub(in crate::api) fn whole_from(least: i64) -> Value {
    json!({"type": "integer", "minimum": least})
}

/// A whole number within bounds.
pub(in crate::api) fn whole_within(least: i64, most: i64) -> Value {
    json!({"type": "integer", "minimum": least, "maximum": most})
}

/// True or false.
pub(in crate::api) fn boolean() -> Value {
    json!({"type": "boolean"})
}

/// A list.
pub(in crate::api) fn list(of: Value) -> Value {
    json!({"type": "array", "items": of})
}

/// A list with bounds.
pub(in crate::api) fn list_within(of: Value, least: usize, most: usize) -> Value {
    json!({"type": "array", "items": of, "minItems": least, "maxItems": most})
}

/// One of these values.
pub(in crate::api) fn one_of(values: impl IntoIterator<Item = impl Into<Value>>) -> Value {
    let values: Vec<Value> = values.into_iter().map(Into::into).collect();
    json!({"enum": values})
}

/// One of these texts.
pub(in crate::api) fn word(values: impl IntoIterator<Item = impl Into<Value>>) -> Value {
    let mut schema = one_of(values);
    schema["type"] = "string".into();
    schema
}

/// As at least one of these says.
pub(in crate::api) fn any_of(schemas: impl IntoIterator<Item = Value>) -> Value {
    json!({"anyOf": schemas.into_iter().collect::<Vec<_>>()})
}

/// Any object.
pub(in crate::api) fn any_object() -> Value {
    json!({"type": "object"})
}

/// A schema of the document by its name.
pub(in crate::api) fn named(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The schema with a default, which the server takes where nothing is given.
pub(in crate::api) fn with_default(mut schema: Value, default: impl Into<Value>) -> Value {
    schema["default"] = default.into();
    schema
}

/// The schema with words about what it describes.
pub(in crate::api) fn about(mut schema: Value, text: &str) -> Value {
    schema["description"] = text.into();
    schema
}

/// A list of at least so many.
pub(in crate::api) fn list_from(of: Value, least: usize) -> Value {
    json!({"type": "array", "items": of, "minItems": least})
}

/// An object as it is answered: with all of `always`, and with those of `sometimes` that apply.
pub(in crate::api) fn answered<'n>(
    always: impl IntoIterator<Item = (&'n str, Value)>,
    sometimes: impl IntoIterator<Item = (&'n str, Value)>,
) -> Value {
    object(always, sometimes)
}

/// An object as it is asked for: `required` has to be there; `null` counts as absent in what is `optional`.
pub(in crate::api) fn asked<'n>(
    required: impl IntoIterator<Item = (&'n str, Value)>,
    optional: impl IntoIterator<Item = (&'n str, Value)>,
) -> Value {
    object(required, optional.into_iter().map(|(name, schema)| (name, or_null(schema))))
}

fn object<'n>(
    required: impl IntoIterator<Item = (&'n str, Value)>,
    optional: impl IntoIterator<Item = (&'n str, Value)>,
) -> Value {
    let (mut names, mut properties) = (Vec::new(), Map::new());
    for (name, schema) in required {
        names.push(name);
        properties.insert(name.to_owned(), schema);
    }
    properties.extend(optional.into_iter().map(|(name, schema)| (name.to_owned(), schema)));
    let mut schema = json!({"type": "object"});
    if !names.is_empty() {
        schema["required"] = json!(names);
    }
    schema["properties"] = properties.into();
    schema
}

/// The schema, or `null`.
pub(in crate::api) fn or_null(mut schema: Value) -> Value {
    if let Some(Value::Array(ways)) = schema.get_mut("anyOf") {
        ways.push(json!({"type": "null"}));
        return schema;
    }
    if schema == json!({}) {
        // Whatever may be anything may be null.
        return schema;
    }
    let has_values = match schema.get_mut("enum") {
        Some(Value::Array(values)) => {
            values.push(Value::Null);
            true
        }
        _ => false,
    };
    match schema.get_mut("type") {
        Some(kind) if kind.is_string() && kind != "null" => *kind = json!([kind, "null"]),
        None if !has_values => schema = any_of([schema, json!({"type": "null"})]),
        _ => {}
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_left_out_of_a_body_may_be_null() {
        let body = asked(
            [("name", text())],
            [
                ("kind", word(["a"])),
                ("size", one_of([json!("b"), json!(1)])),
                ("of", named("Thing")),
                ("any", json!({})),
                ("either", any_of([text(), whole()])),
            ],
        );
        assert_eq!(body["required"], json!(["name"]));
        assert_eq!(
            body["properties"],
            json!({
                "name": {"type": "string"},
                "kind": {"type": ["string", "null"], "enum": ["a", null]},
                "size": {"enum": ["b", 1, null]},
                "of": {"anyOf": [{"$ref": "#/components/schemas/Thing"}, {"type": "null"}]},
                "any": {},
                "either": {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
            })
        );
    }

    #[test]
    fn what_is_answered_now_and_then_is_never_null() {
        let answer = answered([], [("name", text())]);
        assert_eq!(answer, json!({"type": "object", "properties": {"name": {"type": "string"}}}));
    }
}
