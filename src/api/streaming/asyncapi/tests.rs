//! The document as it is served.

use super::*;
use crate::domain::catalogue::testing::assert_is_written;

/// Run with `WRITE_DOCS=1` to write the file.
#[test]
fn the_document_in_docs_is_the_one_that_is_served() {
    assert_is_written("asyncapi.json", &text());
}

#[test]
fn every_reference_leads_to_something() {
    fn follow(document: &Value, value: &Value, followed: &mut usize) {
        match value {
            Value::Object(members) => {
                if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                    *followed += 1;
                }
                members.values().for_each(|value| follow(document, value, followed));
            }
            Value::Array(items) => items.iter().for_each(|value| follow(document, value, followed)),
            _ => {}
        }
    }
    let document = document();
    let mut followed = 0;
    follow(&document, &document, &mut followed);
    assert!(followed > 8 * heard::names().len(), "{followed}");
}

#[test]
fn nothing_is_named_twice() {
    let schemas = [payloads::schemas(), heard::schemas(), published::schemas()];
    let count: usize = schemas.iter().map(Map::len).sum();
    assert_eq!(count, merged(schemas).len());
    let messages = [heard::messages(), control::messages(), published::messages()];
    let count: usize = messages.iter().map(Map::len).sum();
    assert_eq!(count, merged(messages).len());
}
