//! Properties that the bodies of the portal have in common. A fault is noted in the body that is read.

use std::collections::HashSet;

use serde_json::Value;

pub(super) use crate::api::web_address::{MAX_URL, is_callable, is_web};
use crate::domain::directory::MAX_ID_CHARS;
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

/// A text of at most `longest` characters that may be absent, and empty to take the present one away.
pub(super) fn free_text(read: &mut Body<'_>, name: &str, longest: usize) -> Option<String> {
    let text = read.text(name)?;
    if text.chars().count() > longest {
        read.fault(FaultKind::TooLong, name);
        return None;
    }
    Some(text.to_owned())
}

/// An absolute http or https address of at most [`MAX_URL`] characters; it may be absent from an update.
pub(super) fn web_address(read: &mut Body<'_>, purpose: Purpose, name: &str) -> Option<String> {
    address(read, purpose, name, is_web)
}

/// The same of an address that is called as a webhook.
pub(super) fn callable_address(read: &mut Body<'_>, purpose: Purpose, name: &str) -> Option<String> {
    address(read, purpose, name, is_callable)
}

fn address(read: &mut Body<'_>, purpose: Purpose, name: &str, is_good: fn(&str) -> bool) -> Option<String> {
    let url = text(read, purpose, name, MAX_URL)?;
    if !is_good(&url) {
        read.fault(FaultKind::WrongType, name);
        return None;
    }
    Some(url)
}

/// The id of a thing to be created, if the client chooses it. It stands in addresses and in lists of ids, so it has
/// no blanks at its ends, nothing that cannot be seen, and is none of the names that mean something there.
pub(super) fn chosen_id(read: &mut Body<'_>, name: &str) -> Option<String> {
    let id = read.text(name)?;
    if id.chars().count() > MAX_ID_CHARS {
        read.fault(FaultKind::TooLong, name);
    } else if id.is_empty()
        || id != id.trim()
        || id.contains(char::is_control)
        || ["*", ".", ".."].contains(&id)
    {
        read.fault(FaultKind::Unsupported, name);
    }
    Some(id.to_owned())
}

/// The id in the body of a change may be there, as it is where the thing was read before; it cannot be another one.
pub(super) fn same_id(read: &mut Body<'_>, name: &str, present: &str) {
    if read.text(name).is_some_and(|id| id != present) {
        read.fault(FaultKind::Unsupported, name);
    }
}

/// A list of at most `most` texts that may be absent, each text without blanks at its ends and of at most `longest`
/// characters. Those that are the same by `key` are one, as it was written first.
pub(super) fn distinct_texts(
    read: &mut Body<'_>,
    name: &str,
    most: usize,
    longest: usize,
    key: impl Fn(&str) -> String,
) -> Option<Vec<String>> {
    let list = read.optional(name, FaultKind::WrongType, Value::as_array)?;
    if list.len() > most {
        read.fault(FaultKind::TooLong, name);
        return None;
    }
    let (mut keys, mut texts) = (HashSet::new(), Vec::new());
    for (place, value) in list.iter().enumerate() {
        let fault = match value.as_str().map(str::trim) {
            None => FaultKind::WrongType,
            Some("") => FaultKind::Missing,
            Some(text) if text.chars().count() > longest => FaultKind::TooLong,
            Some(text) => {
                if keys.insert(key(text)) {
                    texts.push(text.to_owned());
                }
                continue;
            }
        };
        read.fault(fault, &format!("{name}[{place}]"));
    }
    Some(texts)
}

/// A whole number that may be absent, as `read_number` understands it; others are out of range.
pub(super) fn number<T>(
    read: &mut Body<'_>,
    name: &str,
    read_number: impl FnOnce(i64) -> Option<T>,
) -> Option<T> {
    let number = read.optional(name, FaultKind::WrongType, whole)?;
    noted(read, name, read_number(number), FaultKind::OutOfRange)
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
        number @ Value::Number(_) => whole(number).and_then(by_number),
        _ => {
            read.fault(FaultKind::WrongType, name);
            return None;
        }
    };
    noted(read, name, found, FaultKind::Unsupported)
}

/// A whole number, also one that is written with a point or an exponent, which are the same in JSON; beyond the
/// numbers that all of JSON's readers tell apart there are none.
fn whole(value: &Value) -> Option<i64> {
    const MOST: f64 = 9_007_199_254_740_992.0;
    let written_otherwise = || value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= MOST);
    value.as_i64().or_else(|| written_otherwise().map(|number| number as i64))
}

/// What was found; where it is nothing, that is a fault.
fn noted<T>(read: &mut Body<'_>, name: &str, found: Option<T>, fault: FaultKind) -> Option<T> {
    if found.is_none() {
        read.fault(fault, name);
    }
    found
}
