//! Moments as the platform writes them.

use jiff::{Timestamp, tz::TimeZone};

use crate::domain::clock::Millis;

/// ISO 8601 in UTC with milliseconds and no zone (platform documentation §11.1, the examples).
pub(super) fn platform(moment: Millis) -> String {
    let time = Timestamp::from_millisecond(moment.0).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{:.3}", time.to_zoned(TimeZone::UTC).datetime())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_milliseconds_and_no_zone() {
        assert_eq!(platform(Millis(1_572_223_332_645)), "2019-10-28T00:42:12.645");
    }
}
