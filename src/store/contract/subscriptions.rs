//! The versions of subscriptions: kept with their session, and for as long as they tell who holds a kept event.

use super::samples::{HARD_TEXT, event, kept_tenant, session, subscription, watched_event};
use crate::domain::clock::Millis;
use crate::domain::engagement::Audience;
use crate::domain::ids::{SessionId, UserId};
use crate::domain::order::EventId;
use crate::domain::subscription::{
    Events, Filter, Ids, Resources, Subscription, SubscriptionId, WatchedEvent, WatchedGroup,
};
use crate::store::{EventRecord, Retention, SessionRecord, Store, SubscriptionRecord, Write};

fn id(ms: i64, n: u32) -> EventId {
    EventId { ms, n }
}

fn ended(version: &SubscriptionRecord, until: EventId) -> SubscriptionRecord {
    SubscriptionRecord { until: Some(until), ..version.clone() }
}

fn name_of(version: &SubscriptionRecord) -> SubscriptionId {
    version.subscription.id.clone()
}

async fn versions_of(store: &dyn Store, session: SessionId) -> Vec<SubscriptionRecord> {
    let sessions = store.sessions().await.unwrap();
    sessions.into_iter().find(|kept| kept.id == session).expect("the session is kept").subscriptions
}

pub(crate) async fn subscriptions_read_back_in_the_order_in_which_they_were_put(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let hard = Resources::Users(Ids::listed(vec![UserId::from("b"), UserId::from(HARD_TEXT)]));
    let named = Events::Named(vec![WatchedEvent::third_party("engagementCenter.Idle").unwrap()]);
    let filter = Filter::new(WatchedGroup::EngagementCenterThirdParty, named, hard).unwrap();
    let [b, mut a] = ["b", "a"].map(|name| subscription(name, id(9, u32::MAX)));
    a.subscription = Subscription { filter, created: Millis(-3), ..a.subscription };
    let first = ended(&subscription(HARD_TEXT, id(1, 0)), id(2, u32::MAX));
    let put = SessionRecord { subscriptions: vec![first.clone()], ..session(owner) };
    let versions = [&b, &a].map(|version| Write::PutSubscription(put.id, version.clone()));
    store.commit([Write::PutSession(put.clone())].into_iter().chain(versions).collect()).await.unwrap();
    assert_eq!(versions_of(store, put.id).await, [first, b, a]);

    store.commit(vec![Write::PutSession(put.clone())]).await.unwrap();
    assert_eq!(store.sessions().await.unwrap(), [put], "replaced with all that belongs to it");
}

pub(crate) async fn the_version_in_force_is_ended_and_no_other(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let [mine, other] = [session(owner), session(owner)];
    let [old, new] = [id(1, 0), id(5, 0)].map(|after| subscription("same", after));
    let another = subscription("another", id(1, 0));
    store
        .commit(vec![
            Write::PutSession(mine.clone()),
            Write::PutSession(other.clone()),
            Write::PutEvent(watched_event(owner, id(3, 0))),
            Write::PutEvent(watched_event(owner, id(6, 0))),
            Write::PutSubscription(mine.id, old.clone()),
            Write::PutSubscription(mine.id, another.clone()),
            Write::PutSubscription(other.id, old.clone()),
            Write::EndSubscription(mine.id, name_of(&old), id(5, 0)),
            Write::PutSubscription(mine.id, new.clone()),
        ])
        .await
        .unwrap();
    let former = ended(&old, id(5, 0));
    assert_eq!(versions_of(store, mine.id).await, [former.clone(), another.clone(), new.clone()]);
    store.commit(vec![Write::EndSubscription(mine.id, name_of(&new), id(7, 0))]).await.unwrap();
    store.commit(vec![Write::EndSubscription(mine.id, name_of(&new), id(9, 0))]).await.unwrap();
    assert_eq!(versions_of(store, mine.id).await, [former, another, ended(&new, id(7, 0))]);
    assert_eq!(versions_of(store, other.id).await, [old]);
}

pub(crate) async fn a_version_that_ended_stays_while_an_event_is_kept_that_it_may_have_let_through(
    store: &dyn Store,
) {
    let elsewhere = kept_tenant(store, "elsewhere").await;
    store.commit(vec![Write::PutEvent(watched_event(elsewhere, id(1, 2)))]).await.unwrap();
    let (after, until) = (id(1, 1), id(3, 1));
    for (kept, stays) in [(after, false), (id(1, 2), true), (until, true), (id(3, 2), false)] {
        let owner = kept_tenant(store, &format!("org-{kept}")).await;
        let (session, version) = (session(owner), subscription("s", after));
        store
            .commit(vec![
                Write::PutSession(session.clone()),
                Write::PutEvent(watched_event(owner, kept)),
                Write::PutSubscription(session.id, version.clone()),
                Write::EndSubscription(session.id, name_of(&version), until),
            ])
            .await
            .unwrap();
        let expected: Vec<_> = stays.then(|| ended(&version, until)).into_iter().collect();
        assert_eq!(versions_of(store, session.id).await, expected, "with {kept}");
    }
}

pub(crate) async fn events_that_nobody_watches_keep_no_version(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let (session, version) = (session(owner), subscription("s", id(1, 0)));
    let to_user =
        EventRecord { audience: Audience::Users(vec![UserId::from("ada")]), ..event(owner, id(2, 1)) };
    store
        .commit(vec![
            Write::PutSession(session.clone()),
            Write::PutSubscription(session.id, version.clone()),
            Write::PutEvent(event(owner, id(2, 0))),
            Write::PutEvent(to_user),
            Write::EndSubscription(session.id, name_of(&version), id(3, 0)),
        ])
        .await
        .unwrap();
    assert_eq!(versions_of(store, session.id).await, []);
}

pub(crate) async fn a_version_that_ended_goes_when_all_of_its_time_is_acknowledged(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let session = SessionRecord { after: id(1, 0), ..session(owner) };
    let [early, late, in_force] = ["early", "late", "in force"].map(|name| subscription(name, id(1, 0)));
    let mut writes =
        vec![Write::PutSession(session.clone()), Write::PutEvent(watched_event(owner, id(2, 0)))];
    writes.extend([&early, &late, &in_force].map(|it| Write::PutSubscription(session.id, it.clone())));
    writes.push(Write::EndSubscription(session.id, name_of(&early), id(3, 0)));
    writes.push(Write::EndSubscription(session.id, name_of(&late), id(4, 0)));
    writes.push(Write::AcknowledgeUpTo(session.id, id(3, 0)));
    store.commit(writes).await.unwrap();
    assert_eq!(versions_of(store, session.id).await, [ended(&late, id(4, 0)), in_force.clone()]);
    store.commit(vec![Write::AcknowledgeUpTo(session.id, id(9, 0))]).await.unwrap();
    assert_eq!(versions_of(store, session.id).await, [in_force]);
}

pub(crate) async fn a_session_that_is_gone_has_no_subscriptions(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let gone = session(owner);
    let version = subscription("s", id(1, 0));
    store
        .commit(vec![
            Write::PutSession(gone.clone()),
            Write::PutSubscription(gone.id, version.clone()),
            Write::DeleteSession(gone.id),
            Write::PutSubscription(gone.id, version.clone()),
            Write::EndSubscription(gone.id, name_of(&version), id(2, 0)),
        ])
        .await
        .unwrap();
    assert_eq!(store.sessions().await.unwrap(), []);
    store.commit(vec![Write::PutSession(gone.clone())]).await.unwrap();
    assert_eq!(store.sessions().await.unwrap(), [gone]);
}

pub(crate) async fn ended_versions_go_with_the_last_event_that_they_may_have_let_through(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let session = session(owner);
    let [early, late, in_force] = ["early", "late", "in force"].map(|name| subscription(name, id(1, 0)));
    let mut writes = vec![Write::PutSession(session.clone())];
    writes.extend([2, 4, 6].map(|ms| Write::PutEvent(watched_event(owner, id(ms, 0)))));
    writes.extend([&early, &late, &in_force].map(|it| Write::PutSubscription(session.id, it.clone())));
    writes.push(Write::EndSubscription(session.id, name_of(&early), id(2, 0)));
    writes.push(Write::EndSubscription(session.id, name_of(&late), id(4, 0)));
    store.commit(writes).await.unwrap();
    let (early, late) = (ended(&early, id(2, 0)), ended(&late, id(4, 0)));
    for (before, left) in [
        (2, vec![early, late.clone(), in_force.clone()]),
        (3, vec![late, in_force.clone()]),
        (5, vec![in_force.clone()]),
        (i64::MAX, vec![in_force]),
    ] {
        let never = Millis(i64::MIN);
        let retention =
            Retention { events: Millis(before), idempotency: never, audit: never, deliveries: never };
        store.prune(retention).await.unwrap();
        assert_eq!(versions_of(store, session.id).await, left, "before {before}");
    }
}
