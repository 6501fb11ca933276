//! JSON text, written member by member into one string: for what every message is made of, where a serializer that can
//! write anything costs several times as much. All else is written by serde. It must not know what it writes.

use std::fmt::{Display, Write};

use serde_json::{Map, Value};

/// An object under way; [`end`](Self::end) closes it.
#[must_use = "an object that is not ended is half an object"]
pub struct JsonObject<'t> {
    text: &'t mut String,
    /// What comes before the next member: the brace before the first, a comma before all others.
    before: char,
}

impl<'t> JsonObject<'t> {
    /// Begins an object at the end of `text`.
    pub fn begin(text: &'t mut String) -> Self {
        Self { text, before: '{' }
    }

    /// Writes a name as it is, and gives the text for its value.
    fn name(&mut self, name: &str) -> &mut String {
        self.text.push(self.before);
        self.before = ',';
        self.text.push('"');
        self.text.push_str(name);
        self.text.push_str("\":");
        self.text
    }

    /// A text, escaped where it has to be. Member names are never escaped: they are the program's own.
    pub fn text(&mut self, name: &str, value: &str) {
        push_text(self.name(name), value);
    }

    /// What displays without a character that needs escaping: an id, a token made of ids.
    pub fn plain(&mut self, name: &str, value: impl Display) {
        let text = self.name(name);
        text.push('"');
        push_displayed(text, value);
        text.push('"');
    }

    /// A number.
    pub fn number(&mut self, name: &str, value: i64) {
        push_displayed(self.name(name), value);
    }

    /// What is JSON already.
    pub fn json(&mut self, name: &str, value: &str) {
        self.name(name).push_str(value);
    }

    /// An object of whatever it holds.
    pub fn map(&mut self, name: &str, value: &Map<String, Value>) {
        push_map(self.name(name), value);
    }

    /// An object within this one.
    pub fn object(&mut self, name: &str, write: impl FnOnce(&mut JsonObject<'_>)) {
        let mut inner = JsonObject::begin(self.name(name));
        write(&mut inner);
        inner.end();
    }

    /// Ends the object.
    pub fn end(self) {
        if self.before == '{' {
            self.text.push('{');
        }
        self.text.push('}');
    }
}

fn push_displayed(to: &mut String, value: impl Display) {
    write!(to, "{value}").expect("a string takes all that is written to it");
}

fn push_text(to: &mut String, value: &str) {
    // Looked at as a whole, without a way out early: so it is done many bytes at a time.
    let is_plain =
        value.bytes().fold(true, |plain, byte| plain & (byte >= 0x20) & (byte != b'"') & (byte != b'\\'));
    if is_plain {
        to.push('"');
        to.push_str(value);
        to.push('"');
    } else {
        to.push_str(&Value::from(value).to_string());
    }
}

fn push_map(to: &mut String, map: &Map<String, Value>) {
    let mut before = '{';
    for (name, value) in map {
        to.push(before);
        before = ',';
        push_text(to, name);
        to.push(':');
        push_value(to, value);
    }
    if map.is_empty() {
        to.push('{');
    }
    to.push('}');
}

fn push_value(to: &mut String, value: &Value) {
    match value {
        Value::String(text) => push_text(to, text),
        Value::Object(map) => push_map(to, map),
        Value::Array(items) => {
            let mut before = '[';
            for item in items {
                to.push(before);
                before = ',';
                push_value(to, item);
            }
            if items.is_empty() {
                to.push('[');
            }
            to.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => push_displayed(to, value),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_written_member_by_member() {
        let mut text = String::from("=");
        let mut object = JsonObject::begin(&mut text);
        object.text("a", "x\"y");
        object.number("b", -1);
        object.object("c", |_| {});
        object.object("d", |inner| inner.plain("e", 7));
        object.json("f", "false");
        object.end();
        assert_eq!(text, r#"={"a":"x\"y","b":-1,"c":{},"d":{"e":"7"},"f":false}"#);
    }

    fn documents() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[a\"\\\\\u{0}-\u{20}]{0,40}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_a_map_holds_is_written_as_serde_writes_it(document in documents()) {
            let map = Map::from_iter([("it".to_owned(), document)]);
            let mut text = String::new();
            push_map(&mut text, &map);
            prop_assert_eq!(text, json!(map).to_string());
        }
    }
}
