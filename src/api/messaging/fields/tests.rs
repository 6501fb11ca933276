use serde_json::json;

use super::*;

const SCHEMA: &str = "Thing";

fn read<T>(body: Value, read: impl FnOnce(&mut Fields<'_>) -> T) -> (T, Vec<(String, &'static str)>) {
    let Value::Object(object) = body else { panic!("{body} is no object") };
    let mut fields = Fields::new(SCHEMA, &object);
    let found = read(&mut fields);
    let refused = fields.finish().err();
    let faults = refused.iter().flat_map(Refusal::faults);
    (found, faults.map(|fault| (fault.field.clone(), fault.code.as_str())).collect())
}

#[test]
fn a_text_has_its_length_and_may_be_written_as_a_number() {
    let text = |value: Value| read(json!({"a": value}), |fields| fields.text("a", 3));
    assert_eq!(text(json!("äöü")), (Some("äöü".to_owned()), vec![]));
    assert_eq!(text(json!(919)), (Some("919".to_owned()), vec![]));
    assert_eq!(text(json!("")), (Some(String::new()), vec![]));
    assert_eq!(text(Value::Null), (None, vec![]));
    assert_eq!(text(json!("abcd")), (None, vec![("a".to_owned(), "TOO_LONG")]));
    for other in [json!(1.5), json!(true), json!([]), json!({})] {
        assert_eq!(text(other), (None, vec![("a".to_owned(), "INVALID_TYPE")]));
    }
}

#[test]
fn what_is_required_is_told_once() {
    for (body, code) in [
        (json!({}), "REQUIRED"),
        (json!({"a": null}), "REQUIRED"),
        (json!({"a": " "}), "REQUIRED"),
        (json!({"a": []}), "INVALID_TYPE"),
        (json!({"a": "abcd"}), "TOO_LONG"),
    ] {
        let (found, faults) = read(body, |fields| fields.required_text("a", 3));
        assert_eq!((found, faults), (None, vec![("a".to_owned(), code)]));
    }
}

#[test]
fn a_fault_of_a_word_has_the_words_that_there_are() {
    let body = json!({"kind": "C"});
    let mut fields = Fields::new(SCHEMA, body.as_object().unwrap());
    assert_eq!(fields.word("kind", &["A", "B"]), None);
    let refused = fields.finish().unwrap_err();
    assert_eq!(refused.faults()[0].possible, ["A", "B"]);
}

#[test]
fn objects_within_are_named_by_their_path_and_their_own_schema() {
    let body = json!({"in": {"a": 1.5}, "list": [{"a": "x"}, 5, {"a": []}], "texts": ["b", "", 7]});
    let mut fields = Fields::new(SCHEMA, body.as_object().unwrap());
    assert_eq!(fields.object("in", "Inner", |inner| inner.text("a", 5)), Some(None));
    let listed = fields.objects("list", "Item", 5, |item| item.text("a", 5));
    assert_eq!(listed, [Some("x".to_owned()), None]);
    assert_eq!(fields.texts("texts", 5, 5), ["b"]);
    let refused = fields.finish().unwrap_err();
    let told: Vec<_> = refused.faults().iter().map(|fault| (fault.schema, fault.field.as_str())).collect();
    let expected = [
        ("Inner", "in.a"),
        (SCHEMA, "list[1]"),
        ("Item", "list[2].a"),
        (SCHEMA, "texts[1]"),
        (SCHEMA, "texts[2]"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_list_may_have_as_many_items_as_it_may_have_and_no_more() {
    let body = || json!({"list": [{}, {}], "texts": ["a", "b"]});
    let ((objects, texts), faults) = read(body(), |fields| {
        (fields.objects("list", "Item", 2, |_| ()).len(), fields.texts("texts", 2, 1).len())
    });
    assert_eq!((objects, texts, faults), (2, 2, vec![]));
    let (_, faults) = read(body(), |fields| {
        fields.objects("list", "Item", 1, |_| ());
        fields.texts("texts", 1, 1);
    });
    assert_eq!(faults, [("list".to_owned(), "TOO_LONG"), ("texts".to_owned(), "TOO_LONG")]);
}
