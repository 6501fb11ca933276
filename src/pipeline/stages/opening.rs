//! When agents rest and when they are back: no conversation that waits is taken to an agent of a business that is
//! closed, and all are when it opens.

use std::collections::HashSet;

use crate::domain::ids::HubId;
use crate::domain::integration::{Integration, IntegrationType};
use crate::domain::stage::{Hours, Stage};
use crate::pipeline::engine::Engine;

impl Engine {
    /// Whether a conversation may be offered to a bot or an agent now, by the open hours of its hub.
    pub(in crate::pipeline) fn may_be_offered(&self, to: &Integration) -> bool {
        to.kind != IntegrationType::Agent || !self.agents_rest(to.hub)
    }

    /// Takes conversations that wait to the agents of businesses that have opened since this was last asked for.
    pub async fn greet_openings(&self) {
        let with_stages = self.registry.hubs_with_stages();
        let closed: HashSet<HubId> = with_stages.into_iter().filter(|hub| self.agents_rest(*hub)).collect();
        let closed_before = std::mem::replace(&mut *self.stages.closed.lock(), closed.clone());
        if !closed_before.is_subset(&closed) {
            self.route_waiting().await;
        }
    }

    fn agents_rest(&self, hub: HubId) -> bool {
        let Some(pipeline) = self.registry.pipeline(hub) else { return false };
        let now = self.now();
        pipeline.stages.iter().any(|stage| match stage {
            Stage::OpenHours(hours) => hours.at(now) != Hours::Open,
            _ => false,
        })
    }
}
