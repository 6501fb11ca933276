//! What becomes of delivered events: with acknowledgement they stay until they are named, without it they leave.

use serde_json::json;

use super::ids;
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
    session.acknowledge(&ids(&events)).await.streaming_refused(400);
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
    for body in
        [json!({}), json!({"events": []}), json!({"events": [{}]}), json!({"events": [{"eventId": 1}]})]
    {
        session.acknowledge_with(&body).await.streaming_refused(400);
    }
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
