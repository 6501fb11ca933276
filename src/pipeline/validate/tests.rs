//! What may be sent, and how what may not is told.

mod messages;

use serde_json::json;

use super::*;

fn check(body: Value) -> Result<ActivityDraft, Vec<Fault>> {
    ActivityDraft::from_body(body.as_object().unwrap())
}

fn faults(body: Value) -> Vec<(FaultKind, String)> {
    check(body).unwrap_err().into_iter().map(|fault| (fault.kind, fault.property)).collect()
}

#[test]
fn a_text_message_is_kept_with_its_extra_properties() {
    let draft = check(json!({"type": "Message", "externalId": "x",
        "message": {"Type": "text", "text": "Hi there!", "mood": "good"}}))
    .unwrap();
    assert_eq!(draft.keeping, Keeping::Kept);
    assert_eq!(draft.external_id.as_deref(), Some("x"));
    let Content::Message(message) = draft.content else { panic!("a message was sent") };
    assert_eq!(Value::Object(message), json!({"type": "text", "text": "Hi there!", "mood": "good"}));
}

#[test]
fn what_was_checked_is_what_is_kept_however_often_it_is_spelled() {
    let draft = check(json!({"type": "message",
        "message": {"type": "text", "text": "ok", "Type": "hologram", "TEXT": {"x": 1}}}))
    .unwrap();
    let Content::Message(message) = draft.content else { panic!("a message was sent") };
    assert_eq!(Value::Object(message), json!({"type": "text", "text": "ok"}));
}

#[test]
fn every_message_says_something_in_words_and_events_nothing() {
    let said = |message: Value| {
        let draft = check(json!({"type": "message", "message": message})).unwrap();
        draft.words().map(|words| words.into_owned())
    };
    assert_eq!(
        said(json!({"type": "text", "text": " Hi ", "items": [{"type": "image", "url": "u"}]})).unwrap(),
        "Hi\n\nu"
    );
    assert_eq!(said(json!({"type": "text", "text": "site.com/a.png "})).unwrap(), "site.com/a.png");
    let choice = json!([{"type": "reply", "title": "Yes", "payload": "y"}]);
    assert_eq!(said(json!({"type": "text", "text": "Now?", "actions": choice})).unwrap(), "Now?\n1. Yes");
    assert_eq!(
        said(json!({"type": "attachment", "label": "l", "mimeType": "pdf", "url": "u"})).unwrap(),
        "l\nu"
    );
    let own = json!({"type": "image", "url": "u", "text": "::close"});
    assert_eq!(said(own).unwrap(), "u", "only the text of a text message is one");
    assert!(check(json!({"type": "event", "event": {"type": "seen"}})).unwrap().words().is_none());
}

#[test]
fn a_payload_event_is_kept_and_typing_is_not() {
    let payload = json!({"type": "event", "event": {"type": "payload", "payloadType": "my.payload.01",
        "payload": {"data1": "value1"}}});
    assert_eq!(check(payload).unwrap().keeping, Keeping::Kept);
    for (kind, keeping) in
        [("typing_on", Keeping::Transient), ("typing_off", Keeping::Transient), ("seen", Keeping::SeenMark)]
    {
        assert_eq!(check(json!({"type": "event", "event": {"type": kind}})).unwrap().keeping, keeping);
    }
}

#[test]
fn names_and_types_of_events_are_written_as_the_platform_spells_them() {
    let body =
        json!({"TYPE": "EVENT", "Event": {"Type": "Payload", "PayloadTYPE": "T", "payload": {"Own": 1}}});
    let Content::Event(event) = check(body).unwrap().content else { panic!("an event was sent") };
    assert_eq!(Value::Object(event), json!({"type": "payload", "payloadType": "T", "payload": {"Own": 1}}));
}

#[test]
fn each_fault_is_told_by_kind_and_property() {
    use FaultKind::*;
    let text = json!({"type": "text", "text": "x"});
    let cases = [
        (json!({}), vec![(Missing, "type"), (NoContent, "")]),
        (json!({"type": "message"}), vec![(NoContent, "")]),
        (json!({"message": text}), vec![(Missing, "type")]),
        (json!({"type": "event", "message": text}), vec![(Missing, "event")]),
        (json!({"type": "message", "event": {"type": "seen"}}), vec![(Missing, "message")]),
        (json!({"type": "message", "message": text, "event": {"type": "seen"}}), vec![(TwoContents, "")]),
        (json!({"type": "action", "message": text}), vec![(Unsupported, "type")]),
        (json!({"type": 5, "message": text}), vec![(WrongType, "type")]),
        (json!({"type": "message", "message": "text"}), vec![(WrongType, "message")]),
        (json!({"type": "message", "message": {}}), vec![(Missing, "message.type")]),
        (json!({"type": "message", "message": {"type": "hologram"}}), vec![(Unsupported, "message.type")]),
        (json!({"type": "message", "message": {"type": "text"}}), vec![(EmptyMessage, "message.text")]),
        (
            json!({"type": "message", "message": {"type": "text", "text": " "}}),
            vec![(EmptyMessage, "message.text")],
        ),
        (
            json!({"type": "message", "message": {"type": "text", "text": 1}}),
            vec![(WrongType, "message.text")],
        ),
        (
            json!({"type": "message", "message": {"type": "text", "items": []}}),
            vec![(EmptyList, "message.items")],
        ),
        (json!({"type": "event", "event": {"type": "wave"}}), vec![(Unsupported, "event.type")]),
        (
            json!({"type": "event", "event": {"type": "payload"}}),
            vec![(Missing, "event.payloadType"), (Missing, "event.payload")],
        ),
        (
            json!({"type": "message", "message": text, "sender": {"integrationId": "nobody"}}),
            vec![(NotAGuid, "sender.integrationId")],
        ),
        (
            json!({"type": "message", "message": text, "externalId": "x".repeat(MAX_EXTERNAL_ID + 1)}),
            vec![(TooLong, "externalId")],
        ),
    ];
    for (body, expected) in cases {
        let expected: Vec<_> = expected.into_iter().map(|(kind, at)| (kind, at.to_owned())).collect();
        assert_eq!(faults(body.clone()), expected, "{body}");
    }
}

#[test]
fn an_external_id_may_be_as_long_as_the_limit() {
    let body = json!({"type": "event", "event": {"type": "seen"}, "externalId": "x".repeat(MAX_EXTERNAL_ID)});
    assert!(check(body).is_ok());
}
