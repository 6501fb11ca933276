//! Places in a row: the conversations of each hub, each under a moment, the earliest first. It must not know what
//! happened at that moment.

use std::collections::BTreeSet;
use std::ops::Bound::{Excluded, Unbounded};

use dashmap::DashMap;

use crate::domain::clock::Millis;
use crate::domain::ids::{ConversationId, HubId, TenantId};

/// A hub and whose it is.
pub(super) type HubKey = (TenantId, HubId);

/// A conversation, after the moment under which it stands.
pub(super) type Place = (Millis, ConversationId);

/// The places of conversations, by hub. Hubs that have none are not in it.
#[derive(Default)]
pub(super) struct Places(DashMap<HubKey, BTreeSet<Place>>);

impl Places {
    pub(super) fn put(&self, hub: HubKey, place: Place) {
        self.0.entry(hub).or_default().insert(place);
    }

    pub(super) fn take(&self, hub: HubKey, place: Place) {
        if let Some(mut places) = self.0.get_mut(&hub) {
            places.remove(&place);
        }
        self.0.remove_if(&hub, |_, places| places.is_empty());
    }

    /// The hubs that have conversations here.
    pub(super) fn hubs(&self) -> Vec<HubKey> {
        self.0.iter().map(|hub| *hub.key()).collect()
    }

    /// Of a hub's conversations after a place, the first, at most `limit`.
    pub(super) fn after(&self, hub: HubKey, after: Option<Place>, limit: usize) -> Vec<Place> {
        self.up_to(hub, after, Millis(i64::MAX), limit)
    }

    /// Of a hub's conversations after a place, the first of those that stand under `until` or before, at most
    /// `limit`.
    pub(super) fn up_to(&self, hub: HubKey, after: Option<Place>, until: Millis, limit: usize) -> Vec<Place> {
        let Some(places) = self.0.get(&hub) else { return Vec::new() };
        let rest = places.range((after.map_or(Unbounded, Excluded), Unbounded));
        rest.take_while(|(moment, _)| *moment <= until).take(limit).copied().collect()
    }

    /// How many conversations have a place.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|places| places.len()).sum()
    }
}
