//! What a user's body may hold, at each bound and one past it.

use serde_json::json;

use super::*;
use crate::domain::directory::MAX_ID_CHARS;
use crate::pipeline::FaultKind::*;

fn created(body: &Value) -> Result<UserSpec, Vec<(FaultKind, String)>> {
    user_in(body.as_object().unwrap()).map_err(named)
}

fn named(faults: Vec<Fault>) -> Vec<(FaultKind, String)> {
    faults.into_iter().map(|fault| (fault.kind, fault.property)).collect()
}

/// A body with a name and one more member.
fn with(name: &str, value: Value) -> Value {
    let mut body = json!({"name": "Ada"});
    body[name] = value;
    body
}

fn texts(count: usize) -> Value {
    (0..count).map(|number| number.to_string()).collect()
}

#[test]
fn of_a_new_user_only_the_name_has_to_be_said() {
    let user = created(&json!({"name": "Ada"})).unwrap();
    assert_eq!((user.id, user.name.as_str(), user.email.as_str()), (None, "Ada", ""));
    assert_eq!((user.skills.len(), user.state), (0, UserState::Available));
}

#[test]
fn everything_of_a_new_user_can_be_said() {
    let body = json!({"USERID": "a d/a", "Name": "Ada", "email": "ada@mail.example",
        "skills": [" Returns", "orders", "RETURNS "], "state": "OffLine"});
    let user = created(&body).unwrap();
    assert_eq!(user.id, Some(UserId::from("a d/a")));
    assert_eq!(user.email, "ada@mail.example");
    assert_eq!(user.skills, ["Returns", "orders"], "each once, as it was written first");
    assert_eq!(user.state, UserState::Offline);
}

#[test]
fn every_bound_of_a_user_is_good_and_one_past_it_is_told() {
    let wide = |length: usize| "ä".repeat(length);
    let mail = |length: usize| format!("{}@b", wide(length - 2));
    for (name, good, bad, at) in [
        ("userId", json!(wide(MAX_ID_CHARS)), json!(wide(MAX_ID_CHARS + 1)), "userId"),
        ("name", json!(wide(MAX_NAME)), json!(wide(MAX_NAME + 1)), "name"),
        ("email", json!(mail(MAX_EMAIL)), json!(mail(MAX_EMAIL + 1)), "email"),
        ("skills", texts(MAX_SKILLS), texts(MAX_SKILLS + 1), "skills"),
        ("skills", json!(["a", wide(MAX_SKILL)]), json!(["a", wide(MAX_SKILL + 1)]), "skills[1]"),
    ] {
        assert!(created(&with(name, good)).is_ok(), "{name}");
        assert_eq!(created(&with(name, bad)).unwrap_err(), [(TooLong, at.to_owned())]);
    }
}

#[test]
fn every_fault_of_a_user_is_told() {
    for (name, value, kind, at) in [
        ("name", json!(" "), Missing, "name"),
        ("name", json!(null), Missing, "name"),
        ("name", json!(5), WrongType, "name"),
        ("userId", json!(5), WrongType, "userId"),
        ("userId", json!(""), Unsupported, "userId"),
        ("userId", json!(" a"), Unsupported, "userId"),
        ("userId", json!("a\n"), Unsupported, "userId"),
        ("userId", json!("a\u{0}b"), Unsupported, "userId"),
        ("userId", json!("*"), Unsupported, "userId"),
        ("userId", json!(".."), Unsupported, "userId"),
        ("email", json!([]), WrongType, "email"),
        ("email", json!("ada"), NotAnEmail, "email"),
        ("skills", json!("returns"), WrongType, "skills"),
        ("skills", json!(["a", 1]), WrongType, "skills[1]"),
        ("skills", json!([null]), WrongType, "skills[0]"),
        ("skills", json!(["a", " "]), Missing, "skills[1]"),
        ("state", json!(1), WrongType, "state"),
        ("state", json!("asleep"), Unsupported, "state"),
    ] {
        assert_eq!(created(&with(name, value.clone())).unwrap_err(), [(kind, at.to_owned())], "{value}");
    }
    let all = created(&json!({"userId": 1, "email": 1, "skills": 1, "state": 1})).unwrap_err();
    assert_eq!(all.len(), 5, "all at once: {all:?}");
}

#[test]
fn an_update_changes_what_it_names_and_nothing_else() {
    let id = UserId::from("ada");
    let patch = |body: Value| user_patch(body.as_object().unwrap(), &id).map_err(named);
    let empty = patch(json!({"userId": "ada"})).unwrap();
    assert!(empty.name.is_none() && empty.email.is_none() && empty.skills.is_none() && empty.state.is_none());
    let cleared = patch(json!({"email": "", "skills": []})).unwrap();
    assert_eq!((cleared.email.as_deref(), cleared.skills), (Some(""), Some(Vec::new())));
    for (body, fault) in [
        (json!({"userId": "bob"}), (Unsupported, "userId")),
        (json!({"userId": "ADA"}), (Unsupported, "userId")),
        (json!({"userId": 1}), (WrongType, "userId")),
        (json!({"name": ""}), (Missing, "name")),
    ] {
        assert_eq!(patch(body).unwrap_err(), [(fault.0, fault.1.to_owned())]);
    }
}
