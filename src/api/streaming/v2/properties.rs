//! The properties with which a session of version 2 is asked for: a list of names and values, as JSON or as a JSON
//! string that holds it (streaming reference, NewSession). It must not know what becomes of the session.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::api::streaming::body::{self, JsonBody};
use crate::api::streaming::error::{Fault, Reason, Refusal};
use crate::api::streaming::session::{SessionIn, inactivity_of};
use crate::domain::directory::MAX_ID_CHARS;
use crate::domain::ids::UserId;

/// The member that says which property an entry is.
const NAME: &str = "propertyName";

/// The member that says what it is to be.
const VALUE: &str = "propertyValue";

/// The most properties of one list: far more than there are, and few enough to tell what is wrong with each.
const MOST: usize = 100;

/// Reads the list; without one everything is as by default. A list inside a string nests at most `depth` levels.
///
/// Properties of other names are no mistake: the list may hold some that only mean something to the channel.
pub(super) fn read(body: JsonBody, depth: usize) -> Result<SessionIn, Refusal> {
    let mut asked = Asked::default();
    let mut faults = Vec::new();
    for (place, entry) in entries(body, depth)?.iter().enumerate() {
        let path = format!("[{place}]");
        let taken = match entry {
            Value::Object(property) => asked.take(property).map_err(|fault| fault.within(&path)),
            _ => Err(Fault::new(path, Reason::InvalidType, "must be an object")),
        };
        faults.extend(taken.err());
    }
    if !faults.is_empty() {
        return Err(Refusal::Invalid(faults));
    }
    let default = SessionIn::default();
    let inactivity = asked.inactivity.unwrap_or(default.inactivity);
    Ok(SessionIn { inactivity, user: asked.user, ..default })
}

fn entries(body: JsonBody, depth: usize) -> Result<Vec<Value>, Refusal> {
    let value = match body.value {
        Some(Value::String(text)) => JsonBody::parse(text.into(), depth)?.value,
        other => other,
    };
    match value {
        None => Ok(Vec::new()),
        Some(Value::Array(entries)) if entries.len() <= MOST => Ok(entries),
        Some(Value::Array(_)) => {
            let rule = format!("must have at most {MOST} properties");
            Err(Refusal::invalid("body", Reason::OutOfRange, &rule))
        }
        Some(_) => Err(Refusal::invalid("body", Reason::InvalidType, "must be an array of properties")),
    }
}

/// The properties that mean something here, as far as they were named.
#[derive(Default)]
struct Asked {
    inactivity: Option<Duration>,
    user: Option<UserId>,
}

impl Asked {
    fn take(&mut self, property: &Map<String, Value>) -> Result<(), Fault> {
        let name = match body::member(property, NAME) {
            None => return Ok(()),
            Some(Value::String(name)) => name,
            Some(_) => return Err(Fault::new(NAME, Reason::InvalidType, "must be a string")),
        };
        match name.as_str() {
            "inactivityDelay" => fill(&mut self.inactivity, inactivity(property)?),
            "userId" => fill(&mut self.user, user(property)?),
            _ => Ok(()),
        }
    }
}

/// Fills what was not given before: of two values, neither would be more right than the other.
fn fill<T>(known: &mut Option<T>, given: Option<T>) -> Result<(), Fault> {
    if known.is_some() && given.is_some() {
        return Err(Fault::new(NAME, Reason::Conflict, "names a property that an earlier one has set"));
    }
    if given.is_some() {
        *known = given;
    }
    Ok(())
}

/// Seconds, as a text of digits or as a number.
fn inactivity(property: &Map<String, Value>) -> Result<Option<Duration>, Fault> {
    let seconds = match body::member(property, VALUE) {
        None => return Ok(None),
        Some(Value::String(text)) if is_whole(text) => text.parse().ok(),
        Some(Value::Number(number)) if number.is_u64() || number.is_i64() => number.as_u64(),
        Some(_) => return Err(Fault::new(VALUE, Reason::InvalidType, "must be a whole number of seconds")),
    };
    inactivity_of(VALUE, seconds).map(Some)
}

fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn user(property: &Map<String, Value>) -> Result<Option<UserId>, Fault> {
    Ok(body::text(property, VALUE, MAX_ID_CHARS)?.map(UserId::from))
}

#[cfg(test)]
mod tests;
