//! Open hours as clients write them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::objects;
use crate::domain::stage::{OpenHours, Span, Week, Zone};
use crate::pipeline::{Body, Fault, FaultKind, checked_message};

/// The names of a week's days, in its order.
pub(in crate::api::portal) const DAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Days that are not like their weekday: those of some years.
pub(in crate::api::portal) const MAX_EXCEPTIONS: usize = 1000;

/// Spans of one day: one for each hour.
pub(in crate::api::portal) const MAX_SPANS: usize = 24;

/// Reads open hours; `timeZone` and `week` are required.
pub(super) fn read(read: &mut Body<'_>, path: &str) -> Option<OpenHours> {
    let zone = read.required("timeZone", FaultKind::Unsupported, |name| Zone::named(name.as_str()?));
    let week = read.required("week", FaultKind::WrongType, Value::as_object);
    let week = week.map(|week| {
        let mut days = Body::nested(week, &format!("{path}.week"));
        let week = Week(DAYS.map(|day| spans(&mut days, day, &format!("{path}.week.{day}"))));
        read.absorb(days.finish().err().unwrap_or_default());
        week
    });
    let exceptions = exceptions(read, path);
    let closed_message = read.object("closedMessage").and_then(|message| {
        checked_message(message, &format!("{path}.closedMessage")).map_err(|faults| read.absorb(faults)).ok()
    });
    Some(OpenHours { zone: zone?, week: week?, exceptions, closed_message })
}

fn exceptions(read: &mut Body<'_>, path: &str) -> BTreeMap<Date, Vec<Span>> {
    const NAME: &str = "exceptions";
    let list = read.optional(NAME, FaultKind::WrongType, Value::as_array);
    let list = list.map(Vec::as_slice).unwrap_or_default();
    if list.len() > MAX_EXCEPTIONS {
        read.fault(FaultKind::TooLong, NAME);
        return BTreeMap::new();
    }
    objects(read, &format!("{path}.{NAME}"), list, exception).into_iter().collect()
}

fn exception(object: &Map<String, Value>, path: &str) -> Result<Option<(Date, Vec<Span>)>, Vec<Fault>> {
    let mut read = Body::nested(object, path);
    let date = read.required("date", FaultKind::WrongType, |date| date.as_str()?.parse().ok());
    let spans = spans(&mut read, "hours", &format!("{path}.hours"));
    read.finish()?;
    Ok(date.map(|date| (date, spans)))
}

/// The spans of a day, in order; none where nothing is said.
fn spans(read: &mut Body<'_>, name: &str, path: &str) -> Vec<Span> {
    let list = read.optional(name, FaultKind::WrongType, Value::as_array);
    let list = list.map(Vec::as_slice).unwrap_or_default();
    if list.len() > MAX_SPANS {
        read.fault(FaultKind::TooLong, name);
        return Vec::new();
    }
    let mut spans = objects(read, path, list, span);
    spans.sort_unstable();
    if spans.windows(2).any(|two| two[0].to() > two[1].from()) {
        read.fault(FaultKind::Unsupported, name);
    }
    spans
}

fn span(object: &Map<String, Value>, path: &str) -> Result<Option<Span>, Vec<Fault>> {
    let mut read = Body::nested(object, path);
    let mut minute = |name| read.required(name, FaultKind::WrongType, |time| minute_in(time.as_str()?));
    let (from, to) = (minute("from"), minute("to"));
    let span = from.zip(to).map(|(from, to)| Span::between(from, to).ok());
    if span == Some(None) {
        read.fault(FaultKind::Unsupported, "to");
    }
    read.finish()?;
    Ok(span.flatten())
}

/// A time of day as `09:30`, up to `24:00`.
fn minute_in(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits =
        |text: &str| (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(());
    digits(hour).and(digits(minute))?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60 || (hour, minute) == (24, 0)).then_some(hour * 60 + minute)
}

/// A minute of the day as clients write it.
pub(in crate::api::portal) fn minute_out(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
