//! Publishing and the event catalogue: every documented event there and back, what is refused and at which field,
//! what is filled in, batches in part and repeated, and the documents that tell of it all.
//!
//! `fixtures/events.json` has every event of the streaming reference with its example payload, so that nothing can
//! get lost in the broker's own catalogue unnoticed.

mod teams;

use serde_json::{Map, Value, json};

use crate::harness::{Answer, Server, event_payload, event_types, interactions};

/// Every documented event with its example payload, in the order of their types.
fn documented() -> Map<String, Value> {
    let events: Map<_, _> = serde_json::from_str(include_str!("fixtures/events.json")).unwrap();
    assert_eq!(events.len(), 67, "58 of engagementCenter, 6 of messaging, 3 of outreach");
    events
}

fn event(event_type: &str, payload: &Value) -> Value {
    json!({"eventType": event_type, "userId": "u", "payload": payload})
}

/// What an event says, with its envelope.
fn whole_payload(event: &Value) -> Value {
    serde_json::from_str(event["payload"].as_str().unwrap()).unwrap()
}

/// The result for one event of a batch.
#[track_caller]
fn result(answer: &Answer, index: usize) -> Value {
    let result = answer.ok()["results"][index].clone();
    assert_eq!(result["index"], index, "{answer}");
    result
}

#[track_caller]
fn assert_all_accepted(answer: &Answer, count: usize) {
    let results = answer.ok()["results"].as_array().unwrap().clone();
    assert_eq!(results.len(), count, "{answer}");
    let refused: Vec<_> = results.iter().filter(|result| result["status"] != "accepted").collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

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
    assert_eq!(wrapped.len(), 64);
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
async fn good_events_of_a_batch_are_heard_in_their_order_when_others_break_their_definition() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let idle = |interaction: Value| event("engagementCenter.Idle", &json!({"interactionId": interaction}));
    let answer = streaming
        .publish(json!([idle(json!(1)), idle(json!("2")), idle(json!(3)), {}, idle(json!(4))]))
        .await;
    let statuses: Vec<_> = (0..5).map(|index| result(&answer, index)["status"].clone()).collect();
    assert_eq!(statuses, ["accepted", "rejected", "accepted", "rejected", "accepted"]);
    assert_eq!(result(&answer, 3)["field"], "eventType");
    assert_eq!(interactions(&session.collect(3).await), [1, 3, 4]);
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

#[tokio::test]
async fn the_catalogue_tells_every_documented_event_with_its_example() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let answer = streaming.get(&streaming.path("catalog")).await;
    let catalog = answer.ok();
    assert_eq!(catalog["totalItems"], 67);
    let events = catalog["events"].as_array().unwrap();
    let told: Vec<_> = events.iter().map(|event| (&event["eventType"], &event["example"])).collect();
    let documented = documented();
    assert_eq!(told.len(), documented.len());
    for ((event_type, example), (name, documented)) in told.into_iter().zip(&documented) {
        assert_eq!(event_type, name);
        assert_eq!(example, documented, "{name}");
    }
    for event in events {
        let category = event["eventType"].as_str().unwrap().split_once('.').unwrap().0.to_owned();
        assert_eq!(event["kind"], format!("via#{category}Event"));
        assert_eq!(event.get("envelope").is_none(), category == "outreach", "{event:#}");
        let third_party = event["eventType"].as_str().unwrap().replace("Center.", "CenterThirdParty.");
        let has_form = category == "engagementCenter" && !third_party.ends_with(".MultiTaskingStatus");
        let expected = if has_form { json!(third_party) } else { Value::Null };
        assert_eq!(event["thirdPartyEventType"], expected, "{event:#}");
        assert!(event["description"].as_str().is_some_and(|text| text.len() > 10), "{event:#}");
    }
    assert_eq!(streaming.get(&streaming.path("catalog")).await.text, answer.text, "the order stays");
}

#[tokio::test]
async fn the_catalogue_tells_types_values_twins_and_what_is_deprecated() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let catalog = streaming.get(&streaming.path("catalog")).await.ok();
    let field = |event_type: &str, path: &[&str]| {
        let events = catalog["events"].as_array().unwrap();
        let mut found = events.iter().find(|event| event["eventType"] == event_type).unwrap();
        for name in path {
            let fields = found["fields"].as_array().unwrap();
            found = fields.iter().find(|field| field["name"] == *name).unwrap();
        }
        found.clone()
    };
    assert_eq!(
        field("messaging.EntityList", &["entityType"])["values"],
        json!([
            {"value": 1, "name": "Agent"}, {"value": 2, "name": "Monitor"},
            {"value": 3, "name": "Customer"}, {"value": 4, "name": "System"},
        ])
    );
    let interaction = field("engagementCenter.Idle", &["interactionId"]);
    assert_eq!(interaction["type"], "integer");
    assert_eq!(interaction["deprecated"], true);
    assert_eq!(interaction["twin"], "interactionIdRev");
    let twin = field("engagementCenter.Idle", &["interactionIdRev"]);
    assert_eq!(twin["type"], "string");
    assert_eq!(twin["twin"], "interactionId");
    let fax = field("engagementCenter.ScreenPop", &["interactionInfo", "interactionData", "isMasked"]);
    assert_eq!(fax["type"], "boolean");
    let reason = field("engagementCenter.Error", &["failReason"]);
    assert_eq!(reason["otherValues"], true);
    assert_eq!(reason["values"][0], json!({"value": "General Failure", "number": 10}));
    assert_eq!(reason["values"].as_array().unwrap().len(), 169);
}

#[tokio::test]
async fn the_catalogue_is_for_listeners_of_the_organization() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let path = streaming.path("catalog");
    let answer = streaming.without_header("authorization").get(&path).await;
    assert_eq!((answer.status, answer.text.as_str()), (401, ""));
    let answer = streaming.without_header("x-api-key").get(&path).await;
    assert_eq!((answer.status, answer.text.as_str()), (401, ""));
    streaming.get("/via/v3/organizations/another/streaming/catalog").await.streaming_refused(404);
    streaming.post(&path, &json!({})).await.streaming_refused(405);
}

#[tokio::test]
async fn the_asyncapi_document_is_served_without_a_token_as_it_is_documented() {
    let server = Server::start().await;
    let answer = server.http().get("/asyncapi.json").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(
        answer.text == include_str!("../../docs/asyncapi.json"),
        "docs/asyncapi.json is another document"
    );
    let document = answer.ok();
    assert_eq!(document["asyncapi"], "3.0.0");
    for name in documented().keys() {
        for channel in ["events", "publish"] {
            assert!(document["channels"][channel]["messages"][name].is_object(), "{channel} {name}");
        }
        assert_eq!(document["components"]["messages"][name]["name"], *name);
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
}
