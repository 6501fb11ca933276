//! The catalogue that is built in, and payloads good and bad.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::source::{self, EventError, SourceError};
use super::*;

fn event(name: &str) -> EventType {
    EventType::find(name).unwrap_or_else(|| panic!("no {name}"))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("no object: {other}"),
    }
}

fn checked(name: &str, payload: Value) -> Result<Value, PayloadFault> {
    Payload::check(event(name), object(payload)).map(|payload| Value::Object(payload.into_members()))
}

#[track_caller]
fn accepted(name: &str, payload: Value) -> Value {
    checked(name, payload).unwrap_or_else(|fault| panic!("{name}: {fault}"))
}

#[track_caller]
fn refused(name: &str, payload: Value) -> String {
    checked(name, payload).unwrap_err().to_string()
}

/// A value for a field of the innermost of these names; a name that ends in `[]` is that of a list.
fn nested(names: &[String], value: Value) -> Value {
    names.iter().rev().fold(value, |value, name| match name.strip_suffix("[]") {
        Some(list) => json!({list: [value]}),
        None => json!({name: value}),
    })
}

/// Every field of an event with the names that lead to it, its own included.
fn all_fields(fields: &Fields, above: &[String]) -> Vec<(Vec<String>, Field)> {
    let with_inner = |field: &Field| {
        let path = |name: String| [above, &[name]].concat();
        let inner = if field.form == Form::List { format!("{}[]", field.name) } else { field.name.clone() };
        let mut all = vec![(path(field.name.clone()), field.clone())];
        all.extend(all_fields(&field.fields, &path(inner)));
        all
    };
    fields.iter().flat_map(with_inner).collect()
}

#[test]
fn every_type_is_found_by_its_name_and_belongs_to_the_category_that_it_names() {
    for one in EventType::all() {
        assert_eq!(EventType::find(one.as_str()), Some(one));
        let (category, _) = one.as_str().split_once('.').unwrap();
        assert_eq!(one.category().as_str(), category);
        assert_ne!(one.category(), Category::ChangeNotification, "{one:?}");
    }
}

#[test]
fn other_names_are_not_found() {
    for name in
        ["", "Idle", "engagementCenter.", "engagementCenter.idle", "chat.SendText", "changeNotification.user"]
    {
        assert_eq!(EventType::find(name), None, "{name}");
    }
}

#[test]
fn every_documented_example_is_accepted_and_left_as_it_is() {
    for one in EventType::all() {
        let example = &one.definition().example;
        assert_eq!(&accepted(one.as_str(), example.clone()), example, "{one:?}");
    }
}

#[test]
fn what_the_broker_raises_by_itself_is_published_by_nobody_and_keeps_to_its_definition() {
    for definition in raised() {
        let one = EventType::raised(&definition.name).unwrap();
        assert_eq!((one.as_str(), EventType::find(&definition.name)), (definition.name.as_str(), None));
        let checked = Payload::check(one, object(definition.example.clone())).unwrap();
        assert_eq!(Value::Object(checked.into_members()), definition.example);
    }
    assert_eq!(EventType::raised("engagementCenter.Idle"), None);
}

#[test]
fn every_example_shows_only_what_is_described() {
    fn look(shown: &Value, fields: &Fields, place: &str) {
        match shown {
            Value::Object(members) => {
                for (name, value) in members {
                    let field = fields.get(name).unwrap_or_else(|| panic!("{place} shows {name:?}"));
                    look(value, &field.fields, &format!("{place} {name}"));
                }
            }
            Value::Array(items) => items.iter().for_each(|item| look(item, fields, place)),
            _ => {}
        }
    }
    for one in EventType::all() {
        let Definition { envelope, fields, example, .. } = one.definition();
        let inside = if envelope.is_some() { &example["payload"] } else { example };
        look(inside, fields, one.as_str());
    }
}

#[test]
fn a_value_of_another_form_is_refused_at_the_path_of_its_field_in_every_event() {
    let wrong = [json!(null), json!(true), json!(1.5), json!("x"), json!({}), json!([])];
    for one in EventType::all() {
        for (names, field) in all_fields(&one.definition().fields, &[]) {
            let mut refusals = 0;
            for value in &wrong {
                if field.forms().any(|form| form.admits(value)) {
                    continue;
                }
                let fault = checked(one.as_str(), nested(&names, value.clone())).unwrap_err();
                assert_eq!(fault.path, names.join(".").replace("[]", "[0]"), "{one:?}");
                assert_eq!(fault.rule, Rule::Form(field.form, field.or), "{one:?} {}", fault.path);
                refusals += 1;
            }
            assert!(refusals >= 4, "{one:?} {names:?}");
        }
    }
}

#[test]
fn of_counted_values_each_is_accepted_and_no_other_one_is() {
    let mut counted = 0;
    for one in EventType::all() {
        for (names, field) in all_fields(&one.definition().fields, &[]) {
            let Values::Only(values) = &field.values else { continue };
            let value_of = |value: &NamedValue| match field.form {
                Form::Integer => json!(value.number.unwrap()),
                _ => json!(value.name.clone().unwrap()),
            };
            for value in values.iter() {
                accepted(one.as_str(), nested(&names, value_of(value)));
            }
            let other = if field.form == Form::Integer { json!(99) } else { json!("Other") };
            let fault = checked(one.as_str(), nested(&names, other)).unwrap_err();
            assert_eq!(fault.path, names.join("."));
            assert_eq!(fault.rule, Rule::OneOf(values.clone()));
            counted += 1;
        }
    }
    assert_eq!(counted, 29, "fields with counted values");
}

#[test]
fn a_fault_says_the_path_and_the_rule() {
    for (name, payload, said) in [
        ("engagementCenter.Idle", json!({"interactionId": "7"}), "interactionId must be a whole number"),
        (
            "engagementCenter.Idle",
            json!({"userId": "u", "payload": {"interactionId": 7.5}}),
            "payload.interactionId must be a whole number",
        ),
        (
            "engagementCenter.Idle",
            json!({"interactionIdRev": "seven"}),
            "interactionIdRev must be a whole number as a string or a whole number",
        ),
        ("engagementCenter.Idle", json!({"userId": 7, "payload": {}}), "userId must be a string"),
        (
            "messaging.EntityAdded",
            json!({"entityType": 9}),
            "entityType must be one of 1 (Agent), 2 (Monitor), 3 (Customer), 4 (System)",
        ),
        (
            "engagementCenter.ConsultInitiated",
            json!({"consultType": "user"}),
            "consultType must be one of User, External, Worktype",
        ),
        (
            "engagementCenter.ScreenPop",
            json!({"interactionInfo": {"interactionData": [{}, {"isMasked": "no"}]}}),
            "interactionInfo.interactionData[1].isMasked must be true or false",
        ),
        (
            "engagementCenter.AgentStatistics",
            json!({"agentStatistics": [{}, 7]}),
            "agentStatistics[1] must be an object",
        ),
        ("outreach.status", json!({"recordNumber": "10"}), "recordNumber must be a whole number"),
        (
            "engagementCenter.ConsultInitiated",
            json!({"interactionData": "none"}),
            "interactionData must be a list of objects or a blank string",
        ),
    ] {
        assert_eq!(refused(name, payload), said);
    }
}

#[test]
fn the_first_fault_in_the_order_of_the_members_is_told() {
    let payload = json!({"other": 1, "entityType": 9, "interactionId": "x"});
    assert!(refused("messaging.EntityAdded", payload).starts_with("entityType "));
}

#[test]
fn named_values_are_at_most_twenty() {
    let value = json!({"key": "k", "value": "v", "isMasked": false});
    let values = |count: usize| json!({"interactionData": vec![value.clone(); count]});
    for name in ["engagementCenter.ConsultInitiated", "engagementCenter.DispositionInitiated"] {
        accepted(name, values(20));
        assert_eq!(refused(name, values(21)), "interactionData must have at most 20 items");
    }
}

#[test]
fn of_twins_the_missing_one_is_filled_in_in_the_other_form() {
    for (name, given, filled) in [
        (
            "engagementCenter.Idle",
            json!({"interactionId": 7}),
            json!({"interactionId": 7, "interactionIdRev": "7"}),
        ),
        (
            "engagementCenter.Idle",
            json!({"interactionIdRev": "7"}),
            json!({"interactionIdRev": "7", "interactionId": 7}),
        ),
        // As the documented answer of a poll shows it.
        (
            "engagementCenter.Idle",
            json!({"interactionIdRev": 7}),
            json!({"interactionIdRev": 7, "interactionId": 7}),
        ),
        ("engagementCenter.NewWorkType", json!({"id": "15"}), json!({"id": "15", "idRev": 15})),
        ("engagementCenter.NewWorkType", json!({"idRev": 15}), json!({"idRev": 15, "id": "15"})),
        ("engagementCenter.NewWorkType", json!({"id": 15}), json!({"id": 15, "idRev": "15"})),
        (
            "engagementCenter.Error",
            json!({"worktypeId": "0"}),
            json!({"worktypeId": "0", "workTypeIdRev": 0}),
        ),
        (
            "engagementCenter.Error",
            json!({"workTypeIdRev": 0}),
            json!({"workTypeIdRev": 0, "worktypeId": "0"}),
        ),
        ("engagementCenter.UpdateDisposition", json!({"id": "13"}), json!({"id": "13", "idRev": "13"})),
        ("engagementCenter.UpdateDisposition", json!({"idRev": "13"}), json!({"idRev": "13", "id": 13})),
        (
            "engagementCenter.MultiTaskingStatus",
            json!({"ehubSessionId": 23}),
            json!({"ehubSessionId": 23, "ehubSessionIdRev": "23"}),
        ),
        (
            "engagementCenter.ScreenPop",
            json!({"interactionInfo": {"otherData": {"workTypeIdRev": "191"}}}),
            json!({"interactionInfo": {"otherData": {"workTypeIdRev": "191", "worktypeId": 191}}}),
        ),
        (
            "engagementCenter.Idle",
            json!({"userId": "u", "ehubSessionId": 14, "payload": {"interactionId": 7}}),
            json!({"userId": "u", "ehubSessionId": 14, "ehubSessionIdRev": "14",
                "payload": {"interactionId": 7, "interactionIdRev": "7"}}),
        ),
        (
            "engagementCenter.Idle",
            json!({"interactionId": -7}),
            json!({"interactionId": -7, "interactionIdRev": "-7"}),
        ),
        (
            "engagementCenter.Idle",
            json!({"interactionIdRev": u64::MAX.to_string()}),
            json!({"interactionIdRev": u64::MAX.to_string(), "interactionId": u64::MAX}),
        ),
    ] {
        assert_eq!(accepted(name, given), filled);
    }
}

#[test]
fn twins_that_are_both_given_stay_even_when_they_differ() {
    let payload = json!({"id": "13", "idRev": "15"});
    assert_eq!(accepted("engagementCenter.UpdateDisposition", payload.clone()), payload);
}

#[test]
fn every_pair_of_twins_of_every_event_is_filled_in_from_either_side() {
    let mut pairs = 0;
    for one in EventType::all() {
        for (names, field) in all_fields(&one.definition().fields, &[]) {
            let Some(twin) = &field.twin else { continue };
            let value = if field.form == Form::Integer { json!(7) } else { json!("7") };
            let mut filled = &accepted(one.as_str(), nested(&names, value));
            for name in &names[..names.len() - 1] {
                filled = &filled[name];
            }
            assert!(filled[twin] == 7 || filled[twin] == "7", "{one:?} {names:?}: {filled}");
            pairs += 1;
        }
    }
    assert_eq!(pairs, 2 * 53, "fields with a twin");
}

#[test]
fn what_is_not_described_is_left_as_it_is() {
    let payload = json!({
        "color": {"red": [1, null]}, "InteractionId": "other", "interactionId": 1, "interactionIdRev": "1",
    });
    assert_eq!(accepted("engagementCenter.Held", payload.clone()), payload);
    let flat = json!({"userId": 7, "payload": {"recordNumber": "other"}});
    assert_eq!(accepted("outreach.status", flat.clone()), flat);
}

#[test]
fn a_payload_is_wrapped_when_it_says_whose_it_is_and_has_an_inside() {
    let wrapping = |name: &str, payload| Payload::check(event(name), object(payload)).unwrap().wrapping();
    let idle = "engagementCenter.Idle";
    assert_eq!(wrapping(idle, json!({"userId": "u", "payload": {}})), Wrapping::Done);
    assert_eq!(wrapping(idle, json!({"ehubSessionId": 14, "payload": {}})), Wrapping::Done);
    assert_eq!(wrapping(idle, json!({})), Wrapping::Missing);
    assert_eq!(wrapping(idle, json!({"interactionId": 1, "payload": {}})), Wrapping::Missing);
    assert_eq!(wrapping(idle, json!({"userId": "u", "payload": "{}"})), Wrapping::Missing);
    assert_eq!(wrapping("engagementCenter.ConnectConfirm", json!({"userId": "u"})), Wrapping::Missing);
    assert_eq!(wrapping("outreach.status", json!({})), Wrapping::Done);
}

#[test]
fn both_spellings_of_a_name_with_blanks_are_checked() {
    let name = "outreach.automationScriptStatus";
    accepted(name, json!({"automationScriptId": 915, "scriptName": "a"}));
    assert!(refused(name, json!({"automationScriptId": "x"})).starts_with("automationScriptId must"));
    assert!(refused(name, json!({" automationScriptId ": "x"})).starts_with(" automationScriptId  must"));
    assert!(refused(name, json!({"scriptName ": 1})).starts_with("scriptName  must"));
}

/// Values of every form, good and bad, and objects of fields by their own names and by others.
fn values_of(fields: &Fields) -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2..40_i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "-?[0-9]{0,3}".prop_map(Value::from),
        "[ a-z]{0,3}".prop_map(Value::from),
    ];
    if fields.is_empty() {
        return leaf.boxed();
    }
    let members: Vec<_> = fields
        .iter()
        .map(|field| (Just(field.name.clone()), prop::option::weighted(0.3, values_of(&field.fields))))
        .collect();
    let unknown = prop::option::of(leaf.clone()).prop_map(|value| ("unknown".to_owned(), value));
    let object = (members, unknown).prop_map(|(members, unknown)| {
        let given = members.into_iter().chain([unknown]).filter_map(|(name, value)| Some((name, value?)));
        Value::Object(given.collect())
    });
    let list = prop::collection::vec(object.clone(), 0..3).prop_map(Value::from);
    prop_oneof![6 => object, 2 => list, 1 => leaf].boxed()
}

fn payloads() -> impl Strategy<Value = (EventType, Map<String, Value>)> {
    let any_type = prop::sample::select(EventType::all().collect::<Vec<_>>());
    any_type.prop_flat_map(|event_type| {
        let objects = values_of(&event_type.definition().fields)
            .prop_map(|value| if let Value::Object(object) = value { object } else { Map::new() });
        (Just(event_type), objects)
    })
}

/// Whether everything of the first is in the second as it was.
fn is_within(given: &Value, completed: &Value) -> bool {
    match (given, completed) {
        (Value::Object(given), Value::Object(completed)) => {
            given.iter().all(|(name, value)| completed.get(name).is_some_and(|other| is_within(value, other)))
        }
        (Value::Array(given), Value::Array(completed)) => {
            given.len() == completed.len()
                && given.iter().zip(completed).all(|(one, other)| is_within(one, other))
        }
        (given, completed) => given == completed,
    }
}

proptest! {
    #[test]
    fn a_payload_is_refused_at_something_that_it_holds_or_keeps_all_that_it_held(
        (event_type, given) in payloads(),
    ) {
        match Payload::check(event_type, given.clone()) {
            Ok(checked) => {
                let completed = checked.clone().into_members();
                prop_assert!(is_within(&Value::Object(given), &Value::Object(completed.clone())));
                let again = Payload::check(event_type, completed);
                prop_assert_eq!(again, Ok(checked), "there is nothing left to fill in");
            }
            Err(fault) => {
                let pointer = fault.path.replace("].", "/").replace(['.', '[', ']'], "/");
                let pointer = format!("/{}", pointer.trim_end_matches('/'));
                prop_assert!(Value::Object(given).pointer(&pointer).is_some(), "{}", fault);
            }
        }
    }
}

/// One event with these fields, beside an envelope without any.
fn source_with(event_type: &str, fields: &str) -> String {
    format!(
        "[envelopes.user]\nfields = []\n[[event]]\ntype = \"{event_type}\"\nabout = \"\"\n\
         fields = [{fields}]\nexample = '{{}}'\n"
    )
}

#[test]
fn a_broken_source_is_told_of() {
    let error = |event_type, fields| match source::read(&source_with(event_type, fields), "v = [1]") {
        Err(SourceError::Event(_, error)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let idle = "engagementCenter.Idle";
    assert_eq!(error("Idle", ""), EventError::NoCategory.to_string());
    let of_outreach = source_with("outreach.status", "").replace("about =", "third_party = true\nabout =");
    let told = source::read(&of_outreach, "");
    assert!(matches!(told, Err(SourceError::Event(_, EventError::NoThirdParty))), "{told:?}");
    let unknown_values = r#"{ path = "a", type = "text", values = "w", about = "" }"#;
    assert_eq!(error(idle, unknown_values), r#"there are no values "w""#);
    let orphan = r#"{ path = "a.b", type = "text", about = "" }"#;
    assert_eq!(error(idle, orphan), r#""a.b" stands in no object or list"#);
    let in_text = r#"{ path = "a", type = "text", about = "" }, { path = "a.b", type = "text", about = "" }"#;
    assert_eq!(error(idle, in_text), r#""a.b" stands in no object or list"#);
    let twice = r#"{ path = "a", type = "text", about = "" }, { path = "a", type = "text", about = "" }"#;
    assert_eq!(error(idle, twice), r#"two fields are spelled "a""#);
    let own_twin = r#"{ path = "a", type = "integer", rev = "a", about = "" }"#;
    assert_eq!(error(idle, own_twin), r#"two fields are spelled "a""#);
}

#[test]
fn the_source_reads_as_toml_1_0_too_where_inline_tables_have_one_line() {
    for line in source::EVENTS.lines().filter(|line| line.trim_start().starts_with("{ path")) {
        assert!(line.ends_with("},"), "{line}");
    }
}

#[test]
fn a_source_that_does_not_read_or_is_out_of_order_is_told_of() {
    let good =
        source_with("engagementCenter.Idle", r#"{ path = "a", type = "integer", values = "v", about = "" }"#);
    assert_eq!(source::read(&good, "v = [1]").unwrap().events.len(), 1);
    assert!(matches!(source::read("event = 1", ""), Err(SourceError::Syntax(_))));
    let unknown_key =
        source_with("engagementCenter.Idle", r#"{ path = "a", type = "text", color = 1, about = "" }"#);
    assert!(matches!(source::read(&unknown_key, ""), Err(SourceError::Syntax(_))));
    let twice = format!(
        "{good}{}",
        good.split_once("[[event]]").map(|(_, event)| format!("[[event]]{event}")).unwrap()
    );
    assert!(matches!(source::read(&twice, "v = [1]"), Err(SourceError::OutOfOrder(..))));
    let no_envelope = good.replace("[envelopes.user]", "[envelopes.other]");
    assert!(matches!(
        source::read(&no_envelope, "v = [1]"),
        Err(SourceError::Event(_, EventError::NoEnvelope(_)))
    ));
    let no_example = good.replace("'{}'", "'{'");
    assert!(matches!(
        source::read(&no_example, "v = [1]"),
        Err(SourceError::Event(_, EventError::Example(_)))
    ));
}
