//! What becomes of delivered events: with acknowledgement they stay until they are named, without it they leave.

use serde_json::json;

use super::{idle, ids};
use crate::harness::{Server, interactions};

#[tokio::test]
async fn without_acknowledgement_delivery_removes() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "0")]).await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    streaming.idle("u", 1).await;
    let events = session.poll(5).await;
    assert_eq!(interactions(&events), [1]);
    assert!(session.poll(5).await.is_empty());
    let refused = session.acknowledge(&ids(&events)).await;
    let told = ("via-client-sessionid".to_owned(), "acknowledgementNotRequired".to_owned());
    assert_eq!(refused.streaming_faults(), [told]);
}

#[tokio::test]
async fn with_acknowledgement_events_come_again_oldest_first_until_acknowledged() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "0")]).await;
    let streaming = server.streaming().await;
    let session = streaming.durable_session("u").await;
    for number in 1..=3 {
        streaming.idle("u", number).await;
    }
    let events = session.poll(2).await;
    assert_eq!(interactions(&events), [1, 2]);
    assert_eq!(interactions(&session.poll(5).await), [1, 2, 3]);
    let answer = session.acknowledge_events(&events[1..]).await;
    assert_eq!(answer, json!({"eventIdsAcknowledged": [ids(&events)[1]], "eventIdsNotFound": []}));
    streaming.idle("u", 4).await;
    let rest = session.poll(200).await;
    assert_eq!(interactions(&rest), [1, 3, 4]);
    session.acknowledge_events(&rest).await;
    assert!(session.poll(5).await.is_empty());
}

#[tokio::test]
async fn ids_that_are_not_waiting_are_told_as_not_found() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "0")]).await;
    let streaming = server.streaming().await;
    let session = streaming.durable_session("u").await;
    streaming.idle("u", 1).await;
    let events = session.poll(1).await;
    let known = ids(&events)[0];
    let answer = session.acknowledge(&[known, "1519073282456-0", "nonsense"]).await.ok();
    assert_eq!(answer["eventIdsAcknowledged"], json!([known]));
    assert_eq!(answer["eventIdsNotFound"], json!(["1519073282456-0", "nonsense"]));
    let again = session.acknowledge(&[known]).await.ok();
    assert_eq!(again, json!({"eventIdsAcknowledged": [], "eventIdsNotFound": [known]}));
}

#[tokio::test]
async fn an_id_that_is_named_twice_is_answered_once() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "0")]).await;
    let streaming = server.streaming().await;
    let session = streaming.durable_session("u").await;
    streaming.publish(json!([idle("u", 1), idle("u", 2)])).await.ok();
    let events = session.poll(2).await;
    let known = ids(&events);
    let answer = session.acknowledge(&[known[1], "x", known[0], known[1], "x"]).await.ok();
    let expected = json!({"eventIdsAcknowledged": [known[1], known[0]], "eventIdsNotFound": ["x"]});
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn events_that_were_not_delivered_yet_are_not_there_to_be_acknowledged() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "0")]).await;
    let streaming = server.streaming().await;
    let (session, other) = (streaming.durable_session("u").await, streaming.session("u").await);
    streaming.idle("u", 1).await;
    let known = other.poll(1).await;
    let answer = session.acknowledge_events(&known).await;
    assert_eq!(answer, json!({"eventIdsAcknowledged": [], "eventIdsNotFound": ids(&known)}));
    assert_eq!(session.poll(1).await, known);
    session.acknowledge_events(&known).await;
    assert!(session.poll(1).await.is_empty());
}

#[tokio::test]
async fn one_acknowledgement_names_1_to_1000_events_and_faults_are_told_by_their_place() {
    let server = Server::start().await;
    let session = server.streaming().await.durable_session("u").await;
    let so_many =
        |count: u32| -> Vec<_> { (0..count).map(|n| json!({"eventId": format!("1-{n}")})).collect() };
    let most = session.acknowledge_with(&json!({"events": so_many(1000)})).await.ok();
    assert_eq!(most["eventIdsNotFound"].as_array().unwrap().len(), 1000);
    for (body, scope, reason) in [
        (json!([]), "body", "invalidType"),
        (json!(null), "body", "invalidType"),
        (json!({}), "events", "required"),
        (json!({"events": null}), "events", "required"),
        (json!({"events": {}}), "events", "invalidType"),
        (json!({"events": []}), "events", "outOfRange"),
        (json!({"events": so_many(1001)}), "events", "outOfRange"),
        (json!({"events": [{"eventId": "1-0"}, {}]}), "events[1].eventId", "invalidType"),
        (json!({"events": [{"eventId": 1}]}), "events[0].eventId", "invalidType"),
        (json!({"events": ["1-0"]}), "events[0].eventId", "invalidType"),
    ] {
        let faults = session.acknowledge_with(&body).await.streaming_faults();
        assert_eq!(faults, [(scope.to_owned(), reason.to_owned())], "{body}");
    }
    let path = server.streaming().await.path("acknowledge");
    let nothing = session.send("POST", &path, Some("application/json"), "").await;
    assert_eq!(nothing.streaming_faults(), [("body".to_owned(), "required".to_owned())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn abandoned_polls_lose_nothing_that_requires_acknowledgement() {
    const EVENTS: i64 = 100;
    let server = Server::with(&[("SWITCHBOARD_STORE__DURABILITY", "process")]).await;
    let streaming = server.streaming().await;
    let session = streaming.durable_session("u").await;
    for number in 0..EVENTS {
        let polling = session.clone();
        let abandoned = tokio::spawn(async move { polling.poll(5).await });
        let producer = streaming.clone();
        let publishing = tokio::spawn(async move { producer.idle("u", number).await });
        if number % 2 == 0 {
            publishing.await.unwrap();
            abandoned.abort();
        } else {
            abandoned.abort();
            publishing.await.unwrap();
        }
    }
    let mut heard = Vec::new();
    while heard.len() < usize::try_from(EVENTS).unwrap() {
        let events = session.poll(200).await;
        session.acknowledge_events(&events).await;
        heard.extend(interactions(&events));
    }
    assert_eq!(heard, (0..EVENTS).collect::<Vec<_>>());
}
