//! What sessions hear by subscription.

use super::*;
use crate::broker::testing::watched_event;
use crate::domain::subscription::{
    Events, Filter, Ids, Resource, Resources, SubscriptionId, WatchKey, Watched, WatchedEvent, WatchedGroup,
};

fn idle() -> WatchedEvent {
    WatchedEvent::third_party("engagementCenter.Idle").unwrap()
}

pub(super) fn of_users(users: &[&str]) -> Filter {
    let listed = Resources::Users(Ids::listed(users.iter().copied().map(UserId::from).collect()));
    Filter::new(WatchedGroup::EngagementCenterThirdParty, Events::All, listed).unwrap()
}

pub(super) fn idle_of(user: &str) -> Watched {
    Watched { event: idle(), resource: Some(Resource::User(UserId::from(user))) }
}

#[tokio::test]
async fn what_several_subscriptions_let_through_is_heard_once_and_beside_other_events() {
    let bench = Bench::new();
    let id = bench.plain();
    for (name, users) in [("a", &["ann", "bob"][..]), ("b", &["ann"]), ("c", &[])] {
        bench.sessions.put_subscription(bench.tenant, &id, subscription(name, of_users(users)));
    }
    publish_watched(&bench.topics, bench.tenant, &idle_of("ann"), 1);
    bench.publish(&[2]);
    publish_watched(&bench.topics, bench.tenant, &idle_of("carl"), 3);
    publish_watched(&bench.topics, TenantId::new(), &idle_of("ann"), 4);
    assert_eq!(take(bench.look(id)), [1, 2, 3]);
}

#[tokio::test]
async fn a_session_that_is_restored_hears_what_follows_what_it_held() {
    let bench = Bench::new();
    let spec = bench.spec(Acknowledgement::Required);
    bench.sessions.restore(spec.clone(), vec![watched_event(1, idle())], 1);
    bench.sessions.put_subscription(bench.tenant, &spec.id, subscription("a", of_users(&["ann"])));
    publish_watched(&bench.topics, bench.tenant, &idle_of("ann"), 2);
    assert_eq!(take(bench.look(spec.id)), [1, 2]);
}

#[tokio::test]
async fn a_session_can_be_overrun_by_what_it_has_subscribed_to() {
    let bench = Bench::new();
    let id = bench.plain();
    bench.sessions.put_subscription(bench.tenant, &id, subscription("a", of_users(&[])));
    (1..=6).for_each(|number| publish_watched(&bench.topics, bench.tenant, &idle_of("ann"), number));
    assert_eq!(bench.sessions.subscriptions(bench.tenant, &id), Err(SessionGone));
    assert_eq!(bench.expire(), [(id, Ending::Overrun)]);
    assert_eq!(bench.topics.topic_count(), 0);
}

#[tokio::test]
async fn subscriptions_are_counted_by_what_must_be_kept_for_them_until_their_session_has_gone() {
    let bench = Bench::new();
    let (plain, durable) = (bench.plain(), bench.create(Acknowledgement::Required));
    for (id, names) in [(&plain, &["a", "b"][..]), (&durable, &["a", "a", "b"])] {
        for name in names {
            bench.sessions.put_subscription(bench.tenant, id, subscription(name, of_users(&["ann"])));
        }
    }
    let count = || {
        let SubscriptionCount { all, durable } = bench.sessions.subscription_count(bench.tenant);
        (all, durable)
    };
    assert_eq!(count(), (4, 2));
    for _ in 0..2 {
        bench.sessions.end_subscription(bench.tenant, &durable, &SubscriptionId::try_from("a").unwrap());
        assert_eq!(count(), (3, 1));
    }
    bench.sessions.end(bench.tenant, &plain).unwrap();
    assert_eq!(count(), (1, 1));
    bench.advance(60);
    bench.expire();
    assert_eq!((count(), bench.topics.topic_count()), ((0, 0), 0));
}

/// Those who watch other users are not even asked.
#[tokio::test]
async fn an_event_costs_those_who_watch_its_user_and_no_other_session() {
    let bench = Bench::new();
    for number in 0..100 {
        let id = bench.plain();
        let user = format!("user-{number}");
        bench.sessions.put_subscription(bench.tenant, &id, subscription("a", of_users(&[&user])));
    }
    for key in idle_of("user-7").keys() {
        let watching = bench.topics.subscriber_count(&Topic::Watch(bench.tenant, key.clone()));
        assert_eq!(watching, usize::from(matches!(key, WatchKey::User(..))), "{key:?}");
    }
}
