//! From when to when a subscription is heard, under load: from its answer to the answer that ends it, without a gap
//! or a double between; and through a crash, where the session requires acknowledgement.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::json;

use super::idle;
use super::third_party::{heard, numbers, of_everybody, of_users};
use crate::harness::{Server, Streaming, eventually, interactions};

/// Publishes events of `ann`, one after the other and numbered from 1, until it is told to stop.
struct Producer {
    /// The last event that was being published.
    begun: Arc<AtomicI64>,
    /// The last event that was answered.
    done: Arc<AtomicI64>,
    task: tokio::task::JoinHandle<()>,
}

impl Producer {
    fn start(streaming: &Streaming) -> Self {
        let (begun, done) = (Arc::<AtomicI64>::default(), Arc::<AtomicI64>::default());
        let publishing = {
            let (streaming, begun, done) = (streaming.clone(), begun.clone(), done.clone());
            async move {
                for number in 1.. {
                    begun.store(number, Ordering::SeqCst);
                    streaming.idle("ann", number).await;
                    done.store(number, Ordering::SeqCst);
                }
            }
        };
        Self { begun, done, task: tokio::spawn(publishing) }
    }

    /// The last event that may have been published by now.
    fn begun(&self) -> i64 {
        self.begun.load(Ordering::SeqCst)
    }

    /// The last event that was published by now.
    fn done(&self) -> i64 {
        self.done.load(Ordering::SeqCst)
    }

    /// Waits for so many more events; the last that was published.
    async fn more(&self, events: i64) -> i64 {
        let target = self.done() + events;
        eventually("more events", async || Some(self.done()).filter(|done| *done >= target)).await
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_is_in_force_for_what_is_published_after_its_answer_and_not_before_its_request() {
    let server = Server::with(&[("SWITCHBOARD_STORE__DURABILITY", "process")]).await;
    let streaming = server.streaming().await;
    let producer = Producer::start(&streaming);
    for round in 0..10 {
        let session = if round % 2 == 0 {
            streaming.session("watcher").await
        } else {
            streaming.durable_session("watcher").await
        };
        producer.more(3).await;
        let before = producer.done();
        let id = session.subscribe(of_users(&["Idle"], &["ann"])).await;
        let answered = producer.begun();
        producer.more(5).await;
        let asked_to_end = producer.done();
        session.unsubscribe(&id).await.has_status(204);
        let ended = producer.begun();
        producer.more(3).await;
        let numbers = numbers(heard(&streaming, &session).await);
        let (first, last) = (*numbers.first().unwrap(), *numbers.last().unwrap());
        assert_eq!(numbers, (first..=last).collect::<Vec<_>>(), "without a gap, each once");
        assert!(before < first && first <= answered + 1, "{before} < {first} <= {answered} + 1");
        assert!(asked_to_end <= last && last <= ended, "{asked_to_end} <= {last} <= {ended}");
        session.end().await.has_status(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_subscription_leaves_no_gap_and_no_double_where_both_filters_agree() {
    let server = Server::with(&[("SWITCHBOARD_STORE__DURABILITY", "process")]).await;
    let streaming = server.streaming().await;
    let session = streaming.session("watcher").await;
    let filters =
        [of_users(&["Idle"], &["ann"]), of_everybody(&["all"]), of_users(&["Idle", "Wrap"], &["bob", "ann"])];
    session.put_subscription("one", &json!({"filterCriteria": filters[0]})).await.has_status(201);
    let producer = Producer::start(&streaming);
    for round in 0..30 {
        producer.more(2).await;
        session.put_subscription("one", &json!({"filterCriteria": filters[round % 3]})).await.ok();
    }
    let last = producer.more(1).await;
    let numbers = numbers(heard(&streaming, &session).await);
    assert!(*numbers.last().unwrap() >= last, "{numbers:?}");
    let expected: Vec<_> = (1..).take(numbers.len()).collect();
    assert_eq!(numbers, expected);
}

#[tokio::test]
async fn subscriptions_and_what_they_let_through_outlive_a_crash_in_sessions_that_require_acknowledgement() {
    let mut server = Server::start().await;
    let streaming = server.streaming().await;
    let (durable, other) =
        (streaming.durable_session("watcher").await, streaming.durable_session("other").await);
    let fleeting = streaming.session("watcher").await;
    for session in [&durable, &fleeting] {
        session.subscribe(of_users(&["Idle"], &["ann"])).await;
    }
    streaming.idle("ann", 1).await;
    let ended = durable.subscribe(of_users(&["Idle"], &["bob"])).await;
    streaming.idle("bob", 2).await;
    durable.unsubscribe(&ended).await.has_status(204);
    streaming.idle("bob", 3).await;
    durable
        .put_subscription("moved", &json!({"filterCriteria": of_users(&["Idle"], &["carl"])}))
        .await
        .has_status(201);
    streaming.idle("carl", 4).await;
    streaming.idle("dora", 5).await;
    durable.put_subscription("moved", &json!({"filterCriteria": of_users(&["Idle"], &["dora"])})).await.ok();
    streaming.idle("carl", 6).await;
    streaming.idle("dora", 7).await;
    let events = durable.collect(4).await;
    assert_eq!(interactions(&events), [1, 2, 4, 7]);
    durable.acknowledge_events(&events[1..2]).await;
    let subscribed = durable.subscribed().await;

    server.crash().await;
    assert_eq!(durable.subscribed().await, subscribed);
    let left: Vec<_> = [&events[..1], &events[2..]].concat();
    assert_eq!(durable.collect(3).await, left, "the very same events");
    durable.acknowledge_events(&left).await;
    for (user, number) in [("ann", 8), ("bob", 9), ("carl", 10), ("dora", 11), ("other", 12)] {
        streaming.idle(user, number).await;
    }
    assert_eq!(interactions(&durable.collect(2).await), [8, 11]);
    assert_eq!(interactions(&other.collect(1).await), [12], "who asked for nothing hears nothing more");
    fleeting.try_poll("").await.streaming_refused(400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answered_event_of_another_user_is_lost_by_a_crash_under_load() {
    let mut server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.durable_session("watcher").await;
    session.subscribe(of_users(&["Idle"], &["ann"])).await;
    session.subscribe(of_everybody(&["all"])).await;
    let path = streaming.path("publish");
    let producers: Vec<_> = (0..4_i64)
        .map(|producer| {
            let (streaming, path) = (streaming.clone(), path.clone());
            tokio::spawn(async move {
                let mut answered = Vec::new();
                for number in (producer * 1_000_000).. {
                    let body = json!({"events": [idle("ann", number)]}).to_string();
                    match streaming.try_send("POST", &path, Some("application/json"), body).await {
                        Ok(answer) => drop(answer.ok()),
                        Err(_gone) => break,
                    }
                    answered.push(number);
                }
                answered
            })
        })
        .collect();
    let mut heard = Vec::new();
    while heard.len() < 200 {
        heard.extend(interactions(&session.take(200).await));
    }
    server.kill();
    let mut answered = Vec::new();
    for producer in producers {
        answered.extend(producer.await.unwrap());
    }
    server.restart().await;
    streaming.idle("ann", -1).await;
    while heard.last() != Some(&-1) {
        heard.extend(interactions(&session.take(200).await));
    }
    let times: HashMap<_, _> =
        heard.iter().map(|number| (number, heard.iter().filter(|other| *other == number).count())).collect();
    for number in &answered {
        assert_eq!(times.get(number), Some(&1), "{number}");
    }
    assert!(times.values().all(|times| *times == 1), "{times:?}");
}
