//! When a business is open: a week in a time zone, and days that are not like their weekday. It must not know what
//! is told to whom when it is not.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::clock::Millis;

/// Minutes of a day: the end of the last span that a day can have.
pub const DAY_END: u16 = 24 * 60;

/// How many days ahead the next opening is looked for: a year and its leap day. Whoever does not open by then is
/// closed for good.
const DAYS_AHEAD: usize = 366;

/// When a business is open, and what customers are told when it is not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenHours {
    /// Where its clocks are.
    pub zone: Zone,
    /// When it is open on a usual week.
    pub week: Week,
    /// When it is open on days that are not like their weekday, such as holidays.
    pub exceptions: BTreeMap<Date, Vec<Span>>,
    /// The message that customers are told while it is closed; nothing is told where there is none.
    pub closed_message: Option<Map<String, Value>>,
}

/// When a business is open on each day of a week, Monday first. Spans of a day do not overlap and are in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Week(pub [Vec<Span>; 7]);

/// From one minute of a day up to another one, which is no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "[u16; 2]", try_from = "[u16; 2]")]
pub struct Span {
    from: u16,
    to: u16,
}

/// The end of a span is not after its beginning, or not of the same day.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a span from minute {0} to minute {1} of a day")]
pub struct NoSpan(u16, u16);

impl Span {
    /// The span between two minutes of a day, the second at most [`DAY_END`].
    ///
    /// # Errors
    /// `NoSpan` when nothing lies between them.
    pub fn between(from: u16, to: u16) -> Result<Self, NoSpan> {
        if from < to && to <= DAY_END { Ok(Self { from, to }) } else { Err(NoSpan(from, to)) }
    }

    /// The minute of the day with which it begins.
    pub fn from(self) -> u16 {
        self.from
    }

    /// The minute of the day with which it is over.
    pub fn to(self) -> u16 {
        self.to
    }

    fn holds(self, minute: u16) -> bool {
        (self.from..self.to).contains(&minute)
    }
}

impl From<Span> for [u16; 2] {
    fn from(span: Span) -> Self {
        [span.from, span.to]
    }
}

impl TryFrom<[u16; 2]> for Span {
    type Error = NoSpan;

    fn try_from([from, to]: [u16; 2]) -> Result<Self, NoSpan> {
        Self::between(from, to)
    }
}

/// A time zone by its name in the database that is part of the program, so that it means the same on every machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

/// There is no time zone of this name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone \"{0}\"")]
pub struct NoZone(String);

impl Zone {
    /// The zone of a name such as `Europe/Berlin`, in any case of letters.
    pub fn named(name: &str) -> Option<Self> {
        TimeZoneDatabase::bundled().get(name).ok().map(Self)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    fn civil(&self, at: Millis) -> DateTime {
        let moment = Timestamp::from_millisecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH);
        self.0.to_datetime(moment)
    }

    /// The moment of a minute of a day; one that clocks leap over is as much later as they leap.
    fn moment(&self, day: Date, minute: u16) -> Option<Millis> {
        let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
        let time = Time::new(hour, minute, 0, 0).ok()?;
        let moment = self.0.to_timestamp(day.to_datetime(time)).ok()?;
        Some(Millis(moment.as_millisecond()))
    }
}

impl TryFrom<String> for Zone {
    type Error = NoZone;

    fn try_from(name: String) -> Result<Self, NoZone> {
        Self::named(&name).ok_or(NoZone(name))
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name().to_owned()
    }
}

/// Whether a business is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hours {
    /// It is.
    Open,
    /// It is not.
    Closed {
        /// When it opens next; none when that is not within a year.
        until: Option<Millis>,
    },
}

impl OpenHours {
    /// Whether the business is open at a moment, and else when it opens, which is looked for day by day.
    pub fn at(&self, now: Millis) -> Hours {
        if self.is_open(now) {
            Hours::Open
        } else {
            Hours::Closed { until: self.next_opening(now, self.zone.civil(now).date()) }
        }
    }

    /// Whether the business is open at a moment.
    pub fn is_open(&self, now: Millis) -> bool {
        let civil = self.zone.civil(now);
        let minute = minute_of(civil.time());
        self.spans(civil.date()).iter().any(|span| span.holds(minute))
    }

    /// When the business is open on a day.
    fn spans(&self, day: Date) -> &[Span] {
        self.exceptions.get(&day).unwrap_or_else(|| &self.week.0[place_of(day.weekday())])
    }

    fn next_opening(&self, now: Millis, today: Date) -> Option<Millis> {
        let days = today.series(1.day()).take(DAYS_AHEAD + 1);
        let openings = days.flat_map(|day| self.spans(day).iter().map(move |span| (day, span.from)));
        openings.filter_map(|(day, minute)| self.zone.moment(day, minute)).find(|opening| *opening > now)
    }
}

fn minute_of(time: Time) -> u16 {
    let (hour, minute) = (time.hour().unsigned_abs(), time.minute().unsigned_abs());
    u16::from(hour) * 60 + u16::from(minute)
}

fn place_of(day: Weekday) -> usize {
    usize::from(day.to_monday_zero_offset().unsigned_abs())
}

#[cfg(test)]
mod tests;
