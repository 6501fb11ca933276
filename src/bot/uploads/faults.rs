//! What is wrong with the rows of a sheet: as many as are told one by one, and how many there are.

use std::fmt;

use crate::faq::{FaqFaultKind, RowFault};

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// The row by itself.
    #[error(transparent)]
    Row(#[from] RowFault),
    /// A bot cannot learn its node.
    #[error(transparent)]
    Node(#[from] FaqFaultKind),
}

/// The faulty rows of a sheet; its text tells them.
#[derive(Clone, Debug)]
pub(super) struct Faults {
    told: Vec<(u64, Fault)>,
    most: usize,
    count: usize,
}

impl Faults {
    /// None yet; at most so many will be told one by one.
    pub(super) fn new(most: usize) -> Self {
        Self { told: Vec::new(), most, count: 0 }
    }

    pub(super) fn note(&mut self, row: u64, fault: Fault) {
        self.count += 1;
        if self.told.len() < self.most {
            self.told.push((row, fault));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (row, fault)) in self.told.iter().enumerate() {
            let between = if place == 0 { "" } else { "; " };
            write!(f, "{between}row {row}: {fault}")?;
        }
        match self.count - self.told.len() {
            0 => Ok(()),
            1 => f.write_str("; and 1 more faulty row"),
            more => write!(f, "; and {more} more faulty rows"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(count: u64) -> String {
        let mut faults = Faults::new(2);
        (1..=count).for_each(|row| faults.note(row, RowFault::NotUtf8.into()));
        faults.to_string()
    }

    #[test]
    fn as_many_as_may_be_are_told_one_by_one_and_the_others_counted() {
        assert!(Faults::new(2).is_empty());
        assert_eq!(told(2), "row 1: the row is not UTF-8; row 2: the row is not UTF-8");
        assert_eq!(told(3), told(2) + "; and 1 more faulty row");
        assert_eq!(told(9), told(2) + "; and 7 more faulty rows");
    }
}
