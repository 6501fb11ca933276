//! Members of the objects in a body, read by type: whatever is wrong is noted, and all of it told at once.
//! It must not know which members there are.
//!
//! `null` counts as absent, and members that are not asked for are left alone. Where a text is meant a whole number
//! is read as its digits: the reference types ids and phone numbers as texts, and shows them as numbers.

use std::mem;

use serde_json::{Map, Number, Value};

use super::error::{FaultCode, FieldFault, Refusal};

/// An object that is being read.
pub(super) struct Fields<'b> {
    /// As the reference names it.
    schema: &'static str,
    object: &'b Map<String, Value>,
    /// In front of the names of its members; empty for the body itself.
    path: String,
    faults: Vec<FieldFault>,
}

impl<'b> Fields<'b> {
    /// Begins to read a body.
    pub(super) fn new(schema: &'static str, object: &'b Map<String, Value>) -> Self {
        Self { schema, object, path: String::new(), faults: Vec::new() }
    }

    /// Ends reading.
    ///
    /// # Errors
    /// Everything that was wrong.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        if self.faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(self.faults)) }
    }

    /// Notes that a member is not what it must be.
    pub(super) fn fault(&mut self, name: &str, code: FaultCode, rule: &str) {
        let fault = self.fault_of(name, code, rule);
        self.faults.push(fault);
    }

    /// Notes that a member is none of the values that it may have.
    pub(super) fn not_one_of(&mut self, name: &str, possible: &[&str]) {
        let rule = format!("must be one of {}", possible.join(", "));
        let fault = self.fault_of(name, FaultCode::InvalidValue, &rule).may_be(possible.iter().copied());
        self.faults.push(fault);
    }

    /// A fault of a member of this object, for whoever tells it later.
    pub(super) fn fault_of(&self, name: &str, code: FaultCode, rule: &str) -> FieldFault {
        FieldFault::new(self.schema, format!("{}{name}", self.path), code, rule)
    }

    /// Whether a fault of a member was noted.
    pub(super) fn has_fault(&self, name: &str) -> bool {
        let field = format!("{}{name}", self.path);
        self.faults.iter().any(|fault| fault.field == field)
    }

    /// A member; `null` is none.
    pub(super) fn get(&self, name: &str) -> Option<&'b Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// A text of at most `most` characters, if it is there.
    pub(super) fn text(&mut self, name: &str, most: usize) -> Option<String> {
        let text = match self.get(name)? {
            Value::String(text) => text.clone(),
            Value::Number(number) if is_whole(number) => number.to_string(),
            _ => {
                self.fault(name, FaultCode::InvalidType, "must be a string");
                return None;
            }
        };
        if text.chars().count() > most {
            self.fault(name, FaultCode::TooLong, &format!("must have at most {most} characters"));
            return None;
        }
        Some(text)
    }

    /// A text of 1 to `most` characters that has to be there and is not blank.
    pub(super) fn required_text(&mut self, name: &str, most: usize) -> Option<String> {
        match self.text(name, most) {
            Some(text) if !text.trim().is_empty() => Some(text),
            // Of another type or too long, which is noted.
            None if self.get(name).is_some() => None,
            _ => {
                self.fault(name, FaultCode::Required, "is required");
                None
            }
        }
    }

    /// One of these words, if it is there; case counts.
    pub(super) fn word(&mut self, name: &str, words: &[&'static str]) -> Option<&'static str> {
        let text = match self.get(name)? {
            Value::String(text) => text,
            _ => {
                self.fault(name, FaultCode::InvalidType, "must be a string");
                return None;
            }
        };
        let found = words.iter().copied().find(|word| word == text);
        if found.is_none() {
            self.not_one_of(name, words);
        }
        found
    }

    /// True or false, if it is there.
    pub(super) fn boolean(&mut self, name: &str) -> Option<bool> {
        let value = self.get(name)?;
        if value.as_bool().is_none() {
            self.fault(name, FaultCode::InvalidType, "must be true or false");
        }
        value.as_bool()
    }

    /// An object, if it is there, as it is.
    pub(super) fn map(&mut self, name: &str) -> Option<&'b Map<String, Value>> {
        let value = self.get(name)?;
        if !value.is_object() {
            self.fault(name, FaultCode::InvalidType, "must be an object");
        }
        value.as_object()
    }

    /// An object, if it is there, as it is: of at most `most` bytes as compact JSON.
    pub(super) fn map_within(&mut self, name: &str, most: usize) -> Option<&'b Map<String, Value>> {
        let map = self.map(name)?;
        self.is_within(name, most).then_some(map)
    }

    /// Whether a member has at most `most` bytes as compact JSON; a fault of it is noted.
    pub(super) fn is_within(&mut self, name: &str, most: usize) -> bool {
        let is_within = self.get(name).is_none_or(|value| value.to_string().len() <= most);
        if !is_within {
            self.fault(name, FaultCode::TooLong, &format!("must have at most {most} bytes"));
        }
        is_within
    }

    /// An object of a schema of its own, if it is there, read member by member.
    pub(super) fn object<T>(
        &mut self,
        name: &str,
        schema: &'static str,
        read: impl FnOnce(&mut Fields<'b>) -> T,
    ) -> Option<T> {
        let object = self.map(name)?;
        Some(self.within(schema, object, format!("{}{name}.", self.path), read))
    }

    /// A list of at most `most` objects of one schema; an empty one where there is none.
    pub(super) fn objects<T>(
        &mut self,
        name: &str,
        schema: &'static str,
        most: usize,
        mut read: impl FnMut(&mut Fields<'b>) -> T,
    ) -> Vec<T> {
        let mut all = Vec::new();
        for (place, value) in self.list(name, most).into_iter().flatten().enumerate() {
            let at = format!("{name}[{place}]");
            match value.as_object() {
                Some(object) => {
                    all.push(self.within(schema, object, format!("{}{at}.", self.path), &mut read));
                }
                None => self.fault(&at, FaultCode::InvalidType, "must be an object"),
            }
        }
        all
    }

    /// A list of at most `most` texts of 1 to `longest` characters; an empty one where there is none.
    pub(super) fn texts(&mut self, name: &str, most: usize, longest: usize) -> Vec<String> {
        let mut all = Vec::new();
        for (place, value) in self.list(name, most).into_iter().flatten().enumerate() {
            let at = format!("{name}[{place}]");
            match value.as_str().map(str::trim) {
                None => self.fault(&at, FaultCode::InvalidType, "must be a string"),
                Some("") => self.fault(&at, FaultCode::Required, "must not be blank"),
                Some(text) if text.chars().count() > longest => {
                    self.fault(&at, FaultCode::TooLong, &format!("must have at most {longest} characters"));
                }
                Some(text) => all.push(text.to_owned()),
            }
        }
        all
    }

    fn list(&mut self, name: &str, most: usize) -> Option<&'b Vec<Value>> {
        let value = self.get(name)?;
        let Some(list) = value.as_array() else {
            self.fault(name, FaultCode::InvalidType, "must be a list");
            return None;
        };
        if list.len() > most {
            self.fault(name, FaultCode::TooLong, &format!("must have at most {most} items"));
            return None;
        }
        Some(list)
    }

    fn within<T>(
        &mut self,
        schema: &'static str,
        object: &'b Map<String, Value>,
        path: String,
        read: impl FnOnce(&mut Fields<'b>) -> T,
    ) -> T {
        let mut inner = Fields { schema, object, path, faults: mem::take(&mut self.faults) };
        let found = read(&mut inner);
        self.faults = inner.faults;
        found
    }
}

fn is_whole(number: &Number) -> bool {
    number.is_i64() || number.is_u64()
}

#[cfg(test)]
mod tests;
