//! What a sender may ask about what it has said that is held still. It must not know when that will be said.

use super::turn::HeldActivity;
use crate::domain::ids::{ConversationId, IntegrationId, TenantId};
use crate::pipeline::engine::Engine;
use crate::pipeline::error::EngineError;

impl Engine {
    /// The sender's own references of what an integration has said and is held, with the conversations: it is not in
    /// their histories yet, and need not be said again.
    pub async fn held_references(
        &self,
        tenant: TenantId,
        sender: IntegrationId,
    ) -> Result<Vec<(ConversationId, String)>, EngineError> {
        if self.stages.holding.is_empty() {
            return Ok(Vec::new());
        }
        let held = self.store.held().await?;
        let references = held.into_iter().filter(|record| record.tenant == tenant).filter_map(|record| {
            let held: HeldActivity = serde_json::from_str(&record.body).ok()?;
            Some((record.conversation, held.external_id.filter(|_| held.sender == sender)?))
        });
        Ok(references.collect())
    }
}
