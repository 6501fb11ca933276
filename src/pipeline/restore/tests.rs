//! What a restart brings back.

use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::broker::Acknowledgement;
use crate::domain::clock::Clock;
use crate::domain::ids::UserId;
use crate::domain::subscription::SubscriptionId;
use crate::pipeline::Addressee;
use crate::pipeline::testing::{Bench, third_party_of};
use crate::store::{Store, Write};

fn ann() -> Addressee {
    Addressee::User(UserId::from("ann"))
}

fn id(text: &str) -> SubscriptionId {
    SubscriptionId::try_from(text).unwrap()
}

fn number(event: &Value) -> EventId {
    event["eventId"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_restart_brings_back_what_a_session_holds_and_reads_nothing_older() {
    let mut bench = Bench::new().await;
    let unreadable = EventRecord {
        tenant: bench.tenant,
        id: EventId { ms: 1, n: 0 },
        audience: Audience::Organization,
        body: "read by nobody".to_owned(),
    };
    bench.store.commit(vec![Write::PutEvent(unreadable)]).await.unwrap();
    bench.restart().await;
    let session = bench.session(&bench.user, Acknowledgement::Required).await;
    let conversation = bench.establish("a").await.unwrap().id;
    bench.say(conversation, "hello?").await.unwrap();
    let held = bench.heard(&session).await;
    assert_eq!(held.len(), 3);

    bench.restart().await;
    assert_eq!(bench.heard(&session).await, held, "delivered and not acknowledged");
}

#[tokio::test]
async fn a_restart_brings_back_what_subscriptions_let_through_and_the_subscriptions() {
    let mut bench = Bench::new().await;
    let session = bench.session(&bench.user, Acknowledgement::Required).await;
    bench.publish("engagementCenter.Idle", ann()).await;
    let kept =
        bench.engine.subscribe(session.head(), "of ann".to_owned(), third_party_of(&["ann"])).await.unwrap();
    bench.publish("engagementCenter.Wrap", ann()).await;
    bench.publish("engagementCenter.Wrap", Addressee::User(UserId::from("bob"))).await;
    let held = bench.taken(&session).await;
    assert_eq!(held.len(), 1, "{held:?}");

    bench.restart().await;
    assert_eq!(bench.taken(&session).await, held);
    assert_eq!(bench.engine.subscriptions(session.head()), Ok(vec![kept]));
    bench.publish("engagementCenter.Held", ann()).await;
    assert_eq!(
        bench.heard(&session).await,
        ["engagementCenterThirdParty.Wrap", "engagementCenterThirdParty.Held"]
    );
}

#[tokio::test]
async fn after_a_restart_a_session_holds_what_the_subscriptions_of_each_moment_let_through() {
    let mut bench = Bench::new().await;
    let session = bench.session(&bench.user, Acknowledgement::Required).await;
    let engine = bench.engine.clone();
    let put = async |users: &[&str]| {
        engine
            .put_subscription(session.head(), id("one"), String::new(), third_party_of(users))
            .await
            .unwrap();
    };
    let bob = || Addressee::User(UserId::from("bob"));
    put(&["ann"]).await;
    bench.publish("engagementCenter.Idle", ann()).await;
    bench.publish("engagementCenter.Held", bob()).await;
    put(&["bob"]).await;
    bench.publish("engagementCenter.Park", ann()).await;
    bench.publish("engagementCenter.Wrap", bob()).await;
    engine.unsubscribe(session.head(), &id("one")).await.unwrap();
    bench.publish("engagementCenter.Active", bob()).await;
    bench.restart().await;
    assert_eq!(
        bench.heard(&session).await,
        ["engagementCenterThirdParty.Idle", "engagementCenterThirdParty.Wrap"]
    );
    assert_eq!(bench.engine.subscriptions(session.head()), Ok(vec![]));
}

#[tokio::test]
async fn what_was_acknowledged_does_not_come_back() {
    let mut bench = Bench::new().await;
    let session = bench.session(&bench.user, Acknowledgement::Required).await;
    bench.engine.subscribe(session.head(), String::new(), third_party_of(&[])).await.unwrap();
    bench.publish("engagementCenter.Idle", ann()).await;
    bench.publish("engagementCenter.Wrap", ann()).await;
    let first = bench.taken(&session).await[0]["eventId"].as_str().unwrap().parse().unwrap();
    bench.engine.acknowledge(bench.tenant, session.id, &[first]).await.unwrap();
    bench.restart().await;
    assert_eq!(bench.heard(&session).await, ["engagementCenterThirdParty.Wrap"]);
}

#[tokio::test]
async fn an_event_that_two_subscriptions_let_through_comes_back_once() {
    let mut bench = Bench::new().await;
    let session = bench.session(&bench.user, Acknowledgement::Required).await;
    for users in [&["ann", "bob"][..], &[]] {
        bench.engine.subscribe(session.head(), String::new(), third_party_of(users)).await.unwrap();
    }
    bench.publish("engagementCenter.Idle", ann()).await;
    bench.restart().await;
    assert_eq!(bench.heard(&session).await, ["engagementCenterThirdParty.Idle"]);
}

#[tokio::test]
async fn subscriptions_come_back_in_the_order_of_their_creation() {
    let mut bench = Bench::new().await;
    let session = bench.session(&bench.user, Acknowledgement::Required).await;
    for name in ["c", "a", "b", "c"] {
        let filter = third_party_of(&["ann"]);
        bench.engine.put_subscription(session.head(), id(name), name.to_owned(), filter).await.unwrap();
    }
    let before = bench.engine.subscriptions(session.head()).unwrap();
    bench.restart().await;
    assert_eq!(bench.engine.subscriptions(session.head()).unwrap(), before);
    assert_eq!(before.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["c", "a", "b"]);
}

/// Ids of events that were kept for nobody are given as well, and sessions begin behind them.
#[tokio::test]
async fn what_is_published_after_a_restart_with_the_clock_set_back_is_not_lost_by_the_next() {
    let mut bench = Bench::new().await;
    let began = bench.clock.now();
    bench.clock.advance(Duration::from_secs(3600));
    bench.publish("engagementCenter.Held", ann()).await;
    let session = bench.session(&UserId::from("ann"), Acknowledgement::Required).await;
    let watcher = bench.session(&bench.user, Acknowledgement::Required).await;
    bench.engine.subscribe(watcher.head(), String::new(), third_party_of(&["ann"])).await.unwrap();

    bench.clock.set(began);
    bench.restart().await;
    bench.publish("engagementCenter.Idle", ann()).await;
    bench.restart().await;
    assert_eq!(bench.heard(&session).await, ["engagementCenter.Idle"]);
    assert_eq!(bench.heard(&watcher).await, ["engagementCenterThirdParty.Idle"]);
}

#[tokio::test]
async fn a_restart_brings_back_more_events_than_it_reads_at_a_time() {
    let mut bench = Bench::new().await;
    let session = bench.session(&UserId::from("ann"), Acknowledgement::Required).await;
    for _ in 0..STEP.rows * 2 + 1 {
        bench.publish("engagementCenter.Idle", ann()).await;
    }
    bench.restart().await;
    assert_eq!(bench.engine.sessions().queued(), STEP.rows * 2 + 1);
    let first = bench.taken(&session).await;
    assert!(first.windows(2).all(|two| number(&two[0]) < number(&two[1])), "{first:?}");
}

/// What a client names that names what its polls brought leaves nothing behind but how far it has come.
#[tokio::test]
async fn nothing_grows_in_the_store_with_what_was_acknowledged() {
    let mut bench = Bench::new().await;
    let session = bench.session(&UserId::from("ann"), Acknowledgement::Required).await;
    for _ in 0..5 {
        bench.publish("engagementCenter.Idle", ann()).await;
    }
    let ids: Vec<_> = bench.taken(&session).await.iter().map(number).collect();
    let kept = async |bench: &Bench| {
        let [kept] = &bench.store.sessions().await.unwrap()[..] else { panic!("one session") };
        (kept.after, kept.acknowledged.clone())
    };
    let acknowledge = async |bench: &Bench, ids: &[EventId]| {
        bench.engine.acknowledge(bench.tenant, session.id, ids).await.unwrap();
        kept(bench).await
    };
    assert_eq!(acknowledge(&bench, &ids[..2]).await, (ids[1], vec![]));
    assert_eq!(acknowledge(&bench, &ids[3..4]).await, (ids[1], vec![ids[3]]));
    bench.restart().await;
    let left: Vec<_> = bench.taken(&session).await.iter().map(number).collect();
    assert_eq!(left, [ids[2], ids[4]]);
    assert_eq!(acknowledge(&bench, &ids[2..3]).await, (ids[2], vec![ids[3]]));
    assert_eq!(acknowledge(&bench, &ids[4..]).await, (ids[4], vec![]));
    bench.restart().await;
    assert_eq!(bench.engine.sessions().queued(), 0);
}
