//! Atomicity, order and the end of a store.

use futures_util::FutureExt;
use futures_util::future::join_all;

use super::samples::{ALL, activity, conversation, keep_activities, kept_tenant, order_of, tenant};
use crate::domain::ids::ConversationId;
use crate::domain::order::Position;
use crate::store::{HistoryQuery, Store, StoreError, Write};

pub(crate) async fn a_commit_whose_last_write_fails_keeps_nothing(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let head = conversation(owner);
    keep_activities(store, &[activity(owner, head.id, 1)]).await;

    let other = tenant("two");
    let refused = store
        .commit(vec![
            Write::PutTenant(other),
            Write::PutConversation(head.clone()),
            Write::PutActivity(activity(owner, head.id, 2)),
            Write::PutActivity(activity(owner, ConversationId::new(), 1)),
        ])
        .await;

    assert!(matches!(refused, Err(StoreError::Failed(_))), "{refused:?}");
    assert_eq!(store.configuration().await.unwrap().tenants.len(), 1);
    assert_eq!(store.conversation(owner, head.id).await.unwrap(), None);
    assert_eq!(order_of(store, owner).await.position, Position(1));
}

pub(crate) async fn a_bad_commit_fails_alone(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let talk = ConversationId::new();
    let commits = (1..=20).map(|n| {
        // The tenth takes the ninth's position.
        let position = if n == 10 { 9 } else { n };
        store.commit(vec![Write::PutActivity(activity(owner, talk, position))])
    });
    let results = join_all(commits).await;
    let failed: Vec<usize> =
        (1..).zip(&results).filter(|(_, result)| result.is_err()).map(|(n, _)| n).collect();
    assert_eq!(failed, [10]);
    let query = HistoryQuery { tenant: owner, conversation: talk, party: None, after: 0, page: ALL };
    assert_eq!(store.history(query).await.unwrap().len(), 19);
}

pub(crate) async fn commits_that_were_not_awaited_keep_their_order(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let head = conversation(owner);
    let commits = (1..=100).map(|n| {
        let mut head = head.clone();
        head.seen.customer = n;
        store.commit(vec![Write::PutConversation(head)])
    });
    assert!(join_all(commits).await.iter().all(Result::is_ok));
    let kept = store.conversation(owner, head.id).await.unwrap().expect("it was put");
    assert_eq!(kept.seen.customer, 100);
}

pub(crate) async fn a_commit_whose_caller_went_away_is_kept(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let head = conversation(owner);
    // Polled once and dropped, unless it was answered at once.
    let _ = store.commit(vec![Write::PutConversation(head.clone())]).now_or_never();
    store.commit(Vec::new()).await.unwrap();
    assert_eq!(store.conversation(owner, head.id).await.unwrap(), Some(head));
}

pub(crate) async fn a_tenant_made_in_a_refused_commit_can_be_made_again(store: &dyn Store) {
    let owner = tenant("one");
    let talk = ConversationId::new();
    let writes = |second: u64| {
        vec![
            Write::PutTenant(owner.clone()),
            Write::PutActivity(activity(owner.id, talk, 1)),
            Write::PutActivity(activity(owner.id, talk, second)),
        ]
    };
    assert!(store.commit(writes(1)).await.is_err());
    // Another tenant is made in between, so that nothing remembered of the first can be right by chance.
    let other = kept_tenant(store, "two").await;
    assert!(store.commit(vec![Write::PutActivity(activity(owner.id, talk, 1))]).await.is_err());
    store.commit(writes(2)).await.unwrap();
    assert_eq!(order_of(store, owner.id).await.position, Position(2));
    assert_eq!(order_of(store, other).await.position, Position(0));
}

pub(crate) async fn nothing_is_taken_after_close(store: &dyn Store) {
    kept_tenant(store, "one").await;
    store.close().await.unwrap();
    let refused = store.commit(vec![Write::PutTenant(tenant("two"))]).await;
    assert!(matches!(refused, Err(StoreError::Closed)), "{refused:?}");
    assert!(matches!(store.orders().await, Err(StoreError::Closed)));
    assert!(store.close().await.is_ok(), "closing twice is closing once");
}

pub(crate) async fn nothing_has_changed_elsewhere_without_another_process(store: &dyn Store) {
    kept_tenant(store, "one").await;
    store.configuration().await.unwrap();
    kept_tenant(store, "two").await;
    assert!(!store.changed_elsewhere().await.unwrap());
}
