//! Customers, found by their binding keys, and which of their conversations is which.

use std::num::NonZeroU64;

use super::samples::{conversation, kept_tenant};
use crate::domain::clock::Millis;
use crate::domain::conversation::Conversation;
use crate::domain::ids::{HubId, IntegrationId, TenantId};
use crate::store::{CustomerFound, CustomerQuery, Store, Which, Write};

fn talk(tenant: TenantId, (hub, integration): (HubId, IntegrationId), opened: i64) -> Conversation {
    Conversation {
        hub,
        integration,
        opened: Millis(opened),
        binding: "ada".to_owned(),
        ..conversation(tenant)
    }
}

async fn keep(store: &dyn Store, heads: &[&Conversation]) {
    let writes = heads.iter().map(|head| Write::PutConversation(Conversation::clone(head)));
    store.commit(writes.collect()).await.unwrap();
}

async fn found(store: &dyn Store, tenant: TenantId, hub: HubId, which: Which) -> CustomerFound {
    let query = CustomerQuery { tenant, hub, binding: "ada".to_owned(), which };
    store.conversation_of(query).await.unwrap()
}

fn number(number: u64) -> Which {
    Which::Number(NonZeroU64::new(number).unwrap())
}

fn is(head: &Conversation) -> CustomerFound {
    CustomerFound::Conversation(Box::new(head.clone()))
}

pub(crate) async fn the_conversations_of_a_customer_are_counted_in_the_order_of_their_opening(
    store: &dyn Store,
) {
    let owner = kept_tenant(store, "one").await;
    let at = (HubId::new(), IntegrationId::new());
    let (second, first, third) = (talk(owner, at, 20), talk(owner, at, 10), talk(owner, at, 30));
    let somebody_else = Conversation { binding: "bob".to_owned(), ..talk(owner, at, 40) };
    keep(store, &[&second, &first, &third, &somebody_else]).await;
    for (which, head) in [(1, &first), (2, &second), (3, &third)] {
        assert_eq!(found(store, owner, at.0, number(which)).await, is(head));
    }
    assert_eq!(found(store, owner, at.0, Which::Newest).await, is(&third));
    for beyond in [4, u64::MAX] {
        assert_eq!(found(store, owner, at.0, number(beyond)).await, CustomerFound::NoSuchNumber);
    }
}

pub(crate) async fn a_customer_is_on_the_integration_of_the_newest_conversation(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let hub = HubId::new();
    let (here, there) = ((hub, IntegrationId::new()), (hub, IntegrationId::new()));
    let (first, other, last) = (talk(owner, here, 10), talk(owner, there, 20), talk(owner, here, 30));
    keep(store, &[&last, &other, &first]).await;
    assert_eq!(found(store, owner, hub, Which::Newest).await, is(&last));
    assert_eq!(
        found(store, owner, hub, number(2)).await,
        is(&last),
        "the other integration's does not count"
    );
    let newer = talk(owner, there, 40);
    keep(store, &[&newer]).await;
    assert_eq!(found(store, owner, hub, number(1)).await, is(&other));
    assert_eq!(found(store, owner, hub, number(2)).await, is(&newer));
}

pub(crate) async fn what_there_is_of_a_customer_is_told_apart(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let at = (HubId::new(), IntegrationId::new());
    assert_eq!(found(store, owner, at.0, Which::Newest).await, CustomerFound::Nowhere);
    assert_eq!(found(store, TenantId::new(), at.0, Which::Newest).await, CustomerFound::Nowhere);
    keep(store, &[&talk(owner, at, 1)]).await;
    assert_eq!(found(store, owner, HubId::new(), Which::Newest).await, CustomerFound::Elsewhere);
    assert_eq!(found(store, owner, HubId::new(), number(1)).await, CustomerFound::Elsewhere);
}

pub(crate) async fn a_customer_that_another_tenant_has_is_not_found(store: &dyn Store) {
    let (owner, other) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let at = (HubId::new(), IntegrationId::new());
    keep(store, &[&talk(owner, at, 1)]).await;
    assert_eq!(found(store, other, at.0, Which::Newest).await, CustomerFound::Nowhere);
    assert_eq!(found(store, other, at.0, number(1)).await, CustomerFound::Nowhere);
}

pub(crate) async fn a_conversation_that_was_put_again_counts_once(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let at = (HubId::new(), IntegrationId::new());
    let open = talk(owner, at, 1);
    let closed = Conversation { closed: Some(Millis(2)), ..open.clone() };
    keep(store, &[&open]).await;
    keep(store, &[&closed]).await;
    assert_eq!(found(store, owner, at.0, number(1)).await, is(&closed));
    assert_eq!(found(store, owner, at.0, number(2)).await, CustomerFound::NoSuchNumber);
    let renamed = Conversation { binding: "eve".to_owned(), ..open };
    keep(store, &[&renamed]).await;
    assert_eq!(found(store, owner, at.0, number(1)).await, CustomerFound::Nowhere);
}
