//! A bot gives up: what it has to say is not let through, and the conversation goes to agents all the same. It must not
//! know what was to be said.

use super::engine::Engine;
use super::error::EngineError;
use super::lane::Lane;
use super::past::Past;
use super::record::{Work, kept};
use super::submit::{Passage, handover_event};
use crate::domain::conversation::Wanted;
use crate::domain::ids::{ConversationId, IntegrationId, TenantId};

impl Engine {
    /// Whoever has a conversation leaves it to any agent. Unlike a hand-over that is sent in, this meets no stage and
    /// waits for none: it is a stage that may be in the way.
    ///
    /// # Errors
    /// [`EngineError::NotTheDestination`] when somebody else has it by now; [`EngineError::CustomerGone`] when it was
    /// closed.
    pub async fn give_up(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        giver: IntegrationId,
        reason: &str,
    ) -> Result<(), EngineError> {
        let live = self.live(tenant, conversation).await?;
        let giver = self.integration(tenant, giver)?;
        let visit = |lane: &mut Lane, past: Past| {
            if lane.head.closed.is_some() {
                return Err(EngineError::CustomerGone);
            }
            if lane.head.destination != Some(giver.id) {
                return Err(EngineError::NotTheDestination);
            }
            let mut passage = Passage::with_past(self, &live, lane, past);
            passage.hand_over_saying(&giver, Some(Wanted::default()), handover_event(None, Some(reason)))?;
            Ok(self.recorder.submit(Work::in_lane(&live, passage.finish())))
        };
        let done = self.visit_with_past(&live, visit).await??;
        kept(done).await?;
        Ok(())
    }
}
