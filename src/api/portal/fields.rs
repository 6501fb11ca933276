//! Properties that the bodies of hubs and integrations have in common. A fault is noted in the body that is read.

use serde_json::Value;

use crate::pipeline::{Body, FaultKind};

/// Whether a call makes something, and has to say all of it, or changes it, and says what changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Create,
    Update,
}

/// A text that is not blank and has at most `longest` characters; it may be absent from an update.
pub(super) fn text(read: &mut Body<'_>, purpose: Purpose, name: &str, longest: usize) -> Option<String> {
    if purpose == Purpose::Update && read.get(name).is_none() {
        return None;
    }
    let text = read.required_text(name)?;
    if text.chars().count() > longest {
        read.fault(FaultKind::TooLong, name);
        return None;
    }
    Some(text.to_owned())
}

/// A whole number that may be absent, as `read_number` understands it; others it does not support.
pub(super) fn number<T>(
    read: &mut Body<'_>,
    name: &str,
    read_number: impl FnOnce(i64) -> Option<T>,
) -> Option<T> {
    let number = read.optional(name, FaultKind::WrongType, Value::as_i64)?;
    supported(read, name, read_number(number))
}

/// A value of an enumeration, by its name in any case of letters or by its number; it may be absent.
pub(super) fn choice<T>(
    read: &mut Body<'_>,
    name: &str,
    by_name: impl FnOnce(&str) -> Option<T>,
    by_number: impl FnOnce(i64) -> Option<T>,
) -> Option<T> {
    let found = match read.get(name)? {
        Value::String(text) => by_name(text),
        Value::Number(number) => number.as_i64().and_then(by_number),
        _ => {
            read.fault(FaultKind::WrongType, name);
            return None;
        }
    };
    supported(read, name, found)
}

fn supported<T>(read: &mut Body<'_>, name: &str, found: Option<T>) -> Option<T> {
    if found.is_none() {
        read.fault(FaultKind::Unsupported, name);
    }
    found
}
