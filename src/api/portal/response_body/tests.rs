//! What a response's body may hold, at each bound and one past it.

use serde_json::json;

use super::*;
use crate::pipeline::FaultKind::*;

fn created(body: &Value) -> Result<CommandSpec, Vec<(FaultKind, String)>> {
    response_in(body.as_object().unwrap()).map_err(by_property)
}

fn patch(body: &Value, present: ResponseType) -> Result<ResponsePatch, Vec<(FaultKind, String)>> {
    match response_patch(body.as_object().unwrap(), present).map_err(by_property)?.effect {
        EffectPatch::Response(patch) => Ok(patch),
        EffectPatch::Transfer(_) => panic!("a response was read"),
    }
}

fn by_property(faults: Vec<Fault>) -> Vec<(FaultKind, String)> {
    faults.into_iter().map(|fault| (fault.kind, fault.property)).collect()
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn payload() -> Value {
    json!({"type": "payload", "payloadType": "t", "payload": {}})
}

/// A body with what is required and one more member.
fn with(name: &str, value: Value) -> Value {
    let mut body =
        json!({"name": "n", "integrationTypeId": "agent", "type": "message", "responses": [text("x")]});
    body[name] = value;
    body
}

fn response(spec: CommandSpec) -> Response {
    let Effect::Response(response) = spec.effect else { panic!("a response was read") };
    response
}

fn maps(list: &[Value]) -> Vec<Map<String, Value>> {
    list.iter().map(|value| value.as_object().unwrap().clone()).collect()
}

#[test]
fn a_response_has_neither_category_nor_description_unless_the_body_says_so() {
    let spec = created(&with("integrationTypeId", json!("CUSTOMER"))).unwrap();
    assert_eq!((spec.name.as_str(), spec.description.as_str()), ("n", ""));
    let expected = Response {
        category: String::new(),
        party: ResponseParty::Customer,
        responses: Responses::Messages(maps(&[text("x")])),
    };
    assert_eq!(response(spec), expected);
}

#[test]
fn whom_it_is_for_is_said_by_name_or_number() {
    for (given, party) in [
        (json!("Agent"), ResponseParty::Agent),
        (json!(3), ResponseParty::Agent),
        (json!(2), ResponseParty::Customer),
    ] {
        let spec = created(&with("integrationTypeId", given)).unwrap();
        assert_eq!(response(spec).party, party);
    }
    let faults = created(&with("integrationTypeId", json!(4))).unwrap_err();
    assert_eq!(faults, [(Unsupported, "integrationTypeId".to_owned())]);
}

#[test]
fn what_is_said_is_kept_in_its_order_with_all_its_properties() {
    let more = json!({"type": "text", "text": "y", "channels": [{"type": "Webchat"}], "mood": "good"});
    let spec = created(&with("responses", json!([{"Type": "text", "TEXT": "x"}, more]))).unwrap();
    assert_eq!(response(spec).responses, Responses::Messages(maps(&[text("x"), more])));
    let mut events = with("responses", json!([payload()]));
    events["TYPE"] = json!("Event");
    events.as_object_mut().unwrap().remove("type");
    assert_eq!(response(created(&events).unwrap()).responses, Responses::Events(maps(&[payload()])));
}

#[test]
fn every_bound_of_a_response_is_good_and_one_past_it_is_told() {
    let wide = |length: usize| json!("ä".repeat(length));
    let many = |length: usize| json!(vec![text("x"); length]);
    for (name, good, bad) in [
        ("name", wide(MAX_NAME), wide(MAX_NAME + 1)),
        ("category", wide(MAX_CATEGORY), wide(MAX_CATEGORY + 1)),
        ("description", wide(MAX_DESCRIPTION), wide(MAX_DESCRIPTION + 1)),
        ("responses", many(MAX_RESPONSES), many(MAX_RESPONSES + 1)),
    ] {
        assert!(created(&with(name, good)).is_ok(), "{name}");
        assert_eq!(created(&with(name, bad)).unwrap_err(), [(TooLong, name.to_owned())]);
    }
}

#[test]
fn every_fault_of_a_response_is_told() {
    for (name, value, kind, at) in [
        ("name", json!(null), Missing, "name"),
        ("name", json!([]), WrongType, "name"),
        ("category", json!(5), WrongType, "category"),
        ("description", json!({}), WrongType, "description"),
        ("integrationTypeId", json!(null), Missing, "integrationTypeId"),
        ("integrationTypeId", json!(""), Missing, "integrationTypeId"),
        ("integrationTypeId", json!([]), WrongType, "integrationTypeId"),
        ("integrationTypeId", json!("bot"), Unsupported, "integrationTypeId"),
        ("type", json!(null), Missing, "type"),
        ("type", json!("text"), Unsupported, "type"),
        ("type", json!(1), WrongType, "type"),
        ("responses", json!(null), Missing, "responses"),
        ("responses", json!({}), WrongType, "responses"),
        ("responses", json!([]), EmptyList, "responses"),
        ("responses", json!(["x"]), WrongType, "responses[0]"),
        ("responses", json!([text("x"), {}]), Missing, "responses[1].type"),
        ("responses", json!([text("x"), text(" ")]), EmptyMessage, "responses[1].text"),
        ("responses", json!([{"type": "text", "text": 5}]), WrongType, "responses[0].text"),
        ("responses", json!([{"type": "text", "items": []}]), EmptyList, "responses[0].items"),
        ("responses", json!([{"type": "hologram"}]), Unsupported, "responses[0].type"),
        ("responses", json!([payload()]), Unsupported, "responses[0].type"),
    ] {
        assert_eq!(created(&with(name, value.clone())).unwrap_err(), [(kind, at.to_owned())], "{value}");
    }
    let all = created(&json!({"category": 1, "responses": []})).unwrap_err();
    assert_eq!(all.len(), 5, "all at once: {all:?}");
    let both = created(&with("responses", json!([text(""), text("x"), {}]))).unwrap_err();
    let expected = [(EmptyMessage, "responses[0].text"), (Missing, "responses[2].type")];
    assert_eq!(both, expected.map(|(kind, at)| (kind, at.to_owned())));
}

#[test]
fn events_are_checked_as_events() {
    for (value, kind, at) in [
        (text("x"), Unsupported, "responses[0].type"),
        (json!({"type": "payload", "payload": {}}), Missing, "responses[0].payloadType"),
        (json!({"type": "payload", "payloadType": "t"}), Missing, "responses[0].payload"),
    ] {
        let mut body = with("type", json!("event"));
        body["responses"] = json!([value]);
        assert_eq!(created(&body).unwrap_err(), [(kind, at.to_owned())]);
    }
}

#[test]
fn an_update_changes_what_it_names_and_nothing_else() {
    let empty = patch(&json!({}), ResponseType::Message).unwrap();
    assert!(empty.category.is_none() && empty.party.is_none() && empty.responses.is_none());
    let example = json!({"category": "Office contacts", "description": "Eva's Office Contact"});
    let changed = patch(&example, ResponseType::Message).unwrap();
    assert_eq!(changed.category.as_deref(), Some("Office contacts"));
    assert!(changed.party.is_none() && changed.responses.is_none());
    let same = patch(&json!({"type": "message"}), ResponseType::Message).unwrap();
    assert!(same.responses.is_none(), "the type that it has is no change");
}

#[test]
fn new_responses_are_of_the_present_type_unless_the_update_names_another() {
    let events = json!({"responses": [payload()]});
    let kept = patch(&events, ResponseType::Event).unwrap().responses;
    assert_eq!(kept, Some(Responses::Events(maps(&[payload()]))));
    let refused = patch(&events, ResponseType::Message).unwrap_err();
    assert_eq!(refused, [(Unsupported, "responses[0].type".to_owned())]);
    let both = json!({"type": "event", "responses": [payload()]});
    assert_eq!(patch(&both, ResponseType::Message).unwrap().responses, kept);
    let alone = patch(&json!({"type": "event"}), ResponseType::Message).unwrap_err();
    assert_eq!(alone, [(Missing, "responses".to_owned())]);
    let unknown = patch(&json!({"type": "text", "responses": [payload()]}), ResponseType::Event);
    assert_eq!(unknown.unwrap_err(), [(Unsupported, "type".to_owned())]);
}
