//! Every type of message: what is good, what is told of what is not, and how what was good reads.

use serde_json::{Value, json};

use super::*;
use crate::domain::message::{Kind, Need};

fn checked(message: &Value) -> Result<Value, Vec<(FaultKind, String)>> {
    checked_message(message.as_object().unwrap(), "message")
        .map(Value::Object)
        .map_err(|faults| faults.into_iter().map(|fault| (fault.kind, fault.property)).collect())
}

/// What each message needs at least.
fn least() -> Vec<Value> {
    vec![
        json!({"type": "text", "text": "x"}),
        json!({"type": "text", "items": [{"type": "image", "url": "u"}]}),
        json!({"type": "text", "actions": [{"type": "link", "title": "t", "url": "u"}]}),
        json!({"type": "youtube", "url": "u"}),
        json!({"type": "vimeo", "url": "u"}),
        json!({"type": "video", "url": "u"}),
        json!({"type": "audio", "url": "u"}),
        json!({"type": "image", "url": "u"}),
        json!({"type": "attachment", "label": "l", "mimeType": "pdf", "url": "u"}),
        json!({"type": "location", "address": "a"}),
        json!({"type": "location", "latitude": 43.6, "longitude": -79}),
        json!({"type": "contact", "title": "t"}),
        json!({"type": "card", "urlType": "image", "url": "u"}),
        json!({"type": "card", "content": "c"}),
        json!({"type": "carousel", "items": [{"type": "image", "url": "u"}]}),
        json!({"type": "carousel", "items": [{"urlType": "image", "url": "u"}]}),
        json!({"type": "list", "items": [{"title": "t"}]}),
    ]
}

#[test]
fn every_type_is_taken_with_the_least_that_it_needs() {
    for message in least() {
        assert_eq!(checked(&message), Ok(message.clone()));
    }
}

#[test]
fn each_required_property_is_missed_where_it_is_absent_null_or_blank() {
    for message in least() {
        let kind = MessageType::from_name(message["type"].as_str().unwrap()).unwrap();
        let needed = kind.shape().properties.iter().filter(|property| property.need == Need::Required);
        for name in needed.map(|property| property.name) {
            let mut without = message.clone();
            without.as_object_mut().unwrap().remove(name);
            let mut null = message.clone();
            null[name] = Value::Null;
            let expected = [(FaultKind::Missing, format!("message.{name}"))];
            for bad in [without, null] {
                assert_eq!(checked(&bad).unwrap_err(), expected, "{bad}");
            }
            if message[name].is_string() {
                let mut blank = message.clone();
                blank[name] = " ".into();
                assert_eq!(checked(&blank).unwrap_err(), expected, "{blank}");
            }
        }
    }
}

#[test]
fn each_known_property_is_refused_where_it_is_of_a_wrong_type() {
    for message in least() {
        let kind = MessageType::from_name(message["type"].as_str().unwrap()).unwrap();
        for property in kind.shape().properties {
            let fault = match property.kind {
                Kind::Any => continue,
                Kind::Degrees(_) => FaultKind::NotADecimal,
                _ => FaultKind::WrongType,
            };
            let mut bad = message.clone();
            bad[property.name] = json!({});
            let told = checked(&bad).unwrap_err();
            assert!(told.contains(&(fault, format!("message.{}", property.name))), "{bad}: {told:?}");
        }
    }
}

#[test]
fn names_and_words_are_written_as_the_platform_spells_them_at_every_depth() {
    let said = json!({
        "TYPE": "Text",
        "Items": [{"Type": "CARD", "URLTYPE": "Image", "Url": "u", "Mood": {"Type": "As It Came"},
            "Actions": [{"type": "LINK", "Title": "t", "URL": "u"}]}],
        "Own": {"Type": "As It Came"},
        "aCtions": [{"TYPE": "Reply", "title": "t", "PAYLOAD": {"Own": "Names"}, "ISDEFAULT": true,
            "channels": [{"Type": "Webchat", "METADATA": [{"KEY": "type", "Value": "primary"}]}]}],
    });
    let written = json!({
        "type": "text",
        "items": [{"type": "card", "urlType": "image", "url": "u", "Mood": {"Type": "As It Came"},
            "actions": [{"type": "link", "title": "t", "url": "u"}]}],
        "Own": {"Type": "As It Came"},
        "actions": [{"type": "reply", "title": "t", "payload": {"Own": "Names"}, "isDefault": true,
            "channels": [{"type": "Webchat", "metadata": [{"key": "type", "value": "primary"}]}]}],
    });
    assert_eq!(checked(&said), Ok(written.clone()));
    assert_eq!(checked(&written), Ok(written), "what was checked is checked already");
}

#[test]
fn unknown_properties_stay_at_every_depth() {
    let message = json!({"type": "list", "own": [1], "items": [{"title": "t", "own": {"type": 5}}],
        "actions": [{"type": "postback", "title": "t", "payload": "p", "own": null}]});
    assert_eq!(checked(&message), Ok(message.clone()));
}

#[test]
fn of_several_spellings_the_platforms_own_is_kept_and_else_the_first() {
    let message = json!({"TYPE": "image", "type": "text", "Text": "first", "TEXT": "second"});
    assert_eq!(checked(&message), Ok(json!({"type": "text", "text": "first"})));
}

#[test]
fn coordinates_are_numbers_or_texts_that_are_numbers() {
    let place = |latitude: Value, longitude: Value| {
        checked(&json!({"type": "location", "latitude": latitude, "longitude": longitude}))
    };
    let toronto = json!({"type": "location", "latitude": 43.65, "longitude": -79.38});
    assert_eq!(place(json!(" 43.65 "), json!("-79.38")), Ok(toronto));
    for edge in [json!(90), json!(-90.0), json!("90")] {
        assert!(place(edge, json!(-180)).is_ok());
    }
    for bad in [json!("north"), json!(""), json!("NaN"), json!("inf"), json!(true), json!([43])] {
        let told = place(bad.clone(), json!(180)).unwrap_err();
        assert_eq!(told, [(FaultKind::NotADecimal, "message.latitude".to_owned())], "{bad}");
    }
    let told = place(json!(90.1), json!("-180.1")).unwrap_err();
    let expected = ["message.latitude", "message.longitude"].map(|at| (FaultKind::OutOfRange, at.to_owned()));
    assert_eq!(told, expected);
}

#[test]
fn empty_lists_are_good_where_something_else_speaks() {
    for message in [
        json!({"type": "text", "text": "x", "items": [], "actions": []}),
        json!({"type": "text", "items": [], "actions": [{"type": "link", "title": "t", "url": "u"}]}),
        json!({"type": "list", "items": [{"title": "t"}], "actions": []}),
        json!({"type": "contact", "title": "t", "properties": [], "channels": []}),
    ] {
        assert_eq!(checked(&message), Ok(message.clone()));
    }
}

#[test]
fn each_fault_of_a_message_is_told_where_it_is() {
    use FaultKind::*;
    let item = |item: Value| json!({"type": "text", "items": [item]});
    let shown = |item: Value| json!({"type": "carousel", "items": [{"title": "t"}, item]});
    let action = |action: Value| json!({"type": "text", "actions": [action]});
    for (message, expected) in [
        (json!({"type": "command", "title": "t"}), vec![(Unsupported, "message.type")]),
        (json!({"type": "hologram"}), vec![(Unsupported, "message.type")]),
        (json!({"type": "text"}), vec![(EmptyMessage, "message.text")]),
        (json!({"type": "text", "text": " ", "items": []}), vec![(EmptyList, "message.items")]),
        (
            json!({"type": "text", "items": [], "actions": []}),
            vec![(EmptyList, "message.items"), (EmptyList, "message.actions")],
        ),
        (json!({"type": "text", "items": {}}), vec![(WrongType, "message.items")]),
        (json!({"type": "text", "items": ["x"]}), vec![(WrongType, "message.items[0]")]),
        (item(json!({})), vec![(Missing, "message.items[0].type")]),
        (item(json!({"type": "text", "text": "x"})), vec![(Unsupported, "message.items[0].type")]),
        (item(json!({"type": "carousel", "items": []})), vec![(Unsupported, "message.items[0].type")]),
        (item(json!({"type": "image"})), vec![(Missing, "message.items[0].url")]),
        (item(json!({"type": "location"})), vec![(EmptyLocation, "message.items[0]")]),
        (json!({"type": "location"}), vec![(EmptyLocation, "message")]),
        (json!({"type": "location", "address": " "}), vec![(EmptyLocation, "message")]),
        (
            json!({"type": "location", "latitude": 1}),
            vec![(Missing, "message.longitude"), (EmptyLocation, "message")],
        ),
        (json!({"type": "location", "address": "a", "longitude": 1}), vec![(Missing, "message.latitude")]),
        (json!({"type": "card"}), vec![(EmptyMessage, "message.title")]),
        (json!({"type": "card", "url": "u"}), vec![(Missing, "message.urlType")]),
        (json!({"type": "card", "url": "u", "urlType": "contact"}), vec![(Unsupported, "message.urlType")]),
        (json!({"type": "carousel", "items": []}), vec![(EmptyList, "message.items")]),
        (json!({"type": "list", "items": []}), vec![(EmptyList, "message.items")]),
        (shown(json!({})), vec![(EmptyMessage, "message.items[1].title")]),
        (shown(json!({"url": "u"})), vec![(Missing, "message.items[1].urlType")]),
        (shown(json!({"type": "image", "title": "t"})), vec![(Missing, "message.items[1].url")]),
        (shown(json!({"type": "text", "title": "t"})), vec![(Unsupported, "message.items[1].type")]),
        (
            action(json!({})),
            vec![(Missing, "message.actions[0].type"), (Missing, "message.actions[0].title")],
        ),
        (action(json!({"type": "call", "title": "t"})), vec![(Unsupported, "message.actions[0].type")]),
        (action(json!({"type": "link", "title": "t"})), vec![(Missing, "message.actions[0].url")]),
        (action(json!({"type": "reply", "title": "t"})), vec![(Missing, "message.actions[0].payload")]),
        (
            action(json!({"type": "postback", "title": "t", "payload": " "})),
            vec![(Missing, "message.actions[0].payload")],
        ),
        (
            json!({"type": "contact", "title": "t", "properties": [{"key": "k"}, {"value": {}}]}),
            vec![
                (Missing, "message.properties[0].value"),
                (WrongType, "message.properties[1].value"),
                (Missing, "message.properties[1].key"),
            ],
        ),
        (
            json!({"type": "image", "url": "u", "channels": [{"metadata": [{"key": ""}]}]}),
            vec![
                (Missing, "message.channels[0].metadata[0].key"),
                (Missing, "message.channels[0].metadata[0].value"),
                (Missing, "message.channels[0].type"),
            ],
        ),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|(kind, at)| (kind, at.to_owned())).collect();
        assert_eq!(checked(&message).unwrap_err(), expected, "{message}");
    }
}

#[test]
fn of_very_many_faults_the_first_are_told() {
    let of = |count: usize| json!({"type": "text", "items": vec![json!({}); count]});
    assert_eq!(checked(&of(checker::MAX_FAULTS)).unwrap_err().len(), checker::MAX_FAULTS);
    assert_eq!(checked(&of(checker::MAX_FAULTS + 1)).unwrap_err().len(), checker::MAX_FAULTS);
}

#[test]
fn carousels_and_lists_come_from_the_business_only() {
    for kind in ["carousel", "list"] {
        let draft =
            check(json!({"type": "message", "message": {"type": kind, "items": [{"title": "t"}]}})).unwrap();
        for business in [IntegrationType::Agent, IntegrationType::Bot] {
            assert!(draft.check_sender(business).is_ok());
        }
        match draft.check_sender(IntegrationType::Customer) {
            Err(EngineError::Invalid(faults)) => {
                assert_eq!(faults, [Fault::at(FaultKind::Unsupported, "message.type")]);
            }
            other => panic!("{other:?}"),
        }
    }
    let text = check(json!({"type": "message", "message": {"type": "text", "text": "x"}})).unwrap();
    let event = check(json!({"type": "event", "event": {"type": "seen"}})).unwrap();
    for draft in [text, event] {
        assert!(draft.check_sender(IntegrationType::Customer).is_ok());
    }
}
