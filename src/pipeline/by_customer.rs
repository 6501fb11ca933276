//! Open conversations by what their profiles say of the customer, so that what is told of a customer finds them. Most
//! profiles say nothing of the kind, and then there is nothing to list. It must not know what is told.

use std::collections::BTreeSet;

use dashmap::DashMap;

use crate::domain::conversation::Conversation;
use crate::domain::customer::CustomerKey;
use crate::domain::ids::{ConversationId, TenantId};

/// The index. Where a customer writes is no part of it: that finds its conversation already.
#[derive(Default)]
pub(super) struct ByCustomer(DashMap<(TenantId, CustomerKey), BTreeSet<ConversationId>>);

impl ByCustomer {
    /// Lists a conversation.
    pub(super) fn list(&self, head: &Conversation) {
        for key in CustomerKey::said_of(head) {
            self.0.entry((head.tenant, key)).or_default().insert(head.id);
        }
    }

    /// Takes a conversation off, by the head with which it was listed.
    pub(super) fn unlist(&self, head: &Conversation) {
        for key in CustomerKey::said_of(head) {
            let key = (head.tenant, key);
            if let Some(mut all) = self.0.get_mut(&key) {
                all.remove(&head.id);
            }
            self.0.remove_if(&key, |_, all| all.is_empty());
        }
    }

    /// The conversations of a customer, the oldest first.
    pub(super) fn of(&self, tenant: TenantId, key: &CustomerKey) -> Vec<ConversationId> {
        let all = self.0.get(&(tenant, key.clone()));
        all.map(|all| all.iter().copied().collect()).unwrap_or_default()
    }
}
