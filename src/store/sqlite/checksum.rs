//! The checksum of a row: tells a body whose bytes rotted in the file from the one that was written.
//! Knows no table. SQLite guards its log with checksums, but not the pages of the database.

use rusqlite::types::FromSqlError;
use sha2::{Digest, Sha256};

/// Sums up the columns of one row in the order in which they are added.
pub(super) struct Checksum(Sha256);

impl Checksum {
    /// Of no column yet.
    pub(super) fn new() -> Self {
        Self(Sha256::new())
    }

    /// Adds a column of bytes. Its length is summed up too, so that bytes cannot move between columns.
    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// Adds a column that may be empty.
    pub(super) fn optional(self, bytes: Option<&[u8]>) -> Self {
        match bytes {
            Some(bytes) => self.integer(1).bytes(bytes),
            None => self.integer(0),
        }
    }

    /// Adds an integer column.
    pub(super) fn integer(mut self, value: i64) -> Self {
        self.0.update(value.to_le_bytes());
        self
    }

    /// The sum: 32 bits are enough against rot, and this is no defence against people.
    pub(super) fn finish(self) -> i64 {
        let [a, b, c, d, ..] = <[u8; 32]>::from(self.0.finalize());
        u32::from_le_bytes([a, b, c, d]).into()
    }
}

/// The row's bytes are not those that were written.
#[derive(Debug, thiserror::Error)]
#[error("the row does not match its checksum")]
struct Rotten;

/// Refuses a row whose kept checksum is not `sum`; `column` is the checksum's, for the message.
pub(super) fn verify(kept: i64, sum: Checksum, column: usize) -> rusqlite::Result<()> {
    if kept == sum.finish() {
        return Ok(());
    }
    let rotten = FromSqlError::other(Rotten);
    Err(rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Integer, Box::new(rotten)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_or_moved_byte_changes_the_sum() {
        let sum = |a: &[u8], b: &[u8]| Checksum::new().bytes(a).bytes(b).finish();
        assert_eq!(sum(b"ab", b"c"), sum(b"ab", b"c"));
        assert_ne!(sum(b"ab", b"c"), sum(b"a", b"bc"));
        assert_ne!(sum(b"ab", b"c"), sum(b"ab", b"d"));
        assert_ne!(Checksum::new().optional(None).finish(), Checksum::new().optional(Some(&[])).finish());
    }
}
