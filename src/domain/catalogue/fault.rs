//! What is wrong with a payload: the first thing, and where. It must not know how that is answered.

use std::fmt;
use std::sync::Arc;

use super::form::Form;
use super::values::NamedValue;

/// The first fault of a payload.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} must {rule}")]
pub struct PayloadFault {
    /// The field, such as `interactionInfo.interactionData[3].key`, beginning at the payload as it was given.
    pub path: String,
    /// What it has to be and is not.
    pub rule: Rule,
}

impl PayloadFault {
    pub(super) fn new(rule: Rule) -> Self {
        Self { path: String::new(), rule }
    }

    /// The same fault, seen from the object whose member this is.
    pub(super) fn of_member(mut self, name: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{name}{dot}{}", self.path);
        self
    }

    /// The same fault, seen from the list whose item this is.
    pub(super) fn of_item(self, index: usize) -> Self {
        self.of_member(&format!("[{index}]"))
    }
}

/// What a field has to be. It displays as words that follow "must".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Of a form, or of another.
    Form(Form, Option<Form>),
    /// One of these values.
    OneOf(Arc<[NamedValue]>),
    /// A list of at most so many items.
    AtMost(usize),
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(form, None) => write!(f, "be {}", form.in_words()),
            Self::Form(form, Some(or)) => write!(f, "be {} or {}", form.in_words(), or.in_words()),
            Self::AtMost(most) => write!(f, "have at most {most} items"),
            Self::OneOf(values) => {
                f.write_str("be one of ")?;
                for (place, value) in values.iter().enumerate() {
                    f.write_str(if place == 0 { "" } else { ", " })?;
                    match (value.number, &value.name) {
                        (Some(number), Some(name)) => write!(f, "{number} ({name})")?,
                        (Some(number), None) => write!(f, "{number}")?,
                        (None, name) => f.write_str(name.as_deref().unwrap_or_default())?,
                    }
                }
                Ok(())
            }
        }
    }
}
