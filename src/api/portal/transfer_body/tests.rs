//! What a transfer's body may hold, at each bound and one past it.

use serde_json::json;

use super::*;
use crate::api::portal::fields::MAX_URL;
use crate::pipeline::FaultKind::{self, *};

fn created(body: &Value) -> Result<CommandSpec, Vec<(FaultKind, String)>> {
    transfer_in(body.as_object().unwrap()).map_err(named)
}

fn named(faults: Vec<Fault>) -> Vec<(FaultKind, String)> {
    faults.into_iter().map(|fault| (fault.kind, fault.property)).collect()
}

/// A body with what is required and one more member.
fn with(name: &str, value: Value) -> Value {
    let mut body = json!({"name": "n", "url": "https://a.example", "linkDescription": "go"});
    body[name] = value;
    body
}

fn transfer(spec: CommandSpec) -> Transfer {
    let Effect::Transfer(transfer) = spec.effect else { panic!("a transfer was read") };
    transfer
}

#[test]
fn a_transfer_mounts_at_once_and_has_no_description_unless_the_body_says_so() {
    let spec = created(&json!({"NAME": "n", "URL": "HTTP://a.example", "LinkDescription": "go"})).unwrap();
    assert_eq!((spec.name.as_str(), spec.description.as_str()), ("n", ""));
    let expected =
        Transfer { url: "HTTP://a.example".to_owned(), link_description: "go".to_owned(), mount_delay: 0 };
    assert_eq!(transfer(spec), expected);
}

#[test]
fn every_bound_of_a_transfer_is_good_and_one_past_it_is_told() {
    let wide = |length: usize| json!("ä".repeat(length));
    let url = |length: usize| json!(format!("https://a.example/{}", "x".repeat(length - 18)));
    for (name, good, bad, kind) in [
        ("name", wide(MAX_NAME), wide(MAX_NAME + 1), TooLong),
        ("description", wide(MAX_DESCRIPTION), wide(MAX_DESCRIPTION + 1), TooLong),
        ("linkDescription", wide(MAX_LINK_DESCRIPTION), wide(MAX_LINK_DESCRIPTION + 1), TooLong),
        ("url", url(MAX_URL), url(MAX_URL + 1), TooLong),
        ("mountDelay", json!(i32::MAX), json!(i64::from(i32::MAX) + 1), OutOfRange),
        ("mountDelay", json!(i32::MIN), json!(i64::from(i32::MIN) - 1), OutOfRange),
    ] {
        assert!(created(&with(name, good)).is_ok(), "{name}");
        assert_eq!(created(&with(name, bad)).unwrap_err(), [(kind, name.to_owned())]);
    }
}

#[test]
fn every_fault_of_a_transfer_is_told() {
    for (name, value, kind) in [
        ("name", json!(null), Missing),
        ("name", json!(" "), Missing),
        ("name", json!(5), WrongType),
        ("description", json!([]), WrongType),
        ("url", json!(null), Missing),
        ("url", json!(""), Missing),
        ("url", json!(5), WrongType),
        ("url", json!("a.example"), WrongType),
        ("url", json!("/page"), WrongType),
        ("url", json!("ftp://a.example"), WrongType),
        ("url", json!("javascript:alert(1)"), WrongType),
        ("url", json!("https://"), WrongType),
        ("url", json!("https://a.example/a b"), WrongType),
        ("linkDescription", json!(null), Missing),
        ("linkDescription", json!("\t"), Missing),
        ("linkDescription", json!({}), WrongType),
        ("mountDelay", json!("1000"), WrongType),
        ("mountDelay", json!(0.5), WrongType),
        ("mountDelay", json!(true), WrongType),
    ] {
        assert_eq!(created(&with(name, value.clone())).unwrap_err(), [(kind, name.to_owned())], "{value}");
    }
    let all = created(&json!({"description": 1, "mountDelay": "x"})).unwrap_err();
    assert_eq!(all.len(), 5, "all at once: {all:?}");
}

#[test]
fn an_update_changes_what_it_names_and_nothing_else() {
    let patch = |body: Value| transfer_patch(body.as_object().unwrap()).map_err(named);
    let EffectPatch::Transfer(empty) = patch(json!({})).unwrap().effect else {
        panic!("a transfer was read")
    };
    assert!(empty.url.is_none() && empty.link_description.is_none() && empty.mount_delay.is_none());
    let cleared = patch(json!({"description": ""})).unwrap();
    assert_eq!((cleared.name, cleared.description.as_deref()), (None, Some("")));
    for (body, kind, at) in [
        (json!({"name": ""}), Missing, "name"),
        (json!({"url": " "}), Missing, "url"),
        (json!({"url": "mailto:a@b"}), WrongType, "url"),
        (json!({"linkDescription": ""}), Missing, "linkDescription"),
    ] {
        assert_eq!(patch(body).unwrap_err(), [(kind, at.to_owned())]);
    }
}
