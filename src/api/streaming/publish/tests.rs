//! Events of a batch as producers send them, good and bad.

use axum::http::HeaderValue;
use proptest::prelude::*;

use super::*;
use crate::domain::ids::UserId;

fn entry(change: impl FnOnce(&mut Map<String, Value>)) -> Value {
    let mut entry = json!({"eventType": "engagementCenter.Idle", "payload": {"interactionId": 1030}});
    change(entry.as_object_mut().unwrap());
    entry
}

fn with(name: &str, value: Value) -> Value {
    entry(|object| drop(object.insert(name.to_owned(), value)))
}

#[track_caller]
fn refused(entry: Value) -> (String, Reason) {
    let fault = read_event(entry).unwrap_err();
    (fault.scope, fault.reason)
}

#[test]
fn an_event_is_for_a_user_a_team_or_everybody() {
    let addressee = |entry| read_event(entry).unwrap().addressee;
    assert_eq!(addressee(entry(|_| ())), Addressee::Organization);
    assert_eq!(addressee(with("userId", json!("ann"))), Addressee::User(UserId::from("ann")));
    assert_eq!(addressee(with("teamId", json!("day"))), Addressee::Team(TeamId::from("day")));
    let both = entry(|object| {
        object.insert("userId".to_owned(), json!("ann"));
        object.insert("teamId".to_owned(), json!("day"));
    });
    assert_eq!(refused(both), ("teamId".to_owned(), Reason::Conflict));
}

#[test]
fn an_event_carries_what_its_producer_said() {
    let event = read_event(with("correlationId", json!("c-1"))).unwrap();
    assert_eq!(event.payload.event_type().as_str(), "engagementCenter.Idle");
    assert_eq!(event.correlation_id.as_deref(), Some("c-1"));
    let members = Value::Object(event.payload.into_members());
    assert_eq!(members, json!({"interactionId": 1030, "interactionIdRev": "1030"}));
    assert_eq!(read_event(with("correlationId", Value::Null)).unwrap().correlation_id, None);
    assert!(read_event(with("color", json!("red"))).is_ok());
}

#[test]
fn whole_numbers_of_64_bits_pass_exactly_and_any_other_number_as_the_nearest_double() {
    for (given, passed) in [
        ("18446744073709551615", "18446744073709551615"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("18446744073709551616", "1.8446744073709552e+19"),
        ("12345678901234567890123", "1.2345678901234568e+22"),
        ("1.50", "1.5"),
        ("0.1000000000000000055", "0.1"),
    ] {
        let text = format!(r#"{{"eventType":"engagementCenter.Park","payload":{{"unknown":{given}}}}}"#);
        let event = read_event(serde_json::from_str(&text).unwrap()).unwrap();
        let members = Value::Object(event.payload.into_members()).to_string();
        assert_eq!(members, format!(r#"{{"unknown":{passed}}}"#));
    }
    let larger = r#"{"eventType":"engagementCenter.Idle","payload":{"interactionId":18446744073709551616}}"#;
    let scope = refused(serde_json::from_str(larger).unwrap()).0;
    assert_eq!(scope, "payload.interactionId", "an id is not rounded");
}

#[test]
fn a_bad_event_is_refused_at_its_field() {
    for (name, value, reason) in [
        ("eventType", json!(null), Reason::Required),
        ("eventType", json!(7), Reason::InvalidType),
        ("eventType", json!("engagementCenter.Nothing"), Reason::InvalidValue),
        ("eventType", json!("Idle"), Reason::InvalidValue),
        ("userId", json!(null), Reason::Required),
        ("teamId", json!(null), Reason::Required),
        ("userId", json!(7), Reason::InvalidType),
        ("userId", json!(""), Reason::OutOfRange),
        ("userId", json!("u".repeat(256)), Reason::OutOfRange),
        ("teamId", json!({}), Reason::InvalidType),
        ("correlationId", json!(7), Reason::InvalidType),
        ("correlationId", json!("c".repeat(256)), Reason::OutOfRange),
        ("payload", json!(null), Reason::Required),
        ("payload", json!("{}"), Reason::InvalidType),
        ("payload", json!([]), Reason::InvalidType),
    ] {
        assert_eq!(refused(with(name, value.clone())), (name.to_owned(), reason), "{value}");
    }
    let nobody = with("USERID", Value::Null);
    assert_eq!(refused(nobody), ("userId".to_owned(), Reason::Required), "in whatever case it came");
    for name in ["eventType", "payload"] {
        let missing = entry(|object| drop(object.remove(name)));
        assert_eq!(refused(missing), (name.to_owned(), Reason::Required));
    }
    for (payload, scope, reason) in [
        (json!({"interactionId": "x"}), "payload.interactionId", Reason::InvalidType),
        (
            json!({"userId": "u", "payload": {"interactionId": null}}),
            "payload.payload.interactionId",
            Reason::InvalidType,
        ),
    ] {
        assert_eq!(refused(with("payload", payload)), (scope.to_owned(), reason));
    }
    let of_type = |event_type: &str, payload| {
        entry(|object| {
            object.insert("eventType".to_owned(), event_type.into());
            object.insert("payload".to_owned(), payload);
        })
    };
    let nobody = of_type("messaging.EntityAdded", json!({"entityType": 9}));
    assert_eq!(refused(nobody), ("payload.entityType".to_owned(), Reason::InvalidValue));
    let many =
        of_type("engagementCenter.DispositionInitiated", json!({"interactionData": vec![json!({}); 21]}));
    assert_eq!(refused(many), ("payload.interactionData".to_owned(), Reason::OutOfRange));
    assert_eq!(refused(json!("event")), ("event".to_owned(), Reason::InvalidType));
}

#[test]
fn a_key_that_is_no_key_is_refused_and_none_is_none() {
    let mut headers = HeaderMap::new();
    assert_eq!(idempotency_key(&headers), Ok(None));
    headers.insert(KEY_HEADER, HeaderValue::from_static("k 1"));
    assert!(matches!(idempotency_key(&headers), Err(Refusal::Invalid(_))));
    headers.insert(KEY_HEADER, HeaderValue::from_static(""));
    assert!(matches!(idempotency_key(&headers), Err(Refusal::Invalid(_))));
    headers.insert(KEY_HEADER, HeaderValue::from_static("k1"));
    assert!(matches!(idempotency_key(&headers), Ok(Some(_))));
}

fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z]{0,3}".prop_map(Value::from),
        Just(json!("messaging.EntityList")),
        Just(json!([])),
        Just(json!({})),
    ]
}

proptest! {
    #[test]
    fn an_event_is_read_or_refused_at_a_field_that_it_may_have(
        members in prop::collection::vec(anything(), 5),
    ) {
        let names = ["eventType", "userId", "teamId", "correlationId", "payload"];
        let object: Map<_, _> = names.iter().map(|name| (*name).to_owned()).zip(members).collect();
        if let Err(fault) = read_event(Value::Object(object)) {
            prop_assert!(names.contains(&fault.scope.as_str()), "{:?}", fault);
        }
    }
}
