//! The queue: conversations that wait for somebody to answer, and how they are taken to those who come.
//! It must not know why an agent is there or not.

use std::collections::BTreeSet;

use dashmap::DashMap;

use crate::domain::clock::Millis;
use crate::domain::ids::{ConversationId, HubId};

/// A conversation, after the moment since which it waits.
type Place = (Millis, ConversationId);

/// The conversations of each hub that wait, the longest waiting first.
#[derive(Default)]
pub(super) struct Waiting(DashMap<HubId, BTreeSet<Place>>);

impl Waiting {
    pub(super) fn put(&self, hub: HubId, place: Place) {
        self.0.entry(hub).or_default().insert(place);
    }

    pub(super) fn take(&self, hub: HubId, place: Place) {
        if let Some(mut places) = self.0.get_mut(&hub) {
            places.remove(&place);
        }
        self.0.remove_if(&hub, |_, places| places.is_empty());
    }
}
