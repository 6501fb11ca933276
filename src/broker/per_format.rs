//! One value for each wire format, made when it is first asked for.
//! It must not know what the values are.

use std::sync::OnceLock;

use super::WireFormat;

/// Values by format. Whoever comes first makes one; a cell per format, so that making one never waits for another.
pub(super) struct PerFormat<T> {
    common: [OnceLock<T>; WireFormat::COMMON],
    /// The cells of the other formats; made when the first of them is needed. Thousands of events may wait for one
    /// reader, and most are never asked for in any of these.
    rare: OnceLock<Box<RareCells<T>>>,
}

type RareCells<T> = [OnceLock<T>; WireFormat::COUNT - WireFormat::COMMON];

impl<T> PerFormat<T> {
    /// Nothing made yet.
    pub(super) const fn new() -> Self {
        Self { common: [const { OnceLock::new() }; WireFormat::COMMON], rare: OnceLock::new() }
    }

    /// The value of `format`; made by `make` on first use.
    #[inline]
    pub(super) fn get_or_make(&self, format: WireFormat, make: impl FnOnce() -> T) -> &T {
        let cell = match self.common.get(format.index()) {
            Some(cell) => cell,
            None => &self.rare()[format.index() - WireFormat::COMMON],
        };
        // Everybody but the first finds it made: a fan-out asks once for each of thousands of readers.
        match cell.get() {
            Some(made) => made,
            None => first(cell, make),
        }
    }

    fn rare(&self) -> &RareCells<T> {
        self.rare
            .get_or_init(|| Box::new([const { OnceLock::new() }; WireFormat::COUNT - WireFormat::COMMON]))
    }
}

#[cold]
fn first<T>(cell: &OnceLock<T>, make: impl FnOnce() -> T) -> &T {
    cell.get_or_init(make)
}
