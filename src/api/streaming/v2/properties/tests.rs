//! Property lists as clients of version 2 send them.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::broker::Acknowledgement;

const DEPTH: usize = 4;

fn text(body: impl Into<Bytes>) -> Result<SessionIn, Vec<String>> {
    let parsed = JsonBody::parse(body.into(), DEPTH).and_then(|body| read(body, DEPTH));
    parsed.map_err(|refusal| {
        let Refusal::Invalid(faults) = refusal else { panic!("{refusal:?}") };
        faults.into_iter().map(|fault| fault.scope).collect()
    })
}

fn list(list: &Value) -> Result<SessionIn, Vec<String>> {
    text(list.to_string())
}

fn delay(value: Value) -> Result<u64, Vec<String>> {
    list(&json!([{"propertyName": "inactivityDelay", "propertyValue": value}]))
        .map(|asked| asked.inactivity.as_secs())
}

#[test]
fn without_a_word_everything_is_as_by_default() {
    for nothing in ["", " \n", "[]", r#""""#, r#""[]""#] {
        assert_eq!(text(nothing), Ok(SessionIn::default()), "{nothing}");
    }
}

#[test]
fn a_list_is_the_same_inside_a_string() {
    let properties = json!([
        {"propertyName": "inactivityDelay", "propertyValue": "300"},
        {"propertyName": "userId", "propertyValue": "ann"},
    ]);
    let asked = SessionIn {
        inactivity: Duration::from_secs(300),
        acknowledgement: Acknowledgement::NotRequired,
        user: Some(UserId::from("ann")),
    };
    assert_eq!(list(&properties).as_ref(), Ok(&asked));
    assert_eq!(list(&Value::from(properties.to_string())), Ok(asked));
    let twice = Value::from(Value::from(properties.to_string()).to_string());
    assert_eq!(list(&twice).unwrap_err(), ["body"]);
}

#[test]
fn properties_that_mean_nothing_here_are_passed_over() {
    let properties = json!([
        {"propertyName": "color", "propertyValue": {"any": ["thing"]}},
        {"propertyName": "requireAcknowledgement", "propertyValue": "true"},
        {"propertyName": "InactivityDelay", "propertyValue": "x"},
        {"propertyName": null, "propertyValue": 1},
        {"propertyName": "inactivityDelay"},
        {"propertyName": "userId", "propertyValue": null},
        {},
    ]);
    assert_eq!(list(&properties), Ok(SessionIn::default()));
}

#[test]
fn a_delay_is_a_text_or_a_number_within_its_bounds() {
    for (value, seconds) in [(json!("60"), 60), (json!(60), 60), (json!("600"), 600), (json!(600), 600)] {
        assert_eq!(delay(value), Ok(seconds));
    }
    for value in [
        json!("59"),
        json!(601),
        json!(-60),
        json!("-60"),
        json!(""),
        json!("300s"),
        json!(" 300"),
        json!("+300"),
        json!("60.0"),
        json!(60.5),
        json!(true),
        json!([300]),
        json!("9".repeat(40)),
    ] {
        assert_eq!(delay(value.clone()).unwrap_err(), ["[0].propertyValue"], "{value}");
    }
}

#[test]
fn every_fault_is_named_by_its_place() {
    let properties = json!([
        {"propertyName": "inactivityDelay", "propertyValue": "300"},
        "inactivityDelay",
        {"propertyName": 5, "propertyValue": "300"},
        {"propertyName": "inactivityDelay", "propertyValue": "10"},
        {"propertyName": "inactivityDelay", "propertyValue": "400"},
        {"propertyName": "userId", "propertyValue": ""},
        {"propertyName": "userId", "propertyValue": 7},
        {"propertyName": "userId", "propertyValue": "u".repeat(256)},
    ]);
    let expected = [
        "[1]",
        "[2].propertyName",
        "[3].propertyValue",
        "[4].propertyName",
        "[5].propertyValue",
        "[6].propertyValue",
        "[7].propertyValue",
    ];
    assert_eq!(list(&properties).unwrap_err(), expected);
    let longest = json!([{"propertyName": "userId", "propertyValue": "ü".repeat(255)}]);
    assert!(list(&longest).is_ok());
}

#[test]
fn a_list_has_at_most_100_properties() {
    let most = vec![json!({"propertyName": "color"}); 100];
    assert!(list(&Value::from(most.clone())).is_ok());
    let one_more = [most, vec![json!({})]].concat();
    assert_eq!(list(&Value::from(one_more)).unwrap_err(), ["body"]);
}

#[test]
fn what_is_no_list_is_refused() {
    for body in ["{}", "null", "1", "true", r#""x""#, r#""{}""#, r#""null""#, r#""[[[[[]]]]]""#] {
        assert_eq!(text(body).unwrap_err(), ["body"], "{body}");
    }
}

proptest! {
    #[test]
    fn a_delay_is_taken_as_it_is_or_refused(seconds in prop_oneof![any::<i64>(), 0..700i64]) {
        let expected = u64::try_from(seconds).ok().filter(|seconds| (60..=600).contains(seconds));
        prop_assert_eq!(delay(json!(seconds)).ok(), expected);
        prop_assert_eq!(delay(json!(seconds.to_string())).ok(), expected);
    }
}
