//! What trusted producers publish: batches with good and bad events, and batches that are repeated.

use serde_json::{Value, json};

use super::idle;
use crate::harness::{Server, interactions, together};

#[tokio::test]
async fn good_events_go_out_when_others_of_their_batch_are_refused() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let mut both = idle("u", 4);
    both["teamId"] = "t".into();
    let results = streaming
        .publish(json!([
            idle("u", 1),
            {"userId": "u", "payload": {}},
            {"eventType": "engagementCenter.Nonsense", "userId": "u", "payload": {}},
            {"eventType": "engagementCenter.Idle", "userId": "u"},
            {"eventType": "engagementCenter.Idle", "userId": "u", "payload": 5},
            both,
            7,
            idle("u", 2)
        ]))
        .await
        .ok();
    let results = results["results"].as_array().unwrap();
    assert_eq!(results.len(), 8);
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result["index"], index);
        if matches!(index, 0 | 7) {
            assert_eq!(result["status"], "accepted", "{result:#}");
            assert!(result["correlationId"].as_str().is_some_and(|id| !id.is_empty()), "{result:#}");
        } else {
            assert_eq!(result["status"], "rejected", "{result:#}");
            assert!(result["field"].is_string() && result["message"].is_string(), "{result:#}");
        }
    }
    assert_eq!(interactions(&session.collect(2).await), [1, 2]);
}

#[tokio::test]
async fn a_batch_without_a_good_event_or_of_a_wrong_form_is_refused() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let path = streaming.path("publish");
    streaming.publish(json!([{"eventType": "no.such"}])).await.streaming_refused(400);
    for body in [json!({}), json!([]), json!({"events": []}), json!({"events": {}}), json!({"events": null})]
    {
        streaming.post(&path, &body).await.streaming_refused(400);
    }
    let too_many: Value = (0..1001).map(|number| idle("u", number)).collect();
    streaming.publish(too_many).await.streaming_refused(400);
    let most: Value = (0..1000).map(|number| idle("u", number)).collect();
    assert_eq!(streaming.publish(most).await.ok()["results"].as_array().unwrap().len(), 1000);
}

#[tokio::test]
async fn an_idempotency_key_makes_a_batch_repeatable_even_at_once() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let keyed = streaming.with_header("idempotency-key", "batch-1");
    let (path, body) = (streaming.path("publish"), json!({"events": [idle("u", 1)]}));
    let answers = together((0..10).map(|_| {
        let (keyed, path, body) = (keyed.clone(), path.clone(), body.clone());
        async move { keyed.post(&path, &body).await.ok() }
    }))
    .await;
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
    let other = keyed.post(&path, &json!({"events": [idle("u", 2)]})).await;
    other.streaming_refused(409);
    streaming.idle("u", 3).await;
    assert_eq!(interactions(&session.collect(2).await), [1, 3], "published once");
}
