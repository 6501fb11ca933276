//! Streaming sessions, events, and answers kept for repetition.

use super::samples::{ALL, HARD_TEXT, event, kept_tenant, rows, session};
use crate::domain::clock::Millis;
use crate::domain::engagement::Audience;
use crate::domain::ids::{ClientId, SessionId, TeamId, UserId};
use crate::domain::order::EventId;
use crate::domain::subscription::{Resource, Watched, WatchedEvent};
use crate::store::{EventRecord, IdempotencyRecord, Page, SessionRecord, Store, Write};

fn id(ms: i64, n: u32) -> EventId {
    EventId { ms, n }
}

pub(crate) async fn sessions_read_back_with_what_they_acknowledged_in_order(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let fresh = session(owner);
    let used = SessionRecord {
        user: UserId::from(HARD_TEXT),
        version: 2,
        acknowledged: vec![id(1, 0), id(1, u32::MAX)],
        ..session(owner)
    };
    store.commit(vec![Write::PutSession(fresh.clone()), Write::PutSession(used.clone())]).await.unwrap();
    assert_eq!(store.sessions().await.unwrap(), [fresh.clone(), used.clone()]);

    store.commit(vec![Write::Acknowledge(fresh.id, vec![id(10, 1), id(9, 7), id(10, 0)])]).await.unwrap();
    let fresh = SessionRecord { acknowledged: vec![id(9, 7), id(10, 0), id(10, 1)], ..fresh };
    assert_eq!(store.sessions().await.unwrap(), [fresh.clone(), used.clone()]);

    let used = SessionRecord { acknowledged: vec![id(2, 2)], inactivity_seconds: 60, ..used };
    store.commit(vec![Write::PutSession(used.clone())]).await.unwrap();
    assert_eq!(store.sessions().await.unwrap(), [fresh, used]);
}

pub(crate) async fn acknowledging_twice_or_for_a_session_that_is_gone_changes_nothing(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let kept = SessionRecord { acknowledged: vec![id(1, 1)], ..session(owner) };
    store.commit(vec![Write::PutSession(kept.clone())]).await.unwrap();
    store
        .commit(vec![
            Write::Acknowledge(kept.id, vec![id(1, 1), id(1, 1)]),
            Write::Acknowledge(kept.id, Vec::new()),
            Write::Acknowledge(SessionId::new(), vec![id(1, 1)]),
        ])
        .await
        .unwrap();
    assert_eq!(store.sessions().await.unwrap(), [kept]);
}

pub(crate) async fn a_deleted_session_takes_its_acknowledgements_along(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let gone = SessionRecord { acknowledged: vec![id(1, 1)], ..session(owner) };
    store.commit(vec![Write::PutSession(gone.clone())]).await.unwrap();
    store.commit(vec![Write::DeleteSession(gone.id), Write::DeleteSession(SessionId::new())]).await.unwrap();
    assert_eq!(store.sessions().await.unwrap(), []);

    let again = SessionRecord { acknowledged: Vec::new(), ..gone };
    store.commit(vec![Write::PutSession(again.clone())]).await.unwrap();
    assert_eq!(store.sessions().await.unwrap(), [again]);
}

pub(crate) async fn events_read_back_in_the_order_of_their_ids(store: &dyn Store) {
    let (owner, other) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let audience = |users: &[&str]| Audience::Users(users.iter().map(|user| UserId::from(*user)).collect());
    let events = [
        EventRecord { audience: audience(&[]), ..event(owner, id(1, 2)) },
        EventRecord { audience: audience(&["b", HARD_TEXT, "a"]), ..event(owner, id(1, 10)) },
        EventRecord { body: HARD_TEXT.to_owned(), ..event(owner, id(2, 0)) },
    ];
    let foreign = event(other, id(1, 2));
    let writes = [2, 0, 1].map(|n: usize| Write::PutEvent(events[n].clone())).into_iter();
    store.commit(writes.chain([Write::PutEvent(foreign.clone())]).collect()).await.unwrap();
    let all = EventId::default();
    assert_eq!(store.events(owner, all, ALL).await.unwrap(), events);
    assert_eq!(store.events(other, all, ALL).await.unwrap(), [foreign]);
}

pub(crate) async fn events_read_back_with_who_hears_them(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let idle = WatchedEvent::third_party("engagementCenter.Idle").unwrap();
    let watched = |event, resource| Audience::Watchers(Watched { event, resource });
    let audiences = [
        Audience::Organization,
        Audience::Users(vec![UserId::from(HARD_TEXT)]),
        watched(idle, None),
        watched(WatchedEvent::USER, Some(Resource::User(UserId::from(HARD_TEXT)))),
        watched(WatchedEvent::TEAM, Some(Resource::Team(TeamId::from(HARD_TEXT)))),
    ];
    let events: Vec<_> = (1..)
        .zip(audiences)
        .map(|(ms, audience)| EventRecord { audience, ..event(owner, id(ms, 0)) })
        .collect();
    store.commit(events.iter().cloned().map(Write::PutEvent).collect()).await.unwrap();
    assert_eq!(store.events(owner, EventId::default(), ALL).await.unwrap(), events);
}

pub(crate) async fn events_after_an_id_are_those_that_follow_it(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let events = [id(1, 2), id(1, 10), id(2, 0), id(3, 1)].map(|id| event(owner, id));
    store.commit(events.clone().map(Write::PutEvent).to_vec()).await.unwrap();
    for (after, left) in [(id(1, 1), 0), (id(1, 2), 1), (id(1, u32::MAX), 2), (id(2, 0), 3), (id(3, 1), 4)] {
        assert_eq!(store.events(owner, after, ALL).await.unwrap(), events[left..], "after {after}");
    }
}

pub(crate) async fn events_are_read_in_pages_of_rows_and_bytes(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let sizes = [(1, 10), (2, 20), (3, 31), (4, 5)];
    let events = sizes.map(|(ms, bytes)| EventRecord { body: "x".repeat(bytes), ..event(owner, id(ms, 0)) });
    store.commit(events.clone().map(Write::PutEvent).to_vec()).await.unwrap();
    let bytes = Page { rows: 100, bytes: 30 };
    for (after, page, read) in
        [(0, rows(3), 0..3), (3, rows(3), 3..4), (0, bytes, 0..2), (2, bytes, 2..3), (3, bytes, 3..4)]
    {
        assert_eq!(store.events(owner, id(after, 0), page).await.unwrap(), events[read], "after {after}");
    }
}

pub(crate) async fn acknowledging_up_to_an_event_stands_for_all_before_it(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let [one, other] = [id(9, 0), id(9, 1)].map(|after| SessionRecord {
        after,
        acknowledged: vec![id(10, 0), id(10, 1), id(11, 0)],
        ..session(owner)
    });
    store
        .commit(vec![
            Write::PutSession(one.clone()),
            Write::PutSession(other.clone()),
            Write::AcknowledgeUpTo(one.id, id(10, 1)),
            Write::AcknowledgeUpTo(one.id, id(10, 0)),
            Write::AcknowledgeUpTo(SessionId::new(), id(10, 1)),
        ])
        .await
        .unwrap();
    let one = SessionRecord { after: id(10, 1), acknowledged: vec![id(11, 0)], ..one };
    assert_eq!(store.sessions().await.unwrap(), [one.clone(), other.clone()]);
    store.commit(vec![Write::AcknowledgeUpTo(one.id, id(12, 0))]).await.unwrap();
    let one = SessionRecord { after: id(12, 0), acknowledged: Vec::new(), ..one };
    assert_eq!(store.sessions().await.unwrap(), [one, other]);
}

pub(crate) async fn an_idempotent_answer_is_found_until_it_is_too_old(store: &dyn Store) {
    let (owner, other) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let kept = IdempotencyRecord {
        tenant: owner,
        client: ClientId::from("client"),
        key: HARD_TEXT.to_owned(),
        fingerprint: vec![0, 1, 255],
        answer: HARD_TEXT.to_owned(),
        created: Millis(100),
    };
    store.commit(vec![Write::PutIdempotentAnswer(kept.clone())]).await.unwrap();

    let find = |tenant, client: &'static str, key: &'static str, not_before| async move {
        store.idempotent_answer(tenant, client, key, Millis(not_before)).await.unwrap()
    };
    assert_eq!(find(owner, "client", HARD_TEXT, 100).await, Some(kept.clone()));
    assert_eq!(find(owner, "client", HARD_TEXT, 101).await, None);
    assert_eq!(find(owner, "another", HARD_TEXT, 0).await, None);
    assert_eq!(find(owner, "client", "other key", 0).await, None);
    assert_eq!(find(other, "client", HARD_TEXT, 0).await, None);

    let newer = IdempotencyRecord { answer: "newer".to_owned(), created: Millis(200), ..kept };
    store.commit(vec![Write::PutIdempotentAnswer(newer.clone())]).await.unwrap();
    assert_eq!(find(owner, "client", HARD_TEXT, 150).await, Some(newer));
}
