use super::*;
use crate::api::messaging::error::Refusal;
use crate::pipeline::checked_message;

/// As many as the bodies below have at most.
const MOST_BUTTONS: usize = 4;

fn read_body(body: Value) -> Result<Says, Refusal> {
    let Value::Object(body) = body else { panic!("a body is an object") };
    let mut fields = Fields::new("OutBoundMsg", &body);
    let says = read(&mut fields, MOST_BUTTONS, |_, _| None);
    fields.finish()?;
    Ok(says.expect("what has no fault says something"))
}

#[track_caller]
fn message(body: Value) -> Value {
    let Ok(Says::Message(message)) = read_body(body.clone()) else { panic!("no message: {body}") };
    assert!(checked_message(&message, "message").is_ok(), "{message:?}");
    Value::Object(message)
}

#[track_caller]
fn faults(body: Value) -> Vec<(String, &'static str)> {
    let refusal = read_body(body).unwrap_err();
    refusal.faults().iter().map(|fault| (fault.field.clone(), fault.code.as_str())).collect()
}

fn medium() -> Value {
    json!({"caption": "Ours", "filename": "a.pdf", "link": "https://a.example/b"})
}

#[test]
fn each_type_becomes_a_message_of_the_platform() {
    for (body, expected) in [
        (json!({"type": "text", "text": {"body": "Hi"}}), json!({"type": "text", "text": "Hi"})),
        (
            json!({"type": "system", "text": {"body": "Hi"}}),
            json!({"type": "text", "text": "Hi", "system": true}),
        ),
        (
            json!({"type": "image", "image": medium()}),
            json!({"type": "image", "url": "https://a.example/b", "title": "Ours", "alt": "a.pdf",
                "filename": "a.pdf"}),
        ),
        (
            json!({"type": "video", "video": medium()}),
            json!({"type": "video", "url": "https://a.example/b", "label": "Ours", "filename": "a.pdf"}),
        ),
        (
            json!({"type": "audio", "audio": {"link": "https://a.example/b"}}),
            json!({"type": "audio", "url": "https://a.example/b"}),
        ),
        (
            json!({"type": "voice", "audio": {"link": "https://a.example/b"}}),
            json!({"type": "audio", "url": "https://a.example/b", "voice": true}),
        ),
        (
            json!({"type": "voice", "voice": {"link": "https://a.example/c"}}),
            json!({"type": "audio", "url": "https://a.example/c", "voice": true}),
        ),
        (
            json!({"type": "document", "document": medium()}),
            json!({"type": "attachment", "url": "https://a.example/b", "label": "a.pdf",
                "mimeType": "application/pdf", "caption": "Ours", "filename": "a.pdf"}),
        ),
        (
            json!({"type": "document", "document": {"link": "https://a.example/x.unknown?y"}}),
            json!({"type": "attachment", "url": "https://a.example/x.unknown?y", "label": "x.unknown",
                "mimeType": "application/octet-stream"}),
        ),
        (
            json!({"type": "location", "location": {"latitude": "12.5", "longitude": -6,
                "address": "1 Way", "name": "Main", "url": "u"}}),
            json!({"type": "location", "address": "1 Way", "latitude": 12.5, "longitude": -6.0,
                "name": "Main", "url": "u"}),
        ),
    ] {
        assert_eq!(message(body), expected);
    }
    assert_eq!(read_body(json!({"type": "optin"})), Ok(Says::OptIn));
    assert_eq!(read_body(json!({"type": "optout"})), Ok(Says::OptOut));
}

#[test]
fn several_cards_and_whatever_has_buttons_become_items_of_a_text() {
    let card = |name: &str| json!({"name": {"formatted_name": name}});
    let cards = message(json!({"type": "contacts", "contacts": [card("A"), card("B")]}));
    assert_eq!((&cards["type"], cards["items"].as_array().map(Vec::len)), (&json!("text"), Some(2)));
    let options = json!({"buttons": [{"label": "Yes", "code": "y"}]});
    let image = message(json!({"type": "image", "image": medium(), "options": options}));
    assert_eq!((&image["type"], &image["text"]), (&json!("text"), &json!("Ours")));
    assert_eq!(image["items"][0]["type"], "image");
    let document = message(json!({"type": "document", "document": medium(), "options": options}));
    assert_eq!((&document["text"], &document["items"][0]["label"]), (&json!("Ours"), &json!("a.pdf")));
    assert_eq!(image["actions"][0]["payload"], "y");
    let text = message(json!({"type": "text", "text": {"body": "Hi"}, "options": options}));
    assert_eq!((&text["text"], &text["actions"][0]["title"]), (&json!("Hi"), &json!("Yes")));
}

#[test]
fn as_many_buttons_as_may_stand_below_a_message_and_no_more() {
    let with = |count| {
        let options = json!({"buttons": vec![json!({"label": "Yes"}); count]});
        json!({"type": "text", "text": {"body": "Hi"}, "options": options})
    };
    assert_eq!(message(with(MOST_BUTTONS))["actions"].as_array().map(Vec::len), Some(MOST_BUTTONS));
    assert_eq!(faults(with(MOST_BUTTONS + 1)), [("options.buttons".to_owned(), "TOO_LONG")]);
}

#[test]
fn every_fault_is_told_at_its_field() {
    for (body, expected) in [
        (json!({}), vec![("type", "REQUIRED")]),
        (json!({"type": "sticker"}), vec![("type", "INVALID_VALUE")]),
        (json!({"type": 1}), vec![("type", "INVALID_TYPE")]),
        (json!({"type": "text"}), vec![("text", "REQUIRED")]),
        (json!({"type": "text", "text": "Hi"}), vec![("text", "INVALID_TYPE")]),
        (json!({"type": "text", "text": {"body": " "}}), vec![("text.body", "REQUIRED")]),
        (json!({"type": "image"}), vec![("image", "REQUIRED")]),
        (json!({"type": "voice"}), vec![("audio", "REQUIRED")]),
        (json!({"type": "video", "video": {}}), vec![("video.link", "REQUIRED")]),
        (json!({"type": "audio", "audio": {"link": "ftp://a"}}), vec![("audio.link", "INVALID_VALUE")]),
        (json!({"type": "location"}), vec![("location", "REQUIRED")]),
        (
            json!({"type": "location", "location": {}}),
            vec![("location.latitude", "REQUIRED"), ("location.longitude", "REQUIRED")],
        ),
        (
            json!({"type": "location", "location": {"address": "1 Way", "latitude": 1}}),
            vec![("location.longitude", "REQUIRED")],
        ),
        (
            json!({"type": "location", "location": {"latitude": 90.1, "longitude": "x"}}),
            vec![("location.latitude", "INVALID_VALUE"), ("location.longitude", "INVALID_VALUE")],
        ),
        (json!({"type": "contacts"}), vec![("contacts", "REQUIRED")]),
        (
            json!({"type": "optout", "options": {"buttons": [{"label": "a"}]}}),
            vec![("options", "NOT_APPLICABLE")],
        ),
        (
            json!({"type": "text", "options": {"buttons": [{"type": "FAX"}, {"type": "URL", "label": "a"},
                            {"type": "URL", "label": "a", "url": "tel:1"}, {"type": "PHONE_NUMBER", "label": "a"}
            ]}}),
            vec![
                ("options.buttons[0].type", "INVALID_VALUE"),
                ("options.buttons[0].name", "REQUIRED"),
                ("options.buttons[1].url", "REQUIRED"),
                ("options.buttons[2].url", "INVALID_VALUE"),
                ("options.buttons[3].phone", "REQUIRED"),
                ("text", "REQUIRED"),
            ],
        ),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|(field, code)| (field.to_owned(), code)).collect();
        assert_eq!(faults(body.clone()), expected, "{body}");
    }
}
