//! The shapes of version 3, read and written.

use std::collections::HashSet;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::api::streaming::body::BodyLimits;
use crate::broker::QueueLimits;
use crate::domain::clock::Millis;
use crate::domain::ids::{SessionId, TenantId, UserId};
use crate::domain::order::EventId;

fn body(text: impl Into<Body>) -> JsonBody {
    let request = Request::post("/").header(CONTENT_TYPE, "application/json").body(text.into()).unwrap();
    let limits = BodyLimits { bytes: 1 << 20, depth: 64, patience: Duration::from_secs(60) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(JsonBody::read(request, limits)).expect("the body is JSON")
}

fn session(value: &Value) -> Result<SessionIn, Vec<String>> {
    session_in(body(value.to_string())).map_err(|refusal| scopes(&refusal))
}

fn acknowledged(value: &Value) -> Result<AcknowledgeIn, Vec<String>> {
    AcknowledgeIn::read(value.to_string().into(), 64).map_err(|refusal| scopes(&refusal))
}

/// What the faults of a refusal are about.
fn scopes(refusal: &Refusal) -> Vec<String> {
    let Refusal::Invalid(faults) = refusal else { panic!("{refusal:?}") };
    for fault in faults {
        assert!(fault.message.starts_with(&fault.scope), "{fault:?}");
    }
    faults.iter().map(|fault| fault.scope.clone()).collect()
}

#[test]
fn a_session_asked_for_without_a_word_is_as_by_default() {
    let default = SessionIn {
        inactivity: Duration::from_secs(60),
        acknowledgement: Acknowledgement::NotRequired,
        user: None,
    };
    assert_eq!(session_in(body("")), Ok(default));
    assert_eq!(session(&json!({})), session_in(body("")).map_err(|_| unreachable!()));
}

#[test]
fn a_session_is_what_was_asked_for_and_other_members_are_ignored() {
    let asked = json!({"inactivityDelay": 600, "requireAcknowledgement": true, "userId": "ann", "color": []});
    let expected = SessionIn {
        inactivity: Duration::from_secs(600),
        acknowledgement: Acknowledgement::Required,
        user: Some(UserId::from("ann")),
    };
    assert_eq!(session(&asked), Ok(expected));
}

#[test]
fn every_fault_of_a_session_is_named() {
    let asked = json!({"inactivityDelay": "60", "requireAcknowledgement": 1, "userId": ""});
    assert_eq!(session(&asked).unwrap_err(), ["inactivityDelay", "requireAcknowledgement", "userId"]);
    for delay in [json!(59), json!(601), json!(-60), json!(60.5), json!(true), json!([60]), json!(u64::MAX)] {
        assert_eq!(session(&json!({"inactivityDelay": delay})).unwrap_err(), ["inactivityDelay"], "{delay}");
    }
    assert_eq!(session(&json!({"userId": "u".repeat(256)})).unwrap_err(), ["userId"]);
    assert!(session(&json!({"userId": "ü".repeat(255)})).is_ok());
    for no_object in [json!([]), json!("x"), json!(null), json!(1)] {
        assert_eq!(session(&no_object).unwrap_err(), ["body"], "{no_object}");
    }
}

#[test]
fn a_session_is_told_as_documented() {
    let id = SessionId::new();
    let spec = SessionSpec {
        id,
        tenant: TenantId::new(),
        user: UserId::from("ann"),
        format: FORMAT,
        inactivity: Duration::from_secs(90),
        acknowledgement: Acknowledgement::Required,
        created: Millis(482_196_050_525),
        limits: QueueLimits { events: 1, bytes: 1 },
    };
    assert_eq!(
        serde_json::to_value(SessionOut::of(&spec)).unwrap(),
        json!({"sessionId": id.to_string(), "creationTime": "1985-04-12T23:20:50.525Z", "inactivityDelay": 90,
            "requireAcknowledgement": true})
    );
}

#[test]
fn an_acknowledgement_answers_each_id_once_in_the_order_named() {
    let ids = ["7-0", "nonsense", "5-1", "7-0", "nonsense", "01-0"];
    let events: Vec<_> = ids.iter().map(|id| json!({"eventId": id, "more": 1})).collect();
    let named = acknowledged(&json!({"events": events})).unwrap();
    let (seven, five) = (EventId { ms: 7, n: 0 }, EventId { ms: 5, n: 1 });
    assert_eq!(named.ids(), [seven, five]);
    assert_eq!(
        serde_json::to_value(named.answer(&[five])).unwrap(),
        json!({"eventIdsAcknowledged": ["5-1"], "eventIdsNotFound": ["7-0", "nonsense", "01-0"]})
    );
}

#[test]
fn an_acknowledgement_reads_the_same_however_it_is_written() {
    let read = |text: &'static str| AcknowledgeIn::read(text.into(), 4).map_err(|refusal| scopes(&refusal));
    let plain = read(r#"{"events":[{"eventId":"7-0"}]}"#);
    assert_eq!(plain.as_ref().map(AcknowledgeIn::ids), Ok(vec![EventId { ms: 7, n: 0 }]));
    for same in [
        r#" { "more": {"a": null}, "events": [ {"eventId" : "7-0", "b": {"c": 1}} ] } "#,
        r#"{"events":[{"eventId":"\u0037-0"}]}"#,
        r#"{"events":[{"eventId":"9-0","eventId":"7-0"}]}"#,
        r#"{"events":[{"eventId":"7-0","list":[1,2]}],"[":"]"}"#,
    ] {
        assert_eq!(read(same), plain, "{same}");
    }
    for (other, scope) in [
        (r#"{"events":[["7-0"]]}"#, "events[0].eventId"),
        (r#"[[{"eventId":"7-0"}]]"#, "body"),
        (r#"["7-0"]"#, "body"),
        (r#"{"events":[{"eventId":"7-0","a":{"b":{"c":1}}}]}"#, "body"),
        (r#"{"events":[{"eventId":"7-0"}]} x"#, "body"),
        ("", "body"),
    ] {
        assert_eq!(read(other), Err(vec![scope.to_owned()]), "{other}");
    }
    let no_text = b"{\"a\":\"\xff\",\"events\":[{\"eventId\":\"7-0\"}]}";
    assert!(AcknowledgeIn::read(Bytes::from_static(no_text), 4).is_err());
}

#[test]
fn what_is_no_list_of_ids_is_refused_and_named() {
    for events in
        [json!(null), json!([]), json!({}), json!("7-0"), json!(vec![json!({"eventId": "7-0"}); 1001])]
    {
        assert_eq!(acknowledged(&json!({"events": events})).unwrap_err(), ["events"]);
    }
    assert_eq!(acknowledged(&json!({})).unwrap_err(), ["events"]);
    assert_eq!(acknowledged(&json!([])).unwrap_err(), ["body"]);
    let events = json!([{"eventId": "7-0"}, {"eventId": 7}, "7-0", {}]);
    let named = acknowledged(&json!({"events": events})).unwrap_err();
    assert_eq!(named, ["events[1].eventId", "events[2].eventId", "events[3].eventId"]);
    assert!(acknowledged(&json!({"events": vec![json!({"eventId": "7-0"}); 1000]})).is_ok());
}

proptest! {
    #[test]
    fn a_delay_is_taken_as_it_is_or_refused(seconds: i64) {
        for seconds in [seconds, seconds.rem_euclid(700)] {
            let asked = session(&json!({"inactivityDelay": seconds}));
            prop_assert_eq!(asked.is_ok(), (60..=600).contains(&seconds));
            if let Ok(asked) = asked {
                prop_assert_eq!(asked.inactivity.as_secs() as i64, seconds);
            }
        }
    }

    #[test]
    fn every_text_named_is_answered_exactly_once(
        texts in prop::collection::vec("[0-3]-[01]|[a-c]", 1..30),
        found in prop::collection::vec((0..4i64, 0..2u32), 0..8),
    ) {
        let events: Vec<_> = texts.iter().map(|id| json!({"eventId": id})).collect();
        let found: Vec<_> = found.into_iter().map(|(ms, n)| EventId { ms, n }).collect();
        let answer = acknowledged(&json!({"events": events})).unwrap().answer(&found);
        let mut answered = answer.event_ids_acknowledged.clone();
        answered.extend(answer.event_ids_not_found.clone());
        let unique: HashSet<_> = texts.iter().cloned().collect();
        prop_assert_eq!(answered.len(), unique.len());
        prop_assert_eq!(answered.into_iter().collect::<HashSet<_>>(), unique);
        prop_assert!(answer.event_ids_acknowledged.iter().all(|id| found.contains(&id.parse().unwrap())));
    }
}
