//! All endpoints of which there is something to remember, and how much of them is in memory together. It must not know
//! clocks, nor whose turn it is.

use std::collections::HashMap;

use super::lines::Lines;
use super::room::{Held, Room};
use crate::domain::delivery::Endpoint;
use crate::domain::ids::TenantId;
use crate::store::Page;

/// The endpoints, each with what waits for it.
pub(super) struct Endpoints {
    known: HashMap<Endpoint, Lines>,
    /// What each may hold, and all together.
    own: Page,
    all: Page,
    held: Held,
}

impl Endpoints {
    pub(super) fn new(own: Page, all: Page) -> Self {
        Self { known: HashMap::new(), own, all, held: Held::default() }
    }

    pub(super) fn get(&self, endpoint: &Endpoint) -> Option<&Lines> {
        self.known.get(endpoint)
    }

    /// What there is room for right now.
    pub(super) fn room(&self) -> Room {
        Room::left_of(self.own, self.all, self.held)
    }

    /// Does something with what waits for an endpoint that is known, and keeps count of what it holds.
    pub(super) fn change<T>(
        &mut self,
        endpoint: &Endpoint,
        change: impl FnOnce(&mut Lines, Room) -> T,
    ) -> Option<T> {
        let room = self.room();
        let lines = self.known.get_mut(endpoint)?;
        let before = lines.footprint();
        let done = change(lines, room);
        let after = lines.footprint();
        self.count(before, after);
        Some(done)
    }

    /// The same with an endpoint that need not be known.
    pub(super) fn change_or_add<T>(
        &mut self,
        tenant: TenantId,
        endpoint: &Endpoint,
        change: impl FnOnce(&mut Lines, Room) -> T,
    ) -> T {
        self.known.entry(endpoint.clone()).or_insert_with(|| Lines::new(tenant));
        self.change(endpoint, change).expect("it was put there if it was not")
    }

    pub(super) fn remove(&mut self, endpoint: &Endpoint) -> Option<Lines> {
        let removed = self.known.remove(endpoint)?;
        self.count(removed.footprint(), Held::default());
        Some(removed)
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty() && self.held == Held::default()
    }

    fn count(&mut self, before: Held, after: Held) {
        let Held { rows, bytes, lines } = &mut self.held;
        *rows = *rows + after.rows - before.rows;
        *bytes = *bytes + after.bytes - before.bytes;
        *lines = *lines + after.lines - before.lines;
    }
}
