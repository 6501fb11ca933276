//! Customers, found by the names that businesses know them by: their binding keys. It must not know what faces call
//! them.

use super::engine::Engine;
use super::error::EngineError;
use crate::store::{CustomerFound, CustomerQuery};

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
}
