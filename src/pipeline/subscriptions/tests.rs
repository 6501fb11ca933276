//! The rules of subscriptions one by one, on a whole engine.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use serde_json::json;

use super::*;
use crate::broker::{Acknowledgement, SessionSpec, SubscriptionCount};
use crate::domain::audit::Actor;
use crate::domain::ids::{TeamId, TenantId, UserId};
use crate::domain::order::EventId;
use crate::domain::subscription::{Events, Ids, Resources, WatchedEvent, WatchedGroup};
use crate::pipeline::Addressee;
use crate::pipeline::testing::{Bench, SUBSCRIPTIONS, third_party_of};
use crate::registry::{TeamPatch, TeamSpec, UserSpec};
use crate::store::{Page, Store};

const ALL: Page = Page { rows: usize::MAX, bytes: usize::MAX };

fn user(id: &str) -> Addressee {
    Addressee::User(UserId::from(id))
}

fn id(text: &str) -> SubscriptionId {
    SubscriptionId::try_from(text).unwrap()
}

fn changes() -> Filter {
    Filter::new(WatchedGroup::ChangeNotification, Events::All, Resources::Any).unwrap()
}

async fn plain(bench: &Bench) -> SessionSpec {
    bench.session(&UserId::from("watcher"), Acknowledgement::NotRequired).await
}

async fn durable(bench: &Bench) -> SessionSpec {
    bench.session(&UserId::from("watcher"), Acknowledgement::Required).await
}

async fn subscribe(bench: &Bench, session: &SessionSpec, filter: Filter) -> Subscription {
    bench.engine.subscribe(session.head(), String::new(), filter).await.unwrap()
}

#[tokio::test]
async fn a_third_party_event_is_the_user_s_event_in_another_form() {
    let bench = Bench::new().await;
    let own = bench.session(&UserId::from("ann"), Acknowledgement::NotRequired).await;
    let watching = plain(&bench).await;
    subscribe(&bench, &watching, third_party_of(&["ann"])).await;
    let payload = json!({"interactionId": 7}).as_object().unwrap().clone();
    bench.publish_with("engagementCenter.Idle", user("ann"), payload).await.unwrap();

    let [original] = &bench.taken(&own).await[..] else { panic!("one event") };
    let [form] = &bench.taken(&watching).await[..] else { panic!("one event") };
    assert_eq!(form["eventType"], "engagementCenterThirdParty.Idle");
    assert_eq!(form["kind"], "via#engagementCenterThirdPartyEvent");
    for member in ["payload", "correlationId", "publishedTime", "schemaVersion"] {
        assert_eq!(form[member], original[member], "{member}");
    }
    let number = |event: &serde_json::Value| event["eventId"].as_str().unwrap().parse::<EventId>().unwrap();
    assert!(number(form) > number(original));
}

#[tokio::test]
async fn only_what_the_filter_names_is_heard() {
    let bench = Bench::new().await;
    let session = plain(&bench).await;
    let catalog = WatchedGroup::EngagementCenterThirdParty;
    let named = ["Idle", "Wrap"].map(|name| WatchedEvent::find(catalog, name).unwrap()).to_vec();
    let ann = Resources::Users(Ids::listed(vec![UserId::from("ann")]));
    subscribe(&bench, &session, Filter::new(catalog, Events::Named(named), ann).unwrap()).await;
    for event_type in ["engagementCenter.Idle", "engagementCenter.Held", "messaging.EntityAdded"] {
        for to in ["ann", "bob"] {
            bench.publish(event_type, user(to)).await;
        }
    }
    bench.publish("engagementCenter.Idle", Addressee::Organization).await;
    bench.publish("engagementCenter.Wrap", user("ann")).await;
    assert_eq!(
        bench.heard(&session).await,
        [
            "engagementCenterThirdParty.Idle",
            // Addressed to everybody, so it is the session's own event.
            "engagementCenter.Idle",
            "engagementCenterThirdParty.Wrap"
        ]
    );
}

#[tokio::test]
async fn an_event_of_the_whole_organization_is_heard_by_who_watches_all_users() {
    let bench = Bench::new().await;
    let session = plain(&bench).await;
    subscribe(&bench, &session, third_party_of(&[])).await;
    bench.publish("engagementCenter.SystemStandby", Addressee::Organization).await;
    assert_eq!(
        bench.heard(&session).await,
        ["engagementCenter.SystemStandby", "engagementCenterThirdParty.SystemStandby"]
    );
}

#[tokio::test]
async fn a_subscription_hears_what_is_published_after_its_answer_until_it_is_ended() {
    let bench = Bench::new().await;
    let session = plain(&bench).await;
    bench.publish("engagementCenter.Idle", user("ann")).await;
    let subscription = subscribe(&bench, &session, third_party_of(&["ann"])).await;
    bench.publish("engagementCenter.Held", user("ann")).await;
    bench.engine.unsubscribe(session.head(), &subscription.id).await.unwrap();
    bench.publish("engagementCenter.Wrap", user("ann")).await;
    assert_eq!(bench.heard(&session).await, ["engagementCenterThirdParty.Held"]);
    assert_eq!(bench.engine.sessions().subscription_count(bench.tenant), SubscriptionCount::default());
}

/// All is put into the recorder's queue before it turns to any of it, so all of it shares one commit.
#[tokio::test]
async fn within_one_batch_each_event_is_heard_as_the_steps_before_it_say() {
    let bench = Bench::new().await;
    let session = durable(&bench).await;
    let (engine, head) = (&bench.engine, session.head());
    let put = |users: &[&str]| {
        engine
            .put_subscription(head, id("one"), String::new(), third_party_of(users))
            .map(|put| put.unwrap().1)
    };
    let mut steps: Vec<std::pin::Pin<Box<dyn Future<Output = Option<Put>>>>> = vec![
        Box::pin(bench.publish("engagementCenter.Idle", user("ann")).map(|()| None)),
        Box::pin(put(&["ann"]).map(Some)),
        Box::pin(bench.publish("engagementCenter.Held", user("ann")).map(|()| None)),
        Box::pin(put(&["bob"]).map(Some)),
        Box::pin(bench.publish("engagementCenter.Park", user("ann")).map(|()| None)),
        Box::pin(bench.publish("engagementCenter.Wrap", user("bob")).map(|()| None)),
    ];
    steps.push(Box::pin(async {
        engine.unsubscribe(head, &id("one")).await.unwrap();
        None
    }));
    steps.push(Box::pin(bench.publish("engagementCenter.Active", user("bob")).map(|()| None)));
    let puts: Vec<_> = join_all(steps).await.into_iter().flatten().collect();
    assert_eq!(puts, [Put::Created, Put::Replaced]);
    let expected = ["engagementCenterThirdParty.Held", "engagementCenterThirdParty.Wrap"];
    assert_eq!(bench.heard(&session).await, expected);

    let mut bench = bench;
    bench.restart().await;
    assert_eq!(bench.heard(&session).await, expected, "and so it is kept");
}

#[tokio::test]
async fn a_replaced_subscription_keeps_its_place_and_its_creation() {
    let bench = Bench::new().await;
    let session = plain(&bench).await;
    let put = async |name: &str, description: &str, users: &[&str]| {
        let filter = third_party_of(users);
        bench.engine.put_subscription(session.head(), id(name), description.to_owned(), filter).await.unwrap()
    };
    let (first, created) = put("x", "old", &["ann"]).await;
    put("y", "other", &["carl"]).await;
    bench.clock.advance(Duration::from_secs(5));
    let (second, replaced) = put("x", "new", &["bob"]).await;
    assert_eq!((created, replaced), (Put::Created, Put::Replaced));
    assert_eq!(second.created, first.created);
    assert_eq!(second.modified, first.modified.plus(Duration::from_secs(5)));
    let listed = bench.engine.subscriptions(session.head()).unwrap();
    assert_eq!(listed.iter().map(|it| it.description.as_str()).collect::<Vec<_>>(), ["new", "other"]);
    bench.publish("engagementCenter.Held", user("ann")).await;
    bench.publish("engagementCenter.Wrap", user("bob")).await;
    assert_eq!(bench.heard(&session).await, ["engagementCenterThirdParty.Wrap"]);
}

#[tokio::test]
async fn an_event_that_several_subscriptions_let_through_is_heard_once() {
    let bench = Bench::new().await;
    let session = bench.session(&UserId::from("ann"), Acknowledgement::NotRequired).await;
    for filter in [third_party_of(&["ann", "bob"]), third_party_of(&["ann"]), third_party_of(&[])] {
        subscribe(&bench, &session, filter).await;
    }
    bench.publish("engagementCenter.Idle", user("ann")).await;
    bench.publish("engagementCenter.Wrap", user("bob")).await;
    assert_eq!(
        bench.heard(&session).await,
        ["engagementCenter.Idle", "engagementCenterThirdParty.Idle", "engagementCenterThirdParty.Wrap"]
    );
}

#[tokio::test]
async fn a_session_has_as_many_subscriptions_as_it_may_and_not_one_more() {
    let bench = Bench::new().await;
    let session = plain(&bench).await;
    let mut last = None;
    for _ in 0..SUBSCRIPTIONS.get() {
        last = Some(subscribe(&bench, &session, third_party_of(&["ann"])).await.id);
    }
    let one_more = bench.engine.subscribe(session.head(), String::new(), changes()).await;
    assert!(matches!(one_more, Err(SubscriptionError::TooMany)), "{one_more:?}");
    let last = last.unwrap();
    let replacing =
        bench.engine.put_subscription(session.head(), last.clone(), String::new(), changes()).await;
    assert_eq!(replacing.unwrap().1, Put::Replaced);
    bench.engine.unsubscribe(session.head(), &last).await.unwrap();
    subscribe(&bench, &session, changes()).await;
}

/// Replaces a subscription of a session that holds an event, with an event between each put and the next, until that is
/// refused; how often it was not.
async fn replace_until_refused(bench: &Bench, session: &SessionSpec) -> usize {
    for count in 0.. {
        let put =
            bench.engine.put_subscription(session.head(), id("one"), String::new(), third_party_of(&["ann"]));
        match put.await {
            Ok(_) => bench.publish("engagementCenter.Idle", user("ann")).await,
            Err(error) => {
                assert_eq!(error, SubscriptionError::TooMany);
                return count;
            }
        }
    }
    unreachable!("it is refused some time")
}

async fn versions(bench: &Bench) -> usize {
    let sessions = bench.store.sessions().await.unwrap();
    sessions.iter().map(|session| session.subscriptions.len()).sum()
}

#[tokio::test]
async fn versions_of_subscriptions_are_bounded_and_an_acknowledgement_makes_room() {
    const MOST: usize = SUBSCRIPTIONS.get() * 10;
    let mut bench = Bench::new().await;
    let session = durable(&bench).await;
    assert_eq!(replace_until_refused(&bench, &session).await, MOST);
    assert_eq!(versions(&bench).await, MOST);
    bench.restart().await;
    assert_eq!(replace_until_refused(&bench, &session).await, 0, "they still tell what the session holds");
    let held = bench.taken(&session).await;
    assert_eq!(held.len(), MOST);

    let named: Vec<EventId> =
        held.iter().map(|event| event["eventId"].as_str().unwrap().parse().unwrap()).collect();
    bench.engine.acknowledge(bench.tenant, session.id, &named[..10]).await.unwrap();
    assert_eq!(versions(&bench).await, MOST - 10);
    assert_eq!(replace_until_refused(&bench, &session).await, 10);
    let held = bench.taken(&session).await.len();
    bench.restart().await;
    assert_eq!(bench.taken(&session).await.len(), held);
}

/// It has nothing to acknowledge either.
#[tokio::test]
async fn a_session_that_holds_nothing_replaces_its_subscriptions_as_often_as_it_likes() {
    let bench = Bench::new().await;
    let (session, other) = (durable(&bench).await, durable(&bench).await);
    subscribe(&bench, &other, third_party_of(&["bob"])).await;
    for _ in 0..100 {
        let filter = third_party_of(&["ann"]);
        bench.engine.put_subscription(session.head(), id("one"), String::new(), filter).await.unwrap();
        bench.publish("engagementCenter.Idle", user("bob")).await;
        assert!(versions(&bench).await <= 3);
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_as_such() {
    let bench = Bench::new().await;
    let session = plain(&bench).await;
    let subscription = subscribe(&bench, &session, third_party_of(&["ann"])).await;
    assert_eq!(bench.engine.subscription(session.head(), &subscription.id), Ok(subscription.clone()));
    let missing = SubscriptionError::NotFound;
    assert_eq!(bench.engine.subscription(session.head(), &id("other")), Err(missing));
    let ended = bench.engine.unsubscribe(session.head(), &id("other")).await;
    assert!(matches!(ended, Err(SubscriptionError::NotFound)), "{ended:?}");

    let foreign = SessionHead { tenant: TenantId::new(), ..session.head() };
    let gone = Err(SubscriptionError::Gone(SessionGone));
    assert_eq!(bench.engine.subscription(foreign, &subscription.id), gone);
    assert_eq!(bench.engine.subscriptions(foreign), Err(SessionGone));
    let put = bench.engine.subscribe(foreign, String::new(), changes()).await;
    assert!(matches!(put, Err(SubscriptionError::Gone(SessionGone))), "{put:?}");

    bench.engine.end_session(bench.tenant, session.id).await.unwrap();
    assert_eq!(bench.engine.subscription(session.head(), &subscription.id), gone);
    let ended = bench.engine.unsubscribe(session.head(), &subscription.id).await;
    assert!(matches!(ended, Err(SubscriptionError::Gone(SessionGone))), "{ended:?}");
    let counted = bench.engine.sessions().subscription_count(bench.tenant);
    assert_eq!((counted, bench.engine.topics().topic_count()), (SubscriptionCount::default(), 0));
}

#[tokio::test]
async fn what_could_not_be_kept_is_not_in_force() {
    let bench = Bench::new().await;
    let session = durable(&bench).await;
    let kept = subscribe(&bench, &session, third_party_of(&["ann"])).await;
    bench.store.break_down();
    let put = bench.engine.subscribe(session.head(), String::new(), third_party_of(&["bob"])).await;
    assert!(matches!(put, Err(SubscriptionError::Store(_))), "{put:?}");
    let ended = bench.engine.unsubscribe(session.head(), &kept.id).await;
    assert!(matches!(ended, Err(SubscriptionError::Store(_))), "{ended:?}");
    bench.store.repair();
    assert_eq!(bench.engine.subscriptions(session.head()), Ok(vec![kept]));
    bench.publish("engagementCenter.Held", user("bob")).await;
    bench.publish("engagementCenter.Wrap", user("ann")).await;
    assert_eq!(bench.heard(&session).await, ["engagementCenterThirdParty.Wrap"]);
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_the_subscription_in_force() {
    let bench = Bench::new().await;
    let session = plain(&bench).await;
    let subscribing = bench.engine.subscribe(session.head(), String::new(), third_party_of(&["ann"]));
    assert!(subscribing.now_or_never().is_none(), "the recorder has had no turn");
    bench.publish("engagementCenter.Idle", user("ann")).await;
    assert_eq!(bench.heard(&session).await, ["engagementCenterThirdParty.Idle"]);
}

#[tokio::test]
async fn what_is_heard_by_subscription_is_kept_only_while_a_session_needs_that() {
    let bench = Bench::new().await;
    let kept = async || bench.store.events(bench.tenant, EventId::default(), ALL).await.unwrap().len();
    let watching = plain(&bench).await;
    subscribe(&bench, &watching, third_party_of(&["ann"])).await;
    let session = durable(&bench).await;
    bench.publish("engagementCenter.Idle", user("ann")).await;
    assert_eq!(kept().await, 1, "the event itself, since a session that requires acknowledgement is there");
    let subscription = subscribe(&bench, &session, third_party_of(&["bob"])).await;
    bench.publish("engagementCenter.Idle", user("bob")).await;
    assert_eq!(kept().await, 3);
    bench.publish("engagementCenter.Idle", user("carl")).await;
    assert_eq!(kept().await, 4, "nobody watches carl");
    bench.engine.unsubscribe(session.head(), &subscription.id).await.unwrap();
    bench.publish("engagementCenter.Idle", user("ann")).await;
    assert_eq!(kept().await, 5);
}

#[tokio::test]
async fn changes_of_the_directory_are_heard_by_who_watches_them() {
    let bench = Bench::new().await;
    let (engine, tenant) = (&bench.engine, bench.tenant);
    for id in ["sales", "support"] {
        let team = TeamSpec { id: Some(TeamId::from(id)), name: id.to_owned(), ..TeamSpec::default() };
        engine.create_team(Actor::operator(tenant), team, None).await.unwrap();
    }
    let all = plain(&bench).await;
    subscribe(&bench, &all, changes()).await;
    let teams = plain(&bench).await;
    let sales = Resources::Teams(Ids::listed(vec![TeamId::from("sales")]));
    let filter = Filter::new(WatchedGroup::ChangeNotification, Events::All, sales).unwrap();
    subscribe(&bench, &teams, filter).await;
    let ann = UserSpec { id: Some(UserId::from("ann")), ..UserSpec::named("Ann") };
    engine.create_user(Actor::operator(tenant), ann, None).await.unwrap();
    let renamed = TeamPatch { name: Some("Sales and service".to_owned()), ..TeamPatch::default() };
    engine.update_team(Actor::operator(tenant), &TeamId::from("sales"), renamed).await.unwrap();
    engine.delete_team(Actor::operator(tenant), &TeamId::from("support")).await.unwrap();
    let events = bench.taken(&all).await;
    let types: Vec<_> = events.iter().map(|event| event["eventType"].as_str().unwrap()).collect();
    assert_eq!(types, ["changeNotification.user", "changeNotification.team", "changeNotification.team"]);
    assert!(events.iter().all(|event| event["kind"] == "via#changeNotificationEvent"), "{events:?}");
    let [only] = &bench.taken(&teams).await[..] else { panic!("one event") };
    let payload: serde_json::Value = serde_json::from_str(only["payload"].as_str().unwrap()).unwrap();
    assert_eq!(payload["payload"]["resourceId"], "sales");
}

#[tokio::test]
async fn nothing_is_heard_of_another_organization() {
    let bench = Bench::new().await;
    let session = plain(&bench).await;
    subscribe(&bench, &session, third_party_of(&[])).await;
    subscribe(&bench, &session, changes()).await;
    let other = bench.registry.create_tenant("other").await.unwrap().tenant.id;
    bench.engine.create_user(Actor::operator(other), UserSpec::named("Ann"), None).await.unwrap();
    assert_eq!(bench.heard(&session).await, [""; 0]);
}

/// A publisher that does not stop meanwhile: what is heard is everything from some event on to some other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn amid_a_stream_of_events_a_subscription_leaves_no_gap() {
    let bench = Arc::new(Bench::new().await);
    let session = plain(&bench).await;
    let publishing = tokio::spawn({
        let bench = bench.clone();
        async move {
            for number in 0..200 {
                let payload = json!({"interactionId": number}).as_object().unwrap().clone();
                bench.publish_with("engagementCenter.Idle", user("ann"), payload).await.unwrap();
            }
        }
    });
    for users in [&["ann"][..], &["ann", "bob"], &[]] {
        bench
            .engine
            .put_subscription(session.head(), id("one"), String::new(), third_party_of(users))
            .await
            .unwrap();
        tokio::task::yield_now().await;
    }
    publishing.await.unwrap();
    bench
        .publish_with(
            "engagementCenter.Idle",
            user("ann"),
            json!({"interactionId": 200}).as_object().unwrap().clone(),
        )
        .await
        .unwrap();
    let numbers: Vec<i64> = all_taken(&bench, &session).await;
    let first = numbers[0];
    assert_eq!(numbers, (first..=200).collect::<Vec<_>>());
}

async fn all_taken(bench: &Bench, session: &SessionSpec) -> Vec<i64> {
    let mut numbers = Vec::new();
    loop {
        let events = bench.taken(session).await;
        if events.is_empty() {
            return numbers;
        }
        numbers.extend(events.iter().map(|event| {
            let payload: serde_json::Value =
                serde_json::from_str(event["payload"].as_str().unwrap()).unwrap();
            payload["payload"]["interactionId"].as_i64().unwrap()
        }));
    }
}
