//! The values that a field may have where they are counted. It must not know the field's name.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

/// One of the values of a field, as it is documented.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub struct NamedValue {
    /// The number that it is, or that stands for it.
    pub number: Option<i64>,
    /// The text that it is, or the name of the number.
    pub name: Option<String>,
}

impl NamedValue {
    /// Whether this is the value: a text is one by its name, a number by its number.
    fn is(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.name.as_deref() == Some(text),
            value => self.number.is_some() && self.number == value.as_i64(),
        }
    }
}

/// A value as the source writes it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(i64),
    Text(String),
    Named(i64, String),
}

impl From<Written> for NamedValue {
    fn from(written: Written) -> Self {
        match written {
            Written::Number(number) => Self { number: Some(number), name: None },
            Written::Text(name) => Self { number: None, name: Some(name) },
            Written::Named(number, name) => Self { number: Some(number), name: Some(name) },
        }
    }
}

/// Which values of its forms a field may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values {
    /// Any.
    Any,
    /// Any; these are known.
    Known(Arc<[NamedValue]>),
    /// These and no others.
    Only(Arc<[NamedValue]>),
}

impl Values {
    /// Whether a field may have this value.
    pub fn admit(&self, value: &Value) -> bool {
        match self {
            Self::Any | Self::Known(_) => true,
            Self::Only(values) => values.iter().any(|one| one.is(value)),
        }
    }

    /// The values that are known.
    pub fn listed(&self) -> &[NamedValue] {
        match self {
            Self::Any => &[],
            Self::Known(values) | Self::Only(values) => values,
        }
    }
}
