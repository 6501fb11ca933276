//! Customers, found by the names that businesses know them by: their binding keys. It must not know what faces call
//! them.

use super::engine::Engine;
use super::error::EngineError;
use crate::domain::conversation::Conversation;
use crate::domain::integration::IntegrationType;
use crate::store::{CustomerFound, CustomerQuery, HistoryQuery, Page};

/// How much is read at a time to see whether a customer has said anything. What is said before a customer speaks is
/// what opens a conversation, so that the first reading mostly tells.
const STEP: Page = Page { rows: 64, bytes: 1 << 20 };

impl Engine {
    /// One of a customer's conversations, as it is now.
    pub async fn conversation_of(&self, query: CustomerQuery) -> Result<CustomerFound, EngineError> {
        let found = self.store.conversation_of(query).await?;
        Ok(match found {
            CustomerFound::Conversation(kept) => {
                let live = self.conversations.get(kept.tenant, kept.id).map(|live| Box::new(live.head()));
                CustomerFound::Conversation(live.unwrap_or(kept))
            }
            other => other,
        })
    }

    /// Whether the customer has said anything in a conversation. Where all that was said is gone for its age nobody
    /// can tell, and it counts as if.
    pub async fn customer_has_spoken(&self, head: &Conversation) -> Result<bool, EngineError> {
        if head.said.is_none() {
            return Ok(false);
        }
        let mut after = 0;
        loop {
            let query = HistoryQuery {
                tenant: head.tenant,
                conversation: head.id,
                party: Some(IntegrationType::Customer),
                after,
                page: STEP,
            };
            let said = self.store.history(query).await?;
            let Some(last) = said.last() else { return Ok(after == 0) };
            if said.iter().any(|one| one.sender_kind == IntegrationType::Customer) {
                return Ok(true);
            }
            after = last.event_id;
        }
    }
}
