//! What waits for a stage, as the contract has it. The stages themselves are configuration.

use super::samples::{HARD_TEXT, conversation, kept_tenant};
use crate::domain::ids::{ConversationId, TenantId};
use crate::store::{HeldRecord, Store, Write};

fn held(tenant: TenantId, conversation: ConversationId, number: i64) -> HeldRecord {
    HeldRecord { tenant, conversation, number, body: format!("{number} {HARD_TEXT}") }
}

async fn hold(store: &dyn Store, all: &[HeldRecord]) {
    store.commit(all.iter().cloned().map(Write::Hold).collect()).await.unwrap();
}

pub(crate) async fn held_activities_read_back_in_the_order_of_their_numbers(store: &dyn Store) {
    let tenant = kept_tenant(store, "one").await;
    let (one, other) = (conversation(tenant).id, conversation(tenant).id);
    hold(store, &[held(tenant, one, 2), held(tenant, other, 1), held(tenant, one, 1)]).await;
    let found = store.held().await.unwrap();
    let of = |id| found.iter().filter(|held| held.conversation == id).cloned().collect::<Vec<_>>();
    assert_eq!(of(one), [held(tenant, one, 1), held(tenant, one, 2)]);
    assert_eq!(of(other), [held(tenant, other, 1)]);
}

pub(crate) async fn released_activities_are_gone_and_no_others(store: &dyn Store) {
    let tenant = kept_tenant(store, "one").await;
    let (one, other) = (conversation(tenant).id, conversation(tenant).id);
    hold(store, &[1, 2, 3].map(|number| held(tenant, one, number))).await;
    hold(store, &[held(tenant, other, 1)]).await;
    store.commit(vec![Write::Release(one, 2), Write::Release(ConversationId::new(), 1)]).await.unwrap();
    let left = store.held().await.unwrap();
    assert_eq!(left.len(), 3, "{left:?}");
    assert!(
        [held(tenant, one, 1), held(tenant, one, 3), held(tenant, other, 1)]
            .iter()
            .all(|one| left.contains(one))
    );
    store.commit(vec![Write::ReleaseAll(one), Write::Hold(held(tenant, one, 1))]).await.unwrap();
    let left = store.held().await.unwrap();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.contains(&held(tenant, one, 1)), "numbers begin again");
}
