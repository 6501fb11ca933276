//! Reads messages by the tables of their types: names in the platform's own spelling at every depth, what no table
//! names as it came, and all faults at once. It must not know what the types are.

use serde_json::{Map, Number, Value};

use super::place::Place;
use super::rules;
use crate::domain::message::{ActionType, Kind, MessageType, Need, Property, Shape};
use crate::pipeline::body::Body;
use crate::pipeline::error::{Fault, FaultKind};

/// The most faults of one message that are told: enough for whoever repairs it, while a body of nothing but mistakes
/// is not answered with a multiple of itself.
pub(super) const MAX_FAULTS: usize = 100;

/// The faults found so far.
#[derive(Default)]
pub(super) struct Checker {
    faults: Vec<Fault>,
}

impl Checker {
    /// `Ok` when no fault was found.
    pub(super) fn finish(self) -> Result<(), Vec<Fault>> {
        if self.faults.is_empty() { Ok(()) } else { Err(self.faults) }
    }

    /// Notes a fault.
    pub(super) fn fault(&mut self, kind: FaultKind, at: &Place<'_>) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(Fault::at(kind, at.to_string()));
        }
    }

    /// A message of one of the types that `is_allowed` tells.
    pub(super) fn message(
        &mut self,
        message: &Map<String, Value>,
        is_allowed: impl FnOnce(MessageType) -> bool,
        at: &Place<'_>,
    ) -> Map<String, Value> {
        let place = Place::Property(at, "type");
        let kind = match Body::new(message).get("type") {
            None => Err(FaultKind::Missing),
            Some(Value::String(name)) if name.trim().is_empty() => Err(FaultKind::Missing),
            Some(Value::String(name)) => {
                MessageType::from_name(name).filter(|kind| is_allowed(*kind)).ok_or(FaultKind::Unsupported)
            }
            Some(_) => Err(FaultKind::WrongType),
        };
        match kind {
            Ok(kind) => self.object(message, kind.shape(), at),
            Err(fault) => {
                self.fault(fault, &place);
                Map::new()
            }
        }
    }

    /// An object of that shape, without what is at fault.
    fn object(&mut self, object: &Map<String, Value>, shape: &Shape, at: &Place<'_>) -> Map<String, Value> {
        let mut checked = Map::with_capacity(object.len());
        let mut seen = Seen(0);
        for (key, value) in object {
            let Some((number, property)) = shape.property(key) else {
                checked.insert(key.clone(), value.clone());
                continue;
            };
            // Of several spellings the platform's own counts, else the first.
            let is_shadowed = key != property.name && object.contains_key(property.name);
            if value.is_null() || is_shadowed || seen.holds(number) {
                continue;
            }
            seen.add(number);
            if let Some(value) = self.value(value, property, &Place::Property(at, property.name)) {
                checked.insert(property.name.to_owned(), value);
            }
        }
        for (number, property) in shape.properties.iter().enumerate() {
            if property.need == Need::Required && !seen.holds(number) {
                self.fault(FaultKind::Missing, &Place::Property(at, property.name));
            }
        }
        rules::hold(self, shape.rule, &Body::new(object), at);
        checked
    }

    /// The value of a property, in the platform's own form; none when it is at fault.
    fn value(&mut self, value: &Value, property: &Property, at: &Place<'_>) -> Option<Value> {
        let read = match property.kind {
            Kind::Text => match value {
                Value::String(text) if property.need == Need::Required && text.trim().is_empty() => {
                    Err(FaultKind::Missing)
                }
                Value::String(_) => Ok(value.clone()),
                _ => Err(FaultKind::WrongType),
            },
            Kind::Scalar if matches!(value, Value::Array(_) | Value::Object(_)) => Err(FaultKind::WrongType),
            Kind::Flag if !value.is_boolean() => Err(FaultKind::WrongType),
            Kind::Scalar | Kind::Flag | Kind::Any => Ok(value.clone()),
            Kind::Degrees(most) => degrees(value, most),
            Kind::Type => word(value, |name| MessageType::from_name(name).map(MessageType::name)),
            Kind::TypeOf(some) => word(value, |name| {
                MessageType::from_name(name).filter(|kind| some.contains(kind)).map(MessageType::name)
            }),
            Kind::Action => word(value, |name| ActionType::from_name(name).map(ActionType::name)),
            Kind::Objects(part) => {
                return self.list(value, property, at, |checker, object, at| {
                    checker.object(object, part.shape(), at)
                });
            }
            Kind::Messages(some) => {
                return self.list(value, property, at, |checker, message, at| {
                    checker.message(message, |kind| some.contains(&kind), at)
                });
            }
        };
        read.map_err(|fault| self.fault(fault, at)).ok()
    }

    /// A list of objects, each as `read` understands it.
    fn list(
        &mut self,
        value: &Value,
        property: &Property,
        at: &Place<'_>,
        mut read: impl FnMut(&mut Self, &Map<String, Value>, &Place<'_>) -> Map<String, Value>,
    ) -> Option<Value> {
        let Some(elements) = value.as_array() else {
            self.fault(FaultKind::WrongType, at);
            return None;
        };
        if elements.is_empty() && property.need == Need::Required {
            self.fault(FaultKind::EmptyList, at);
            return None;
        }
        let mut checked = Vec::with_capacity(elements.len());
        for (number, element) in elements.iter().enumerate() {
            let place = Place::Element(at, number);
            match element.as_object() {
                Some(object) => checked.push(Value::Object(read(self, object, &place))),
                None => self.fault(FaultKind::WrongType, &place),
            }
        }
        Some(Value::Array(checked))
    }
}

/// The properties that were found, by their place in the shape; no shape has more than 32.
#[derive(Clone, Copy)]
struct Seen(u32);

impl Seen {
    fn add(&mut self, number: usize) {
        self.0 |= 1 << number;
    }

    fn holds(self, number: usize) -> bool {
        self.0 & (1 << number) != 0
    }
}

/// A word in the platform's own spelling.
fn word(value: &Value, known: impl FnOnce(&str) -> Option<&'static str>) -> Result<Value, FaultKind> {
    let name = value.as_str().ok_or(FaultKind::WrongType)?;
    if name.trim().is_empty() {
        return Err(FaultKind::Missing);
    }
    known(name).map(Value::from).ok_or(FaultKind::Unsupported)
}

/// A number between `-most` and `most`; some clients write numbers as texts.
fn degrees(value: &Value, most: f64) -> Result<Value, FaultKind> {
    let number = match value {
        Value::Number(number) => number.clone(),
        Value::String(text) => {
            let read = text.trim().parse().ok().and_then(Number::from_f64);
            read.ok_or(FaultKind::NotADecimal)?
        }
        _ => return Err(FaultKind::NotADecimal),
    };
    let is_on_earth = number.as_f64().is_some_and(|degrees| degrees.abs() <= most);
    if is_on_earth { Ok(Value::Number(number)) } else { Err(FaultKind::OutOfRange) }
}
