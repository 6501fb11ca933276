//! The two orders that readers resume by: positions of kept activities, and ids of streaming events.

use std::fmt;
use std::str::FromStr;

/// The place of a kept activity in its organization, from 1, given in commit order.
///
/// No position becomes visible before a smaller one of the same organization. 0 is the place before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

impl Position {
    /// The place after this one.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The id of a streaming event, `<milliseconds>-<n>` on the wire (streaming reference, EventPayloadV3).
///
/// Given once, at publish, from one sequence per organization: it increases strictly in every session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// Milliseconds since 1970 when the event was published.
    pub ms: i64,
    /// Tells apart the events of one millisecond, from 0.
    pub n: u32,
}

impl EventId {
    /// The id that follows this one for an event published at `now_ms`; a clock that went back is not followed.
    pub fn after(self, now_ms: i64) -> Self {
        if now_ms > self.ms {
            Self { ms: now_ms, n: 0 }
        } else {
            match self.n.checked_add(1) {
                Some(n) => Self { ms: self.ms, n },
                None => Self { ms: self.ms + 1, n: 0 },
            }
        }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.n)
    }
}

/// The text is not `<milliseconds>-<n>`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event id is <milliseconds>-<n>")]
pub struct NotAnEventId;

impl FromStr for EventId {
    type Err = NotAnEventId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (ms, n) = text.split_once('-').ok_or(NotAnEventId)?;
        // One event has one text: no sign and no leading zero, both of which the standard parser lets pass.
        let plain =
            |part: &str| part.bytes().all(|b| b.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
        if !plain(ms) || !plain(n) {
            return Err(NotAnEventId);
        }
        Ok(Self { ms: ms.parse().map_err(|_| NotAnEventId)?, n: n.parse().map_err(|_| NotAnEventId)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_ids_increase_within_a_millisecond_and_when_the_clock_goes_back() {
        let first = EventId::default().after(1_519_073_278_252);
        let second = first.after(1_519_073_278_252);
        let third = second.after(1_519_073_278_000);
        assert_eq!(first.to_string(), "1519073278252-0");
        assert_eq!(second.to_string(), "1519073278252-1");
        assert!(second < third);
    }

    #[test]
    fn an_event_id_reads_back_and_anything_else_is_refused() {
        assert_eq!("1519073278252-7".parse(), Ok(EventId { ms: 1_519_073_278_252, n: 7 }));
        for text in ["", "1519073278252", "-1", "1-", "+1-1", "01-1", "1-01", "a-b", "1-4294967296"] {
            assert_eq!(text.parse::<EventId>(), Err(NotAnEventId), "{text}");
        }
    }
}
