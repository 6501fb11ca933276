//! What a restart brings back.

use super::*;
use crate::broker::Acknowledgement;
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
