//! Reading JSON bodies as existing clients send them: property names in any case of letters, and every fault
//! told at once with the path of its property.

use serde_json::{Map, Value};

use super::error::{Fault, FaultKind};

/// A JSON object being read, and the faults found so far.
pub struct Body<'a> {
    object: &'a Map<String, Value>,
    path: String,
    faults: Vec<Fault>,
}

impl<'a> Body<'a> {
    /// Begins to read an object.
    pub fn new(object: &'a Map<String, Value>) -> Self {
        Self { object, path: String::new(), faults: Vec::new() }
    }

    /// Begins to read an object that is the property `path` of another.
    pub fn nested(object: &'a Map<String, Value>, path: &str) -> Self {
        Self { object, path: format!("{path}."), faults: Vec::new() }
    }

    /// The property of that name in any case of letters; `null` counts as absent.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        // One walk: objects have few members, and hashing a name costs more than comparing it with all of them.
        let mut alike = None;
        for (key, value) in self.object {
            if key == name {
                alike = Some(value);
                break;
            }
            if alike.is_none() && key.eq_ignore_ascii_case(name) {
                alike = Some(value);
            }
        }
        alike.filter(|value| !value.is_null())
    }

    /// Notes a fault of a property.
    pub fn fault(&mut self, kind: FaultKind, name: &str) {
        self.faults.push(Fault::at(kind, format!("{}{name}", self.path)));
    }

    /// Takes over the faults found elsewhere.
    pub fn absorb(&mut self, faults: Vec<Fault>) {
        self.faults.extend(faults);
    }

    /// A property as `read` understands it; a value that it does not understand is a fault.
    pub fn optional<T>(
        &mut self,
        name: &str,
        kind: FaultKind,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.get(name)?;
        let read = read(value);
        if read.is_none() {
            self.fault(kind, name);
        }
        read
    }

    /// As [`optional`](Self::optional), and its absence is a fault too.
    pub fn required<T>(
        &mut self,
        name: &str,
        kind: FaultKind,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        if self.get(name).is_none() {
            self.fault(FaultKind::Missing, name);
            return None;
        }
        self.optional(name, kind, read)
    }

    /// A text that is there and not blank.
    pub fn required_text(&mut self, name: &str) -> Option<&'a str> {
        let text = self.required(name, FaultKind::WrongType, Value::as_str)?;
        if text.trim().is_empty() {
            self.fault(FaultKind::Missing, name);
            return None;
        }
        Some(text)
    }

    /// A text that may be absent.
    pub fn text(&mut self, name: &str) -> Option<&'a str> {
        self.optional(name, FaultKind::WrongType, Value::as_str)
    }

    /// An object that may be absent.
    pub fn object(&mut self, name: &str) -> Option<&'a Map<String, Value>> {
        self.optional(name, FaultKind::WrongType, Value::as_object)
    }

    /// `Ok` when no fault was found.
    pub fn finish(self) -> Result<(), Vec<Fault>> {
        if self.faults.is_empty() { Ok(()) } else { Err(self.faults) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn properties_are_found_in_any_case_and_null_is_absent() {
        let body = json!({"WebhookUrl": "u", "echo": null});
        let body = Body::new(body.as_object().unwrap());
        assert_eq!(body.get("webhookUrl"), Some(&json!("u")));
        assert_eq!(body.get("echo"), None);
    }

    #[test]
    fn every_fault_is_told_with_its_path() {
        let object = json!({"name": 1, "title": " "});
        let mut body = Body::nested(object.as_object().unwrap(), "hub");
        body.required_text("name");
        body.required_text("title");
        body.required_text("description");
        let faults = body.finish().unwrap_err();
        assert_eq!(
            faults,
            [
                Fault::at(FaultKind::WrongType, "hub.name"),
                Fault::at(FaultKind::Missing, "hub.title"),
                Fault::at(FaultKind::Missing, "hub.description"),
            ]
        );
    }
}
