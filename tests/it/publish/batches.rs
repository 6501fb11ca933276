//! Batches: in part good, refused as a whole, and repeated; and whom their events are for.

use serde_json::{Value, json};

use super::{event, idle, result, whole_payload};
use crate::harness::{Server, event_types, interactions, together};

#[tokio::test]
async fn when_no_event_is_good_the_batch_is_refused_with_every_first_fault() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let batch = json!([
        event("messaging.EntityAdded", &json!({"interactionId": 1, "entityType": 9})),
        {"userId": "u", "payload": {}},
        event("engagementCenter.DispositionInitiated", &json!({"interactionData": vec![json!({}); 21]})),
    ]);
    let errors = streaming.publish(batch).await.streaming_refused(400)["errors"].clone();
    let told: Vec<_> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["scope"].as_str().unwrap(), error["reason"].as_str().unwrap()))
        .collect();
    let expected = [
        ("events[0].payload.entityType", "invalidValue"),
        ("events[1].eventType", "required"),
        ("events[2].payload.interactionData", "outOfRange"),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_batch_of_a_wrong_form_or_with_too_many_events_is_refused() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let path = streaming.path("publish");
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
            event("engagementCenter.Idle", &json!({"interactionId": "2"})),
            both,
            7,
            idle("u", 2)
        ]))
        .await
        .ok();
    let results = results["results"].as_array().unwrap();
    let faults = ["eventType", "eventType", "payload", "payload", "payload.interactionId", "teamId", "event"];
    assert_eq!(results.len(), faults.len() + 2);
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result["index"], index);
        if matches!(index, 0 | 8) {
            assert_eq!(result["status"], "accepted", "{result:#}");
            assert!(result["correlationId"].as_str().is_some_and(|id| !id.is_empty()), "{result:#}");
        } else {
            assert_eq!(result["status"], "rejected", "{result:#}");
            assert_eq!(result["field"], faults[index - 1], "{result:#}");
            assert!(result["message"].is_string(), "{result:#}");
        }
    }
    assert_eq!(interactions(&session.collect(2).await), [1, 2]);
}

#[tokio::test]
async fn a_correlation_id_is_kept_and_a_missing_one_is_made() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let mut own = event("engagementCenter.Park", &json!({}));
    own["correlationId"] = "mine".into();
    let answer = streaming.publish(json!([own, event("engagementCenter.Wrap", &json!({}))])).await;
    assert_eq!(result(&answer, 0)["correlationId"], "mine");
    let made = result(&answer, 1)["correlationId"].clone();
    assert!(made.as_str().is_some_and(|id| id.len() == 36), "{made}");
    let heard = session.collect(2).await;
    assert_eq!(heard[0]["correlationId"], "mine");
    assert_eq!(heard[1]["correlationId"], made);
}

#[tokio::test]
async fn a_repeated_batch_is_answered_as_the_first_time_refusals_included_and_heard_once() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let keyed = streaming.with_header("idempotency-key", "in-part");
    let batch = json!({"events": [
        event("engagementCenter.Idle", &json!({"interactionId": 1})),
        event("engagementCenter.Idle", &json!({"interactionId": "2"})),
    ]});
    let first = keyed.post(&streaming.path("publish"), &batch).await;
    assert_eq!(result(&first, 0)["status"], "accepted");
    assert_eq!(result(&first, 1)["status"], "rejected");
    for _ in 0..3 {
        assert_eq!(keyed.post(&streaming.path("publish"), &batch).await.ok(), first.ok());
    }
    streaming.idle("u", 3).await;
    assert_eq!(interactions(&session.collect(2).await), [1, 3]);
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

#[tokio::test]
async fn a_refused_batch_leaves_its_idempotency_key_free() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let keyed = streaming.with_header("idempotency-key", "corrected");
    let batch = |interaction: Value| {
        let payload = json!({"interactionId": interaction});
        json!({"events": [event("engagementCenter.Idle", &payload)]})
    };
    let path = streaming.path("publish");
    keyed.post(&path, &batch(json!("1"))).await.streaming_refused(400);
    keyed.post(&path, &batch(json!(1))).await.ok();
    assert_eq!(interactions(&session.collect(1).await), [1]);
}

#[tokio::test]
async fn an_event_is_for_a_user_a_team_or_the_organization() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let member = streaming.session(&server.demo().user()).await;
    let stranger = streaming.session("stranger").await;
    let to = |event_type: &str, address: Value| {
        let mut event = json!({"eventType": event_type, "payload": {}});
        event.as_object_mut().unwrap().extend(address.as_object().unwrap().clone());
        event
    };
    let team = server.demo().get("/team/teamId");
    let batch = json!([
        to("engagementCenter.Wrap", json!({"teamId": team})),
        to("engagementCenter.Park", json!({"userId": "stranger"})),
        to("engagementCenter.Held", json!({})),
        to("engagementCenter.Idle", json!({"teamId": "nobody's"})),
        to("engagementCenter.Idle", json!({"teamId": team, "userId": "stranger"})),
        to("engagementCenter.Idle", json!({"userId": null})),
        to("engagementCenter.Idle", json!({"teamId": null})),
    ]);
    let answer = streaming.publish(batch).await;
    assert_eq!(result(&answer, 3)["field"], "teamId");
    assert_eq!(result(&answer, 4)["field"], "teamId");
    assert_eq!(result(&answer, 5)["field"], "userId", "what was for somebody is not for everybody");
    assert_eq!(result(&answer, 6)["field"], "teamId");
    let heard = member.collect(2).await;
    assert_eq!(event_types(&heard), ["engagementCenter.Wrap", "engagementCenter.Held"]);
    assert_eq!(whole_payload(&heard[0])["userId"], server.demo().user());
    let heard = stranger.collect(2).await;
    assert_eq!(event_types(&heard), ["engagementCenter.Park", "engagementCenter.Held"]);
    assert_eq!(whole_payload(&heard[1])["userId"], "", "it is nobody's in particular");
}
