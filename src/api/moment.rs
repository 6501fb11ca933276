//! Moments as the platform writes them.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use crate::domain::clock::Millis;

/// A moment as clients write it: ISO 8601, of UTC where it names no zone; a date alone is its beginning.
pub(super) fn read(text: &str) -> Option<Millis> {
    let time = text.parse::<Timestamp>().ok().or_else(|| {
        let time = text.parse::<DateTime>().ok()?;
        Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })?;
    Some(Millis(time.as_millisecond()))
}

/// ISO 8601 in UTC without a zone, with a fraction of a second only where there is one (platform documentation
/// §10.1).
pub(super) fn short(moment: Millis) -> String {
    utc(moment).to_string()
}

/// ISO 8601 in UTC with milliseconds and no zone (platform documentation §11.1, the examples).
pub(super) fn platform(moment: Millis) -> String {
    format!("{:.3}", utc(moment))
}

fn utc(moment: Millis) -> DateTime {
    let time = Timestamp::from_millisecond(moment.0).unwrap_or(Timestamp::UNIX_EPOCH);
    time.to_zoned(TimeZone::UTC).datetime()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_in_any_zone_and_without_one() {
        let moment = Some(Millis(1_572_223_332_645));
        for text in ["2019-10-28T00:42:12.645", "2019-10-28T00:42:12.645Z", "2019-10-28T01:42:12.645+01:00"] {
            assert_eq!(read(text), moment, "{text}");
        }
        assert_eq!(read("1970-01-02"), Some(Millis(86_400_000)));
        for text in ["", "yesterday", "2019-02-29", "1572223332", "2019-10-28T25:00:00"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_whole_second_has_no_fraction_where_that_is_left_out() {
        assert_eq!(short(Millis(1_896_048_000_000)), "2030-01-31T00:00:00");
        assert_eq!(short(Millis(1_896_048_000_500)), "2030-01-31T00:00:00.5");
    }

    #[test]
    fn a_moment_has_milliseconds_and_no_zone() {
        assert_eq!(platform(Millis(1_572_223_332_645)), "2019-10-28T00:42:12.645");
    }
}
