//! Customers by their binding keys, and their conversations in the order in which they were opened.
//! Does not know what was said in them.

use super::contents::Contents;
use crate::domain::conversation::Conversation;
use crate::domain::ids::{ConversationId, TenantId};
use crate::store::{CustomerFound, CustomerQuery, Which};

/// A conversation under the binding key of its customer.
pub(super) type BindingKey = (TenantId, String, ConversationId);

pub(super) fn binding_key(head: &Conversation) -> BindingKey {
    (head.tenant, head.binding.clone(), head.id)
}

impl Contents {
    pub(super) fn conversation_of(&self, query: &CustomerQuery) -> CustomerFound {
        let all = self.of_binding(query.tenant, &query.binding);
        let order = |head: &&&Conversation| (head.opened, head.id);
        let Some(newest) = all.iter().filter(|head| head.hub == query.hub).max_by_key(order) else {
            return if all.is_empty() { CustomerFound::Nowhere } else { CustomerFound::Elsewhere };
        };
        let here = |head: &&&Conversation| (head.hub, head.integration) == (newest.hub, newest.integration);
        let found = match query.which {
            Which::Newest => Some(*newest),
            Which::Number(number) => {
                let mut here: Vec<_> = all.iter().filter(here).copied().collect();
                here.sort_by_key(|head| (head.opened, head.id));
                let place = usize::try_from(number.get() - 1).ok();
                place.and_then(|place| here.get(place).copied())
            }
        };
        found.map_or(CustomerFound::NoSuchNumber, |head| CustomerFound::Conversation(Box::new(head.clone())))
    }

    /// All conversations of a binding key, in no order.
    fn of_binding(&self, tenant: TenantId, binding: &str) -> Vec<&Conversation> {
        let smallest = ConversationId::from_slice(&[0; 16]).expect("an id has 16 bytes");
        let keys = self.by_binding.range((tenant, binding.to_owned(), smallest)..).map(|(key, ())| key);
        let own = keys.take_while(|(of, key, _)| *of == tenant && key == binding);
        own.filter_map(|(.., id)| self.conversations.get(id)).collect()
    }
}
