//! What goes for the bodies of all faces, and for what clients say on sockets: how long one may take to arrive, and
//! how deep it is nested. It must not know what they say, nor how a face refuses them.

use std::time::Duration;

/// How long a body may take to arrive: long enough for a full one on a bad mobile line, short enough that holding
/// connections open by sending slowly does not pay.
pub(super) const TRANSFER_PATIENCE: Duration = Duration::from_secs(60);

/// The levels of objects and lists in a JSON text, counted before it is parsed, so that one that is too deep costs no
/// memory. Of a text that is not JSON it says nothing useful.
pub(super) fn nesting(text: &[u8]) -> usize {
    let (mut level, mut deepest) = (0_usize, 0);
    let mut bytes = text.iter();
    let mut in_string = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if in_string => drop(bytes.next()),
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                level += 1;
                deepest = deepest.max(level);
            }
            b'}' | b']' if !in_string => level = level.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn brackets_in_texts_are_no_levels() {
        assert_eq!(nesting(br#"{"a":[{"b":"[[[{{\"[["}]}"#), 3);
        assert_eq!(nesting(b"1"), 0);
        assert_eq!(nesting(b"]]][{}"), 2);
    }

    fn documents() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![Just(Value::Null), "[\\[{\"\\\\\\]}a]{0,6}".prop_map(Value::from)];
        leaf.prop_recursive(5, 24, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::vec(("[{\"]{0,2}", inner), 0..3)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn depth_of(value: &Value) -> usize {
        match value {
            Value::Array(items) => 1 + items.iter().map(depth_of).max().unwrap_or(0),
            Value::Object(members) => 1 + members.values().map(depth_of).max().unwrap_or(0),
            _ => 0,
        }
    }

    proptest! {
        #[test]
        fn the_depth_of_a_text_is_the_depth_of_what_it_says(document in documents()) {
            prop_assert_eq!(nesting(document.to_string().as_bytes()), depth_of(&document));
        }
    }
}
