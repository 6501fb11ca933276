//! How far an upload has come, counted by who reads it and looked at by who asks.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counts of one upload; each is good by itself.
#[derive(Debug, Default)]
pub(super) struct Progress {
    checked: AtomicU64,
    is_checked: AtomicBool,
    learnt: AtomicU64,
}

/// Rows of an upload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Rows that were looked at.
    pub checked: u64,
    /// How many there are; none before all were looked at.
    pub total: Option<u64>,
    /// Rows whose nodes are written and learnt; they are not in force before all are.
    pub learnt: u64,
}

impl Progress {
    pub(super) fn rows(&self) -> Rows {
        let is_checked = self.is_checked.load(Ordering::Acquire);
        let checked = self.checked.load(Ordering::Relaxed);
        Rows { checked, total: is_checked.then_some(checked), learnt: self.learnt.load(Ordering::Relaxed) }
    }

    /// One row more was looked at.
    pub(super) fn note_checked(&self) {
        self.checked.fetch_add(1, Ordering::Relaxed);
    }

    /// All rows were looked at.
    pub(super) fn note_all_checked(&self) {
        self.is_checked.store(true, Ordering::Release);
    }

    /// So many rows more are written.
    pub(super) fn note_learnt(&self, rows: usize) {
        self.learnt.fetch_add(rows as u64, Ordering::Relaxed);
    }
}
