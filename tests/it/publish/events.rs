//! Every documented event there and back: what is accepted, what is refused and at which field, what is filled in.

use serde_json::{Value, json};

use super::{assert_all_accepted, documented, event, result, whole_payload};
use crate::harness::{Server, event_payload};

#[tokio::test]
async fn every_documented_event_is_heard_with_the_payload_of_its_example() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let documented = documented();
    let batch = documented.iter().map(|(name, example)| event(name, example)).collect();
    assert_all_accepted(&streaming.publish(batch).await, documented.len());

    let heard = session.collect(documented.len()).await;
    for (heard, (name, example)) in heard.iter().zip(&documented) {
        assert_eq!(heard["eventType"], *name);
        let (category, _) = name.split_once('.').unwrap();
        assert_eq!(heard["kind"], format!("via#{category}Event"), "{name}");
        assert_eq!(&whole_payload(heard), example, "{name}");
    }
}

#[tokio::test]
async fn every_documented_event_is_wrapped_when_its_producer_did_not() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let wrapped: Vec<_> =
        documented().into_iter().filter(|(name, _)| !name.starts_with("outreach.")).collect();
    assert_eq!(wrapped.len(), 66);
    let batch = wrapped.iter().map(|(name, example)| event(name, &example["payload"])).collect();
    assert_all_accepted(&streaming.publish(batch).await, wrapped.len());

    for (heard, (name, example)) in session.collect(wrapped.len()).await.iter().zip(&wrapped) {
        let envelope = whole_payload(heard);
        assert_eq!(heard["eventType"], *name);
        assert_eq!(envelope["userId"], "u", "{name}");
        assert!(envelope["ehubSessionId"].is_i64(), "{name}: {envelope}");
        assert_eq!(envelope["ehubSessionIdRev"], envelope["ehubSessionId"].to_string(), "{name}");
        assert_eq!(envelope["payload"], example["payload"], "{name}");
    }
}

#[tokio::test]
async fn a_field_that_breaks_its_definition_is_told_by_its_name() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let refused = [
        // Another type.
        ("engagementCenter.Idle", json!({"interactionId": "7"}), "interactionId", "a whole number"),
        ("engagementCenter.Idle", json!({"interactionId": 7.5}), "interactionId", "a whole number"),
        ("engagementCenter.Idle", json!({"interactionId": null}), "interactionId", "a whole number"),
        ("engagementCenter.Idle", json!({"interactionIdRev": "seven"}), "interactionIdRev", "a whole number"),
        ("engagementCenter.AudioPathConnection", json!({"state": "true"}), "state", "true or false"),
        ("engagementCenter.EmailRemoved", json!({"emailObjectId": 5}), "emailObjectId", "a string"),
        (
            "engagementCenter.MultiTaskingStatus",
            json!({"multiTaskingStatusCode": []}),
            "multiTaskingStatusCode",
            "an object",
        ),
        (
            "engagementCenter.AgentStatistics",
            json!({"agentStatistics": {}}),
            "agentStatistics",
            "a list of objects",
        ),
        ("outreach.status", json!({"recordNumber": "10"}), "recordNumber", "a whole number"),
        // No moment.
        (
            "engagementCenter.ClientSessionKeepAlive",
            json!({"requestTimestamp": "noon"}),
            "requestTimestamp",
            "ISO 8601",
        ),
        // None of the counted values: of the tables, and of the descriptions.
        ("engagementCenter.Dialing", json!({"mediaType": "Pigeon"}), "mediaType", "one of None, InboundACD"),
        ("engagementCenter.ReassignEmailAck", json!({"status": 1}), "status", "one of 0"),
        ("outreach.automationScriptStatus", json!({"status": 3}), "status", "one of 0 (Ok), 1"),
        ("engagementCenter.Active", json!({"category": 34}), "category", "one of 0"),
        ("engagementCenter.Active", json!({"category": -1}), "category", "one of 0"),
        ("engagementCenter.Active", json!({"statusReason": 3}), "statusReason", "one of 2"),
        ("engagementCenter.Error", json!({"eventCode": 11}), "eventCode", "one of 10"),
        ("engagementCenter.MonitorState", json!({"monitoringState": 13}), "monitoringState", "one of 1"),
        ("engagementCenter.ScreenPop", json!({"preemptive": 2}), "preemptive", "one of 0"),
        ("messaging.EntityAdded", json!({"entityType": 9}), "entityType", "one of 1"),
        ("messaging.EntitySendText", json!({"entityType": 0}), "entityType", "one of 1"),
        // Deeper.
        (
            "engagementCenter.ScreenPop",
            json!({"interactionInfo": {"callBackData": {"dialModeCode": 5}}}),
            "interactionInfo.callBackData.dialModeCode",
            "one of 1",
        ),
        (
            "engagementCenter.ScreenPop",
            json!({"interactionInfo": {"interactionData": [{"key": "a"}, {"key": 1}]}}),
            "interactionInfo.interactionData[1].key",
            "a string",
        ),
        ("engagementCenter.ConsultInitiated", json!({"interactionData": "no"}), "interactionData", "a list"),
    ];
    for (name, payload, field, rule) in &refused {
        let answer = streaming
            .publish(json!([event(name, payload), event("engagementCenter.Park", &json!({}))]))
            .await;
        let refusal = result(&answer, 0);
        assert_eq!(refusal["status"], "rejected", "{name} {payload}");
        let path = format!("payload.{field}");
        assert_eq!(refusal["field"], path, "{name} {payload}");
        let message = refusal["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("{path} must be ")) && message.contains(rule), "{message}");
        assert_eq!(result(&answer, 1)["status"], "accepted");
    }
}

#[tokio::test]
async fn in_an_envelope_a_fault_is_told_by_its_whole_path() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    for (payload, field, reason) in [
        (
            json!({"userId": "u", "payload": {"interactionId": "7"}}),
            "payload.payload.interactionId",
            "invalidType",
        ),
        (json!({"userId": 7, "payload": {}}), "payload.userId", "invalidType"),
        (json!({"ehubSessionId": "14", "payload": {}}), "payload.ehubSessionId", "invalidType"),
    ] {
        let answer = streaming.publish(json!([event("engagementCenter.Idle", &payload)])).await;
        let error = answer.streaming_refused(400)["errors"][0].clone();
        assert_eq!(error["scope"], format!("events[0].{field}"));
        assert_eq!(error["reason"], reason);
    }
}

#[tokio::test]
async fn what_has_a_bound_is_good_at_the_bound_and_not_beyond_it() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let fields =
        |count| json!({"interactionData": vec![json!({"key": "k", "value": "v", "isMasked": true}); count]});
    let with = |name: &str, value: Value| {
        let mut event = event("engagementCenter.Park", &json!({}));
        event[name] = value;
        event
    };
    for (good, bad, field) in [
        (
            event("engagementCenter.ConsultInitiated", &fields(20)),
            event("engagementCenter.ConsultInitiated", &fields(21)),
            "payload.interactionData",
        ),
        (
            with("correlationId", "c".repeat(255).into()),
            with("correlationId", "c".repeat(256).into()),
            "correlationId",
        ),
        (with("userId", "u".repeat(255).into()), with("userId", "u".repeat(256).into()), "userId"),
        (
            event("engagementCenter.Active", &json!({"category": 33})),
            event("engagementCenter.Active", &json!({"category": 34})),
            "payload.category",
        ),
    ] {
        let answer = streaming.publish(json!([good, bad])).await;
        assert_eq!(result(&answer, 0)["status"], "accepted", "{answer}");
        assert_eq!(result(&answer, 1)["field"], field, "{answer}");
    }
}

#[tokio::test]
async fn of_a_deprecated_number_and_its_text_the_missing_one_is_heard_as_well() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let cases = [
        (
            "engagementCenter.Idle",
            json!({"interactionId": 1030}),
            json!({"interactionId": 1030, "interactionIdRev": "1030"}),
        ),
        (
            "engagementCenter.Idle",
            json!({"interactionIdRev": "0"}),
            json!({"interactionIdRev": "0", "interactionId": 0}),
        ),
        ("engagementCenter.NotReady", json!({"reasonId": 15}), json!({"reasonId": 15, "reasonIdRev": "15"})),
        // Where the documented example has the text first.
        ("engagementCenter.NewWorkType", json!({"id": "15"}), json!({"id": "15", "idRev": 15})),
        (
            "engagementCenter.Error",
            json!({"workTypeIdRev": 3}),
            json!({"workTypeIdRev": 3, "worktypeId": "3"}),
        ),
        (
            "engagementCenter.ScreenPop",
            json!({"interactionInfo": {"emailData": {"threadId": 5}}}),
            json!({"interactionInfo": {"emailData": {"threadId": 5, "threadIdRev": "5"}}}),
        ),
        // Both are given: neither is touched.
        (
            "engagementCenter.UpdateDisposition",
            json!({"id": "13", "idRev": "15"}),
            json!({"id": "13", "idRev": "15"}),
        ),
    ];
    let batch = cases.iter().map(|(name, given, _)| event(name, given)).collect();
    assert_all_accepted(&streaming.publish(batch).await, cases.len());
    for (heard, (name, given, completed)) in session.collect(cases.len()).await.iter().zip(&cases) {
        assert_eq!(&event_payload(heard), completed, "{name} {given}");
    }
}

#[tokio::test]
async fn the_twin_in_an_envelope_is_filled_in_too_where_the_envelope_has_one() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let usual = event("engagementCenter.Park", &json!({"userId": "u", "ehubSessionId": 14, "payload": {}}));
    let by_text = event("engagementCenter.ReassignEmailAck", &json!({"ehubSessionId": "14", "payload": {}}));
    streaming.publish(json!([usual, by_text])).await.ok();
    let heard = session.collect(2).await;
    assert_eq!(
        whole_payload(&heard[0]),
        json!({"userId": "u", "ehubSessionId": 14, "ehubSessionIdRev": "14", "payload": {}})
    );
    assert_eq!(whole_payload(&heard[1]), json!({"ehubSessionId": "14", "payload": {}}));
}

#[tokio::test]
async fn what_the_catalogue_does_not_know_passes_as_it_is() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let payload = json!({
        "color": {"red": [1, null, "x"], "2": 1.5},
        "interactionID": "of another spelling",
        "interactionInfo": {"more": [], "screenData": {"fax": 7}, "interactionData": [{"weight": 1}]},
    });
    streaming.publish(json!([event("engagementCenter.ScreenPop", &payload)])).await.ok();
    assert_eq!(event_payload(&session.collect(1).await[0]), payload);
}
