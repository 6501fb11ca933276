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

    /// The conversations of a customer, at most so many, the newest first.
    pub(super) fn newest(&self, tenant: TenantId, key: &CustomerKey, most: usize) -> Vec<ConversationId> {
        let all = self.0.get(&(tenant, key.clone()));
        all.map(|all| all.iter().rev().take(most).copied().collect()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pipeline::testing::Bench;

    fn key(phone: &str) -> CustomerKey {
        CustomerKey::phone(phone).unwrap()
    }

    #[tokio::test]
    async fn a_conversation_is_found_by_what_its_profile_says_now_until_it_is_closed() {
        let mut bench = Bench::new().await;
        let id = bench.establish("+14165550001").await.unwrap().id;
        bench.say(id, "hello").await.unwrap();
        let of = |bench: &Bench, key: &CustomerKey| {
            bench.engine.conversations.by_customer().newest(bench.tenant, key, usize::MAX)
        };
        assert_eq!(of(&bench, &key("14165550001")), [id], "its binding key is a number");
        let set = async |bench: &Bench, phone: &str| {
            let live = bench.engine.open(bench.tenant, id).unwrap();
            let profile = json!({"phone": phone});
            let change = |properties: &mut crate::domain::conversation::Properties| {
                properties.insert("profile".to_owned(), profile);
            };
            bench.engine.change_properties(&live, change).await
        };
        set(&bench, "(647) 555-0002").await.unwrap();
        assert_eq!(of(&bench, &key("6475550002")), [id]);
        bench.store.break_down();
        assert!(set(&bench, "999").await.is_err());
        bench.store.repair();
        assert_eq!(of(&bench, &key("999")), []);
        assert_eq!(of(&bench, &key("6475550002")), [id], "it is as it was");
        bench.restart().await;
        assert_eq!(of(&bench, &key("6475550002")), [id]);
        bench.engine.close_conversation(bench.tenant, id).await.unwrap();
        assert_eq!(of(&bench, &key("6475550002")), []);
        assert_eq!(of(&bench, &key("14165550001")), []);
    }
}
