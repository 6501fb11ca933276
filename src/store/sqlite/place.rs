//! The row key of an activity: tenant and position in one integer, so that it can be the rowid.
//! Knows no SQL.

use super::errors::Refusal;
use crate::domain::order::Position;

/// Bits of a position: a trillion activities per tenant, which leaves 23 bits for eight million tenants.
const POSITION_BITS: u32 = 40;

const MAX_POSITION: u64 = (1 << POSITION_BITS) - 1;
const MAX_TENANT: i64 = i64::MAX >> POSITION_BITS;

/// A tenant's number within this store, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TenantNo(pub(super) i64);

impl TenantNo {
    /// The row key of the tenant's activity at `position`.
    pub(super) fn place(self, position: Position) -> Result<i64, Refusal> {
        match i64::try_from(position.0) {
            Ok(low) if position.0 <= MAX_POSITION && self.0 <= MAX_TENANT => Ok(self.first() | low),
            _ => Err(Refusal::NoPlace(position)),
        }
    }

    /// The row key before all activities of the tenant.
    pub(super) fn first(self) -> i64 {
        self.0 << POSITION_BITS
    }

    /// The last row key the tenant can have.
    pub(super) fn last(self) -> i64 {
        self.first() | MAX_POSITION.cast_signed()
    }

    /// The row key of `position`, or the last one when it lies beyond every position that can be kept.
    pub(super) fn place_or_last(self, position: Position) -> i64 {
        self.place(position).unwrap_or_else(|_| self.last())
    }
}

/// The position within its tenant of the activity that has this row key.
pub(super) fn position(place: i64) -> Position {
    Position(place.cast_unsigned() & MAX_POSITION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_gives_its_position_back_and_tenants_do_not_overlap() {
        let (one, two) = (TenantNo(1), TenantNo(2));
        for at in [1, 77, MAX_POSITION] {
            assert_eq!(position(two.place(Position(at)).unwrap()), Position(at));
        }
        assert_eq!(one.last() + 1, two.first());
        assert!(one.place(Position(1)).unwrap() > one.first());
    }

    #[test]
    fn what_does_not_fit_is_refused_and_not_folded_into_another_tenant() {
        assert!(TenantNo(1).place(Position(MAX_POSITION + 1)).is_err());
        assert!(TenantNo(1).place(Position(u64::MAX)).is_err());
        assert!(TenantNo(MAX_TENANT + 1).place(Position(1)).is_err());
        assert!(TenantNo(MAX_TENANT).place(Position(MAX_POSITION)).is_ok());
        assert_eq!(TenantNo(3).place_or_last(Position(u64::MAX)), TenantNo(3).last());
    }
}
