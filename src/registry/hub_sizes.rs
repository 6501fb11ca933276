//! How many integrations each hub of a tenant has, so that a page of all of them is found by counting: a tenant may
//! have tens of thousands of hubs. It must not know the integrations.

use std::collections::BTreeMap;

use super::PageQuery;
use crate::domain::ids::HubId;

/// The hubs that have integrations, in the order of their creation.
#[derive(Default)]
pub(super) struct HubSizes {
    by_hub: BTreeMap<HubId, usize>,
    total: usize,
}

/// The part of a page that is on one hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) hub: HubId,
    /// Integrations of the hub that are on pages before.
    pub(super) skip: usize,
    /// Integrations of the hub that are on the page.
    pub(super) take: usize,
}

impl HubSizes {
    /// The hub has one more.
    pub(super) fn rise(&mut self, hub: HubId) {
        *self.by_hub.entry(hub).or_default() += 1;
        self.total += 1;
    }

    /// The hub has one less.
    pub(super) fn fall(&mut self, hub: HubId) {
        let Some(size) = self.by_hub.get_mut(&hub) else { return };
        *size -= 1;
        self.total -= 1;
        if *size == 0 {
            self.by_hub.remove(&hub);
        }
    }

    /// The hub is gone with all that it had.
    pub(super) fn forget(&mut self, hub: HubId) {
        self.total -= self.by_hub.remove(&hub).unwrap_or_default();
    }

    /// All integrations.
    pub(super) fn total(&self) -> usize {
        self.total
    }

    /// Where the integrations of a page are.
    pub(super) fn page(&self, page: PageQuery) -> Vec<Part> {
        let mut skip = page.number.saturating_mul(page.size);
        let mut wanted = page.size;
        let mut parts = Vec::new();
        for (&hub, &size) in &self.by_hub {
            if wanted == 0 {
                break;
            }
            if skip >= size {
                skip -= size;
                continue;
            }
            let take = wanted.min(size - skip);
            parts.push(Part { hub, skip, take });
            (skip, wanted) = (0, wanted - take);
        }
        parts
    }
}

impl FromIterator<HubId> for HubSizes {
    /// From the hub of each integration.
    fn from_iter<I: IntoIterator<Item = HubId>>(hubs: I) -> Self {
        let mut sizes = Self::default();
        hubs.into_iter().for_each(|hub| sizes.rise(hub));
        sizes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hubs(count: usize) -> Vec<HubId> {
        let mut hubs: Vec<_> = (0..count).map(|_| HubId::new()).collect();
        hubs.sort();
        hubs
    }

    #[test]
    fn a_hub_without_integrations_is_on_no_page() {
        let hubs = hubs(3);
        let mut sizes: HubSizes = [hubs[0], hubs[1], hubs[1], hubs[2]].into_iter().collect();
        sizes.fall(hubs[0]);
        sizes.forget(hubs[1]);
        assert_eq!(sizes.total(), 1);
        let only = Part { hub: hubs[2], skip: 0, take: 1 };
        assert_eq!(sizes.page(PageQuery { number: 0, size: 10 }), [only]);
        assert_eq!(sizes.page(PageQuery { number: 1, size: 10 }), []);
    }

    proptest! {
        #[test]
        fn pages_are_those_of_the_list_written_out(
            counts in prop::collection::vec(0_usize..5, 0..8), number in 0_usize..6, size in 1_usize..7,
        ) {
            let hubs = hubs(counts.len());
            let all: Vec<_> =
                hubs.iter().zip(&counts).flat_map(|(hub, count)| (0..*count).map(move |place| (*hub, place))).collect();
            let sizes: HubSizes = all.iter().map(|(hub, _)| *hub).collect();
            prop_assert_eq!(sizes.total(), all.len());
            let parts = sizes.page(PageQuery { number, size }).into_iter();
            let listed: Vec<_> =
                parts.flat_map(|part| (part.skip..part.skip + part.take).map(move |place| (part.hub, place))).collect();
            let expected: Vec<_> = all.into_iter().skip(number * size).take(size).collect();
            prop_assert_eq!(listed, expected);
        }
    }
}
