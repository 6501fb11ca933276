//! Subscriptions as clients ask for them, good and bad.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// The most users or teams here.
const MOST: usize = 3;

fn read(body: &Value) -> Result<SubscriptionIn, Vec<String>> {
    let parsed = JsonBody::parse(body.to_string().into(), 64);
    parsed.and_then(|body| SubscriptionIn::read(body, MOST)).map_err(|refusal| {
        let Refusal::Invalid(faults) = refusal else { panic!("{refusal:?}") };
        for fault in &faults {
            assert!(fault.message.starts_with(&fault.scope), "{fault:?}");
        }
        faults.into_iter().map(|fault| fault.scope).collect()
    })
}

/// A subscription to `events` of a catalog and of `resources`.
fn body(catalog: &str, events: Value, resources: Value) -> Value {
    json!({"filterCriteria": {"catalogType": catalog, "catalogTypeEvents": events, "resources": resources}})
}

fn read_filter(catalog: &str, events: Value, resources: Value) -> Result<Filter, Vec<String>> {
    read(&body(catalog, events, resources)).map(|asked| asked.filter)
}

/// A filter for events of users.
fn of_users(ids: Value) -> Result<Resources, Vec<String>> {
    let resources = json!({"resourceType": "users", "resourceIds": ids});
    read_filter("engagementCenterThirdParty", json!(["all"]), resources)
        .map(|filter| filter.resources().clone())
}

fn users(ids: &[&str]) -> Resources {
    Resources::Users(Ids::Listed(ids.iter().map(|id| UserId::from(*id)).collect()))
}

fn events(catalog: &str, events: Value) -> Result<Vec<&'static str>, Vec<String>> {
    let filter = read_filter(catalog, events, json!({"resourceType": "*"}))?;
    Ok(match filter.events() {
        Events::All => vec!["all"],
        Events::Named(named) => named.iter().map(|event| event.name()).collect(),
    })
}

#[test]
fn the_documented_example_is_read_as_it_stands() {
    let asked = read(&json!({
        "description": "Filter for users engagement center third party events",
        "filterCriteria": {
            "catalogType": "engagementCenterThirdParty",
            "catalogTypeEvents": ["ScreenPop", "Idle", "NotReady"],
            "resources": {"resourceType": "users", "resourceIds": ["ef3084eba0ea470", "2d890d0d2a6ac46"]},
        },
        "more": {"is": "ignored"},
    }))
    .unwrap();
    assert_eq!(asked.description, "Filter for users engagement center third party events");
    assert_eq!(asked.filter.group(), WatchedGroup::EngagementCenterThirdParty);
    assert_eq!(asked.filter.resources(), &users(&["ef3084eba0ea470", "2d890d0d2a6ac46"]));
}

#[test]
fn a_description_may_be_missing_and_has_at_most_1024_characters() {
    let described = |description: Value| {
        let mut body = body("changeNotification", json!(["all"]), json!({"resourceType": "*"}));
        body["description"] = description;
        read(&body).map(|asked| asked.description)
    };
    assert_eq!(described(json!(null)), Ok(String::new()));
    assert_eq!(described(json!("")), Ok(String::new()));
    assert_eq!(described(json!("ü".repeat(1024))), Ok("ü".repeat(1024)));
    assert_eq!(described(json!("ü".repeat(1025))).unwrap_err(), ["description"]);
    assert_eq!(described(json!(7)).unwrap_err(), ["description"]);
}

#[test]
fn events_are_named_one_by_one_or_all_at_once() {
    let third_party = "engagementCenterThirdParty";
    assert_eq!(events(third_party, json!(["Wrap", "Idle", "Wrap"])), Ok(vec!["Wrap", "Idle"]));
    assert_eq!(events(third_party, json!(["Wrap", "all"])), Ok(vec!["all"]));
    assert_eq!(events("changeNotification", json!(["team", "user"])), Ok(vec!["team", "user"]));
    let path = |place: usize| format!("filterCriteria.catalogTypeEvents[{place}]");
    for name in ["idle", "user", "engagementCenter.Idle", "MultiTaskingStatus", "All", "*", ""] {
        assert_eq!(events(third_party, json!(["Wrap", name])), Err(vec![path(1)]), "{name}");
    }
    assert_eq!(events("changeNotification", json!(["Idle", "user", 5])), Err(vec![path(0), path(2)]));
}

#[test]
fn a_filter_names_1_to_100_events() {
    let whole = ["filterCriteria.catalogTypeEvents".to_owned()];
    let names = |count: usize| json!(vec!["user"; count]);
    assert!(events("changeNotification", names(100)).is_ok());
    for no_list in [names(101), json!([]), json!(null), json!("all"), json!({})] {
        assert_eq!(events("changeNotification", no_list).unwrap_err(), whole);
    }
}

#[test]
fn ids_are_a_list_or_one_text_and_none_means_all() {
    assert_eq!(of_users(json!(["b", "a", "b"])), Ok(users(&["b", "a"])));
    assert_eq!(of_users(json!("2d890d0d2a6ac46")), Ok(users(&["2d890d0d2a6ac46"])));
    for all in [json!([]), json!(["*"]), json!("*"), json!(["a", "*"])] {
        assert_eq!(of_users(all), Ok(Resources::Users(Ids::All)));
    }
}

#[test]
fn ids_are_bounded_in_number_and_length() {
    assert_eq!(of_users(json!(["a", "b", "c"])), Ok(users(&["a", "b", "c"])));
    let whole = ["filterCriteria.resources.resourceIds".to_owned()];
    for no_list in [json!(["a", "b", "c", "d"]), json!(null), json!(5), json!({"0": "a"})] {
        assert_eq!(of_users(no_list).unwrap_err(), whole);
    }
    let longest = "ü".repeat(255);
    assert_eq!(of_users(json!([longest])), Ok(users(&[&longest])));
    let path = |place: usize| format!("filterCriteria.resources.resourceIds[{place}]");
    assert_eq!(of_users(json!(["", "a", "ü".repeat(256)])), Err(vec![path(0), path(2)]));
    assert_eq!(of_users(json!([null, 5])), Err(vec![path(0), path(1)]));
    assert_eq!(of_users(json!("")), Err(vec![path(0)]));
}

#[test]
fn each_catalog_has_its_kinds_of_resources() {
    let kind = |catalog: &str, kind: Value, ids: Value| {
        let resources = json!({"resourceType": kind, "resourceIds": ids});
        read_filter(catalog, json!(["all"]), resources).map(|filter| filter.resources().clone())
    };
    let teams = Resources::Teams(Ids::Listed(vec![TeamId::from("sales")]));
    assert_eq!(kind("changeNotification", json!("teams"), json!(["sales"])), Ok(teams));
    assert_eq!(kind("changeNotification", json!("users"), json!(["ann"])), Ok(users(&["ann"])));
    for catalog in ["changeNotification", "engagementCenterThirdParty"] {
        for skipped in [json!(null), json!([]), json!(["", 5]), json!(7)] {
            assert_eq!(kind(catalog, json!("*"), skipped), Ok(Resources::Any));
        }
        for wrong in [json!("user"), json!("Users"), json!(""), json!(null), json!(1)] {
            let path = "filterCriteria.resources.resourceType";
            assert_eq!(kind(catalog, wrong, json!([])).unwrap_err(), [path]);
        }
    }
    let refused = kind("engagementCenterThirdParty", json!("teams"), json!(["sales"]));
    assert_eq!(refused.unwrap_err(), ["filterCriteria.resources.resourceType"]);
}

#[test]
fn every_fault_is_told_at_once() {
    let asked = json!({
        "description": 1,
        "filterCriteria": {
            "catalogType": "engagementCenter",
            "catalogTypeEvents": ["whatever", 1],
            "resources": {"resourceType": "queues", "resourceIds": [""]},
        },
    });
    let expected = [
        "description",
        "filterCriteria.catalogType",
        "filterCriteria.catalogTypeEvents[1]",
        "filterCriteria.resources.resourceType",
        "filterCriteria.resources.resourceIds[0]",
    ];
    assert_eq!(read(&asked).unwrap_err(), expected);
    let nothing =
        ["filterCriteria.catalogType", "filterCriteria.catalogTypeEvents", "filterCriteria.resources"];
    assert_eq!(read(&json!({"filterCriteria": {}})).unwrap_err(), nothing);
    for body in [json!({}), json!({"filterCriteria": null}), json!({"filterCriteria": "x"})] {
        assert_eq!(read(&body).unwrap_err(), ["filterCriteria"]);
    }
}

#[test]
fn a_body_has_to_be_there_and_an_object() {
    for (body, reason) in [("", Reason::Required), ("[]", Reason::InvalidType), ("null", Reason::InvalidType)]
    {
        let read = JsonBody::parse(body.into(), 64).and_then(|body| SubscriptionIn::read(body, MOST));
        let Err(Refusal::Invalid(faults)) = read else { panic!("{body:?} is accepted") };
        assert_eq!((faults[0].scope.as_str(), faults[0].reason), ("body", reason));
    }
}

fn json_values() -> impl Strategy<Value = Value> {
    let words = [
        "all",
        "*",
        "users",
        "teams",
        "Idle",
        "user",
        "engagementCenterThirdParty",
        "changeNotification",
        "",
    ];
    let leaf = prop_oneof![
        prop::sample::select(words.to_vec()).prop_map(Value::from),
        Just(json!(1)),
        Just(Value::Null)
    ];
    leaf.prop_recursive(2, 8, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Value::from))
}

proptest! {
    #[test]
    fn a_filter_is_read_or_refused_at_a_member_that_it_may_have(
        catalog in json_values(), events in json_values(), kind in json_values(), ids in json_values(),
    ) {
        let resources = json!({"resourceType": kind, "resourceIds": ids});
        let criteria = json!({"catalogType": catalog, "catalogTypeEvents": events, "resources": resources});
        if let Err(scopes) = read(&json!({"filterCriteria": criteria})) {
            prop_assert!(!scopes.is_empty());
            for scope in scopes {
                let bare = scope.trim_end_matches(|c: char| c == ']' || c == '[' || c.is_ascii_digit());
                let known = ["catalogType", "catalogTypeEvents", "resources.resourceType", "resources.resourceIds"];
                let inner = bare.strip_prefix("filterCriteria.");
                prop_assert!(inner.is_some_and(|inner| known.contains(&inner)), "{}", scope);
            }
        }
    }
}
