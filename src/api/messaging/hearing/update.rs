//! What a business answers when it is asked of a contact (messaging reference, ContactInfoUpdate).

use serde_json::{Map, Value};

use crate::api::messaging::error::{FaultCode, Refusal};
use crate::api::messaging::fields::Fields;
use crate::domain::contact_update::{ContactUpdate, Label};
use crate::domain::conversation::MAX_BINDING;
use crate::domain::customer::CustomerKey;
use crate::domain::messaging::ValueKind;

/// The values of `format`, as the reference lists them.
const FORMATS: [&str; 1] = ["MM/DD/YY"];

/// Characters of what people and programs call a label, and of a label's text.
const MAX_LABEL: usize = 1024;

/// Reads an answer with at most `most` labels. One with a fault says nothing.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn read(body: &Map<String, Value>, most: usize) -> Result<ContactUpdate, Refusal> {
    let mut fields = Fields::new("ContactInfoUpdate", body);
    let update = ContactUpdate {
        name: given(&mut fields, "name"),
        email: given(&mut fields, "email"),
        phone: given(&mut fields, "mobile"),
        profile_id: given(&mut fields, "profileId"),
        labels: fields.objects("labels", "CustomerLabel", most, label).into_iter().flatten().collect(),
    };
    if update.email.as_deref().is_some_and(|email| !email.contains('@')) {
        fields.fault("email", FaultCode::InvalidValue, "must be an email address");
    }
    if update.phone.as_deref().is_some_and(|phone| CustomerKey::phone(phone).is_none()) {
        fields.fault("mobile", FaultCode::InvalidValue, "must be a phone number");
    }
    fields.finish()?;
    Ok(update)
}

fn given(fields: &mut Fields<'_>, name: &str) -> Option<String> {
    fields.text(name, MAX_BINDING).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn label(fields: &mut Fields<'_>) -> Option<Label> {
    let key = fields.required_text("key", MAX_LABEL);
    let name = fields.text("name", MAX_LABEL).filter(|name| !name.is_empty());
    let kind = word(fields, "type", ValueKind::WORDS).and_then(ValueKind::from_word);
    let format = word(fields, "format", &FORMATS).unwrap_or_default().to_owned();
    let value = fields.get("value").cloned();
    // The reference binds a value to no type: it may be anything.
    match &value {
        None => fields.fault("value", FaultCode::Required, "is required"),
        Some(value) if value.to_string().chars().count() > MAX_LABEL => {
            fields.fault("value", FaultCode::TooLong, "is longer than a label may be");
        }
        Some(_) => {}
    }
    let (key, value) = (key?, value?);
    let kind = kind.unwrap_or_else(|| kind_of(&value));
    Some(Label { name: name.unwrap_or_else(|| key.clone()), key, kind, format, value })
}

/// One of these words, if something is said.
fn word(fields: &mut Fields<'_>, name: &str, words: &[&'static str]) -> Option<&'static str> {
    let is_empty = fields.get(name).is_some_and(|value| value == "");
    if is_empty { None } else { fields.word(name, words) }
}

/// What a value is of which nobody says it.
fn kind_of(value: &Value) -> ValueKind {
    match value {
        Value::Number(_) => ValueKind::Number,
        Value::Array(_) => ValueKind::List,
        _ => ValueKind::Text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_body(body: &Value) -> Result<ContactUpdate, Vec<(String, &'static str)>> {
        let told =
            |fault: &crate::api::messaging::error::FieldFault| (fault.field.clone(), fault.code.as_str());
        read(body.as_object().unwrap(), 2).map_err(|refusal| refusal.faults().iter().map(told).collect())
    }

    #[test]
    fn an_answer_is_read_with_every_member() {
        let update = read_body(&json!({
            "email": "abc@xyz.com",
            "labels": [
                {"format": "MM/DD/YY", "key": "SINCE", "name": "Since", "type": "DATE", "value": "01/30/26"},
                {"key": "CUSTOMER_TYPE", "value": "Platinum"},
            ],
            "mobile": 919988776655_i64,
            "name": "John Doe",
            "profileId": "C34567",
        }))
        .unwrap();
        assert_eq!(update.phone.as_deref(), Some("919988776655"));
        assert_eq!((&*update.labels[0].format, update.labels[0].kind), ("MM/DD/YY", ValueKind::Date));
        assert_eq!((&*update.labels[1].name, update.labels[1].kind), ("CUSTOMER_TYPE", ValueKind::Text));
        assert_eq!(read_body(&json!({})), Ok(ContactUpdate::default()));
    }

    #[test]
    fn an_answer_with_a_fault_says_nothing() {
        for (body, field, code) in [
            (json!({"email": "nobody"}), "email", "INVALID_VALUE"),
            (json!({"mobile": "none"}), "mobile", "INVALID_VALUE"),
            (json!({"name": []}), "name", "INVALID_TYPE"),
            (json!({"profileId": "x".repeat(MAX_BINDING + 1)}), "profileId", "TOO_LONG"),
            (json!({"name": "x".repeat(MAX_BINDING + 1)}), "name", "TOO_LONG"),
            (json!({"email": {}}), "email", "INVALID_TYPE"),
            (json!({"mobile": true}), "mobile", "INVALID_TYPE"),
            (json!({"profileId": []}), "profileId", "INVALID_TYPE"),
            (json!({"labels": {}}), "labels", "INVALID_TYPE"),
            (json!({"labels": [1]}), "labels[0]", "INVALID_TYPE"),
            (json!({"labels": [{"key": [], "value": 1}]}), "labels[0].key", "INVALID_TYPE"),
            (
                json!({"labels": [{"key": "k".repeat(MAX_LABEL + 1), "value": 1}]}),
                "labels[0].key",
                "TOO_LONG",
            ),
            (json!({"labels": [{"key": "a", "value": 1, "name": {}}]}), "labels[0].name", "INVALID_TYPE"),
            (json!({"labels": [{"key": "a", "value": 1, "type": 5}]}), "labels[0].type", "INVALID_TYPE"),
            (json!({"labels": [{}, {}, {}]}), "labels", "TOO_LONG"),
            (json!({"labels": [{"value": "a"}]}), "labels[0].key", "REQUIRED"),
            (json!({"labels": [{"key": "a"}]}), "labels[0].value", "REQUIRED"),
            (
                json!({"labels": [{"key": "a", "value": 1, "type": "MONEY"}]}),
                "labels[0].type",
                "INVALID_VALUE",
            ),
            (
                json!({"labels": [{"key": "a", "value": "b", "format": "YY"}]}),
                "labels[0].format",
                "INVALID_VALUE",
            ),
            (
                json!({"labels": [{"key": "a", "value": "b".repeat(MAX_LABEL)}]}),
                "labels[0].value",
                "TOO_LONG",
            ),
        ] {
            assert_eq!(read_body(&body).unwrap_err()[0], (field.to_owned(), code), "{body}");
        }
    }

    #[test]
    fn a_label_needs_a_key_and_any_value_and_is_of_the_type_that_it_says_or_that_its_value_is_of() {
        let labelled = |label: Value| read_body(&json!({"labels": [label]})).unwrap().labels.remove(0);
        for (value, kind) in [
            (json!("Platinum"), ValueKind::Text),
            (json!(1200), ValueKind::Number),
            (json!(["a", "b"]), ValueKind::List),
            (json!(true), ValueKind::Text),
            (json!({"a": 1}), ValueKind::Text),
        ] {
            let plain = labelled(json!({"key": "a", "value": value}));
            let expected =
                Label { key: "a".to_owned(), name: "a".to_owned(), kind, format: String::new(), value };
            assert_eq!(plain, expected);
            let empty = json!({"key": "a", "name": "", "type": "", "format": "", "value": expected.value});
            assert_eq!(labelled(empty), expected);
            for word in ValueKind::WORDS {
                let told = labelled(json!({"key": "a", "type": word, "value": expected.value}));
                assert_eq!((told.kind.word(), &told.value), (*word, &expected.value));
            }
        }
    }
}
