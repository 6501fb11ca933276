//! The forms that values of fields have. It must not know which field has which.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Number, Value};

/// A form of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Form {
    /// A whole number, written without a fraction.
    Integer,
    /// A whole number as a text.
    Digits,
    /// A text, empty or not.
    Text,
    /// A text without a character to see: documented examples have it where there is nothing to tell.
    Blank,
    /// True or false.
    Boolean,
    /// A moment in ISO 8601, as a text.
    DateTime,
    /// An object.
    Object,
    /// A list of objects.
    List,
    /// A list of texts.
    Texts,
}

impl Form {
    /// Whether a value is of this form. Of a list of objects and of an object, what is in them is not looked at.
    pub fn admits(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Integer, Value::Number(number)) => number.is_i64() || number.is_u64(),
            (Self::Digits, Value::String(text)) => whole_number(text).is_some(),
            (Self::Blank, Value::String(text)) => text.trim_ascii().is_empty(),
            (Self::DateTime, Value::String(text)) => text.parse::<Timestamp>().is_ok(),
            (Self::Texts, Value::Array(items)) => items.iter().all(Value::is_string),
            (Self::Text, Value::String(_))
            | (Self::Boolean, Value::Bool(_))
            | (Self::Object, Value::Object(_))
            | (Self::List, Value::Array(_)) => true,
            _ => false,
        }
    }

    /// What a value of this form is, as words that end a sentence.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Integer => "a whole number",
            Self::Digits => "a whole number as a string",
            Self::Text => "a string",
            Self::Blank => "a blank string",
            Self::Boolean => "true or false",
            Self::DateTime => "a moment in ISO 8601",
            Self::Object => "an object",
            Self::List => "a list of objects",
            Self::Texts => "a list of strings",
        }
    }
}

/// The number that a text of digits is, if it is one. A sign may only be a minus.
pub(super) fn whole_number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let small = text.parse::<i64>().map(Number::from);
    small.or_else(|_| text.parse::<u64>().map(Number::from)).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_of_a_form_or_it_is_not() {
        for (form, good, bad) in [
            (Form::Integer, json!([0, -1, i64::MIN, u64::MAX]), json!([1.0, "1", true, null, [1]])),
            (
                Form::Digits,
                json!(["0", "-1", "18446744073709551615"]),
                json!([1, "", "-", "+1", " 1", "1.0", "one"]),
            ),
            (Form::Text, json!(["", " ", "a"]), json!([1, null, false, {}])),
            (Form::Blank, json!(["", " \t"]), json!(["a", null, []])),
            (Form::Boolean, json!([true, false]), json!([0, 1, "true", null])),
            (
                Form::DateTime,
                json!(["2021-01-30T14:04:20.539Z", "2021-01-30T14:04:20Z", "2021-01-30T16:04:20+02:00"]),
                json!(["2021-01-30", "14:04", "2021-13-30T14:04:20Z", "2021-01-30T14:04:20", 1612015460]),
            ),
            (Form::Object, json!([{}, {"a": 1}]), json!(["{}", [], null])),
            (Form::Texts, json!([[], ["a", ""]]), json!(["a", [1], ["a", null], {}])),
            (Form::List, json!([[], [{}]]), json!(["[]", {}, null])),
        ] {
            for value in good.as_array().unwrap() {
                assert!(form.admits(value), "{form:?} {value}");
            }
            for value in bad.as_array().unwrap() {
                assert!(!form.admits(value), "{form:?} {value}");
            }
        }
    }
}
