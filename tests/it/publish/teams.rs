//! Events for teams: each member hears them, and how far one batch may go by way of them.

use serde_json::{Value, json};

use super::{assert_all_accepted, result, whole_payload};
use crate::harness::{Server, Streaming, interactions};

/// A server on which a batch may come to so much, and the team `pair` of the users `ann` and `bob`.
async fn server_with_pair(variables: &[(&str, &str)]) -> (Server, Streaming) {
    let server = Server::with(variables).await;
    let portal = server.portal().await;
    for user in ["ann", "bob"] {
        portal.post("/api/v1/users", &json!({"userId": user, "name": user})).await.ok();
    }
    let team = json!({"teamId": "pair", "name": "Pair", "members": ["ann", "bob"]});
    portal.post("/api/v1/teams", &team).await.ok();
    let streaming = server.streaming().await;
    (server, streaming)
}

fn to_pair(payload: &Value) -> Value {
    json!({"eventType": "engagementCenter.Idle", "teamId": "pair", "payload": payload})
}

fn idle(interaction: i64) -> Value {
    json!({"interactionId": interaction, "interactionIdRev": interaction.to_string()})
}

#[tokio::test]
async fn each_member_hears_an_event_in_an_envelope_of_its_own_or_in_that_of_its_producer() {
    let (_server, streaming) = server_with_pair(&[]).await;
    let sessions = [("ann", streaming.durable_session("ann").await), ("bob", streaming.session("bob").await)];
    let wrapped = json!({"userId": "the pair", "payload": idle(2)});
    assert_all_accepted(&streaming.publish(json!([to_pair(&idle(1)), to_pair(&wrapped)])).await, 2);
    for (user, session) in &sessions {
        let heard = session.collect(2).await;
        assert_eq!(interactions(&heard), [1, 2]);
        assert_eq!(whole_payload(&heard[0])["userId"], *user);
        assert_eq!(whole_payload(&heard[1]), wrapped);
    }
}

#[tokio::test]
async fn a_batch_comes_to_as_many_deliveries_to_teams_as_it_may_and_to_no_more() {
    let (_server, streaming) = server_with_pair(&[("SWITCHBOARD_STREAMING__MAX_TEAM_DELIVERIES", "5")]).await;
    let ann = streaming.session("ann").await;
    let mut to_ann = to_pair(&idle(4));
    to_ann.as_object_mut().unwrap().remove("teamId");
    to_ann["userId"] = "ann".into();
    let batch = json!([to_pair(&idle(1)), to_pair(&idle(2)), to_pair(&idle(3)), to_ann]);
    for _ in 0..2 {
        let answer = streaming.publish(batch.clone()).await;
        let refused = result(&answer, 2);
        assert_eq!(refused["field"], "teamId", "{answer}");
        assert!(refused["message"].as_str().unwrap().contains("5 deliveries"), "{answer}");
        for index in [0, 1, 3] {
            assert_eq!(result(&answer, index)["status"], "accepted", "{answer}");
        }
        assert_eq!(interactions(&ann.collect(3).await), [1, 2, 4], "each batch has its own");
    }
}

#[tokio::test]
async fn the_payloads_for_teams_come_to_as_many_bytes_as_they_may_and_to_no_more() {
    let size = idle(1).to_string().len();
    let most = (2 * size).to_string();
    let limit = [("SWITCHBOARD_STREAMING__MAX_TEAM_DELIVERY_BYTES", most.as_str())];
    let (_server, streaming) = server_with_pair(&limit).await;
    assert_all_accepted(&streaming.publish(json!([to_pair(&idle(1))])).await, 1);

    let longer = json!({"interactionId": 1, "interactionIdRev": "1", "a": ""});
    let error =
        streaming.publish(json!([to_pair(&longer)])).await.streaming_refused(400)["errors"][0].clone();
    assert_eq!((&error["scope"], &error["reason"]), (&json!("events[0].teamId"), &json!("outOfRange")));

    // What all share counts once.
    let around = json!({"userId": "", "payload": idle(1)}).to_string().len();
    let filler = "x".repeat(2 * size - around);
    assert_all_accepted(
        &streaming.publish(json!([to_pair(&json!({"userId": filler, "payload": idle(1)}))])).await,
        1,
    );
    let filler = filler + "x";
    let beyond = to_pair(&json!({"userId": filler, "payload": idle(1)}));
    streaming.publish(json!([beyond])).await.streaming_refused(400);
}
