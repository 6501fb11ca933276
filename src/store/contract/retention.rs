//! What retention removes and what it must leave.

use std::pin::pin;

use futures_util::future::{Either, join, select};

use super::samples::{ALL, activity, event, keep_activities, kept_tenant, order_of, session};
use crate::domain::clock::Millis;
use crate::domain::ids::{ClientId, ConversationId};
use crate::domain::order::{EventId, Position};
use crate::store::{
    HistoryQuery, IdempotencyRecord, Page, Place, Pruned, ReplayScope, Retention, SessionRecord, Store, Write,
};

const FOR_EVER: Millis = Millis(i64::MIN);

fn events_before(moment: i64) -> Retention {
    Retention { events: Millis(moment), idempotency: FOR_EVER, audit: FOR_EVER, deliveries: FOR_EVER }
}

pub(crate) async fn old_activities_go_and_the_order_goes_on(store: &dyn Store) {
    let (owner, other) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let talk = ConversationId::new();
    let activities: Vec<_> = (1..=6).map(|n| activity(owner, talk, n)).collect();
    keep_activities(store, &activities).await;

    store.prune(events_before(4_000)).await.unwrap();

    assert_eq!(order_of(store, owner).await.position, Position(6));
    let pruned = Pruned { position: Position(3), event_id: 31 };
    assert_eq!(store.pruned(owner).await.unwrap(), pruned);
    assert_eq!(store.pruned(other).await.unwrap(), Pruned::default());
    let left = store.replay(owner, ReplayScope::Conversation(talk), Position(0), ALL).await.unwrap();
    assert_eq!((left.activities.as_slice(), left.pruned), (&activities[3..], pruned));
    for (event_id, position) in [(30, 0), (40, 4)] {
        let place = store.position_at(owner, talk, event_id).await.unwrap();
        assert_eq!(place, Place { position: Position(position), pruned });
    }
    let query = HistoryQuery { tenant: owner, conversation: talk, party: None, after: 0, page: ALL };
    assert_eq!(store.history(query).await.unwrap(), activities[3..]);
}

pub(crate) async fn the_newest_activity_and_event_stay_whatever_their_age(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let talk = ConversationId::new();
    keep_activities(store, &[activity(owner, talk, 1), activity(owner, talk, 2)]).await;
    let events = [1, 2].map(|ms| event(owner, EventId { ms, n: 0 }));
    store.commit(events.clone().map(Write::PutEvent).to_vec()).await.unwrap();

    for _ in 0..2 {
        store.prune(events_before(i64::MAX)).await.unwrap();
        assert_eq!(order_of(store, owner).await.position, Position(2));
        assert_eq!(store.pruned(owner).await.unwrap().position, Position(1));
        assert_eq!(store.events(owner, EventId::default(), ALL).await.unwrap(), events[1..]);
    }
}

pub(crate) async fn acknowledgements_of_kept_events_stay(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let [old, newest] = [1, 2].map(|ms| EventId { ms, n: 0 });
    let kept = SessionRecord { acknowledged: vec![old, newest], ..session(owner) };
    store
        .commit(vec![
            Write::PutEvent(event(owner, old)),
            Write::PutEvent(event(owner, newest)),
            Write::PutSession(kept.clone()),
        ])
        .await
        .unwrap();
    store.prune(events_before(i64::MAX)).await.unwrap();
    assert_eq!(store.sessions().await.unwrap(), [SessionRecord { acknowledged: vec![newest], ..kept }]);
}

pub(crate) async fn old_idempotent_answers_go(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let answer = |key: &str, created| IdempotencyRecord {
        tenant: owner,
        client: ClientId::from("client"),
        key: key.to_owned(),
        fingerprint: Vec::new(),
        answer: String::new(),
        created: Millis(created),
    };
    let writes = [answer("old", 1), answer("new", 2)].map(Write::PutIdempotentAnswer);
    store.commit(writes.to_vec()).await.unwrap();
    store
        .prune(Retention { events: FOR_EVER, idempotency: Millis(2), audit: FOR_EVER, deliveries: FOR_EVER })
        .await
        .unwrap();
    let find = |key| store.idempotent_answer(owner, "client", key, FOR_EVER);
    assert_eq!(find("old").await.unwrap(), None);
    assert_eq!(find("new").await.unwrap(), Some(answer("new", 2)));
}

pub(crate) async fn what_was_pruned_is_remembered_when_nothing_more_is_removed(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let talk = ConversationId::new();
    keep_activities(store, &[activity(owner, talk, 1), activity(owner, talk, 2)]).await;
    store.prune(events_before(2_000)).await.unwrap();
    let mut tenant = store.configuration().await.unwrap().tenants.remove(0);
    tenant.name = "renamed".to_owned();
    store.commit(vec![Write::PutTenant(tenant)]).await.unwrap();
    store.prune(events_before(0)).await.unwrap();
    assert_eq!(store.pruned(owner).await.unwrap(), Pruned { position: Position(1), event_id: 11 });
}

pub(crate) async fn many_old_rows_go_while_commits_are_answered(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let talk = ConversationId::new();
    let many = (1..=3_000).map(|n| Write::PutActivity(activity(owner, talk, n)));
    store.commit(many.collect()).await.unwrap();
    let late = activity(owner, talk, 3_001);
    let (pruned, kept) =
        join(store.prune(events_before(2_900_001)), store.commit(vec![Write::PutActivity(late)])).await;
    kept.unwrap();
    pruned.unwrap();
    assert_eq!(order_of(store, owner).await.position, Position(3_001));
    let left = store.replay(owner, ReplayScope::Conversation(talk), Position(0), ALL).await.unwrap();
    assert_eq!((left.activities.len(), left.pruned.position), (101, Position(2_900)));
}

pub(crate) async fn a_replay_tells_what_was_gone_at_its_own_moment(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let talk = ConversationId::new();
    let many = (1..=3_000).map(|n| Write::PutActivity(activity(owner, talk, n)));
    store.commit(many.collect()).await.unwrap();
    let first = Page { rows: 1, bytes: usize::MAX };
    let mut pruning = pin!(store.prune(events_before(i64::MAX)));
    loop {
        let replay = store.replay(owner, ReplayScope::Conversation(talk), Position(0), first);
        match select(pruning.as_mut(), replay).await {
            Either::Left((pruned, _)) => break pruned.unwrap(),
            Either::Right((part, _)) => {
                let part = part.unwrap();
                assert_eq!(part.activities[0].position, part.pruned.position.next());
            }
        }
    }
}
