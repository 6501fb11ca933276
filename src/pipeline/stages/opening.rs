//! When agents rest and when they are back: while a business is closed no conversation is offered to its agents, and
//! all that wait are when it opens. Bots do not rest, and whoever has a conversation keeps it.

use std::collections::HashSet;

use crate::domain::ids::HubId;
use crate::domain::stage::Stage;
use crate::pipeline::engine::Engine;
use crate::registry::Whose;

impl Engine {
    /// Takes conversations that wait to the agents of businesses that have opened since this was last asked for, or
    /// had then and the store failed.
    pub async fn greet_openings(&self) {
        let with_stages = self.registry.hubs_with_stages();
        let closed: HashSet<HubId> = with_stages.into_iter().filter(|hub| self.agents_rest(*hub)).collect();
        let closed_before = std::mem::replace(&mut *self.stages.closed.lock(), closed.clone());
        // Where there are no stages any more the registry has told so.
        let whose = |hub: &HubId| Some((*hub, self.registry.pipeline(*hub)?.tenant));
        let opened: Vec<_> = closed_before.difference(&closed).filter_map(whose).collect();
        if opened.is_empty() {
            return;
        }
        let tenants = opened.iter().map(|(_, tenant)| *tenant).collect();
        let left = self.route_waiting(&Whose::These(tenants)).await;
        // As if they were closed still: the next time they have opened, and are come back to.
        let again = opened.into_iter().filter(|(_, tenant)| left.contains(tenant)).map(|(hub, _)| hub);
        self.stages.closed.lock().extend(again);
    }

    /// Whether the agents of a hub are offered nothing now, since its business is closed.
    pub(in crate::pipeline) fn agents_rest(&self, hub: HubId) -> bool {
        let Some(pipeline) = self.registry.pipeline(hub) else { return false };
        let now = self.now();
        pipeline.stages.iter().any(|stage| match stage {
            Stage::OpenHours(hours) => !hours.is_open(now),
            _ => false,
        })
    }
}
