//! How far one batch may go by way of teams: an event for a team is an event for each of its members, so that a short
//! request could otherwise come to more than the memory of the machine. It must not know teams or events.

/// What the events for teams in one batch may still come to, all together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TeamAllowance {
    /// Deliveries: one of each event to each member.
    pub deliveries: usize,
    /// Bytes of payloads. One that its producer wrapped is shared by all members; of the others each gets a copy.
    pub bytes: usize,
}

/// The allowance does not reach so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BeyondAllowance;

impl TeamAllowance {
    /// Takes this much out of it, or nothing when it is too much.
    pub(super) fn take(&mut self, deliveries: usize, bytes: usize) -> Result<(), BeyondAllowance> {
        let left = Self {
            deliveries: self.deliveries.checked_sub(deliveries).ok_or(BeyondAllowance)?,
            bytes: self.bytes.checked_sub(bytes).ok_or(BeyondAllowance)?,
        };
        *self = left;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_as_is_left_can_be_taken_and_no_more() {
        let mut allowance = TeamAllowance { deliveries: 5, bytes: 100 };
        assert_eq!(allowance.take(3, 40), Ok(()));
        assert_eq!(allowance.take(3, 10), Err(BeyondAllowance), "one delivery too many");
        assert_eq!(allowance.take(1, 61), Err(BeyondAllowance), "one byte too many");
        assert_eq!(allowance, TeamAllowance { deliveries: 2, bytes: 60 }, "a refusal takes nothing");
        assert_eq!(allowance.take(2, 60), Ok(()));
        assert_eq!(allowance.take(0, 0), Ok(()));
    }
}
