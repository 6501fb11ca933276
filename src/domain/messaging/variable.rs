//! Variables: values that any template may name.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::wire_words;
use crate::domain::ids::{IntegrationId, MessagingId};

wire_words! {
    /// What a value is (messaging reference, CustomerLabel).
    ValueKind {
        /// A text.
        Text = "TEXT",
        /// A day, as a text.
        Date = "DATE",
        /// A number.
        Number = "NUMBER",
        /// Several values.
        List = "LIST",
    }
}

impl ValueKind {
    /// Whether a value is of this kind.
    pub fn admits(self, value: &Value) -> bool {
        match self {
            Self::Text | Self::Date => value.is_string(),
            Self::Number => value.is_number(),
            Self::List => value.is_array(),
        }
    }
}

/// A value under a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variable {
    /// Identifies the variable.
    pub id: MessagingId,
    /// The name that templates call it by; unique together with the channel.
    pub key: String,
    /// What it is for.
    pub description: String,
    /// A name for what belongs together.
    pub group: String,
    /// What its value is: the word of a [`ValueKind`], or one of the tenant's own.
    pub kind: String,
    /// Its value.
    pub value: Value,
    /// Whether it stands for nothing at present.
    pub disabled: bool,
    /// The only channel on which it stands for something; on all of them when there is none.
    pub channel: Option<IntegrationId>,
}

impl Variable {
    /// Whether a value is of a type: of the tenant's own types any is.
    pub fn is_of(kind: &str, value: &Value) -> bool {
        ValueKind::from_word(kind).is_none_or(|kind| kind.admits(value))
    }

    /// Whether it is for messages on a channel.
    pub fn is_for(&self, channel: IntegrationId) -> bool {
        self.channel.is_none_or(|only| only == channel)
    }

    /// Whether a text can be the key of a variable: 1 to 64 letters, digits and `_`, `.`, `-`.
    pub fn is_key(text: &str) -> bool {
        let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        (1..=64).contains(&text.len()) && text.bytes().all(is_good)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_of_its_kind() {
        for (kind, good, bad) in [
            (ValueKind::Text, json!("a"), json!(1)),
            (ValueKind::Date, json!("01/30/26"), json!([])),
            (ValueKind::Number, json!(1.5), json!("1")),
            (ValueKind::List, json!(["a"]), json!({})),
        ] {
            assert!(kind.admits(&good) && !kind.admits(&bad), "{kind:?}");
            assert!(Variable::is_of(kind.word(), &good) && !Variable::is_of(kind.word(), &bad), "{kind:?}");
            assert!(Variable::is_of("string", &good) && Variable::is_of("string", &bad), "{kind:?}");
        }
    }

    #[test]
    fn a_key_has_at_most_64_letters_digits_and_signs() {
        let longest = "k".repeat(64);
        for good in ["a", "SHOP_NAME", "shop.name-2", &longest] {
            assert!(Variable::is_key(good), "{good}");
        }
        let too_long = "k".repeat(65);
        for bad in ["", "a b", "{{a}}", "ä", &too_long] {
            assert!(!Variable::is_key(bad), "{bad}");
        }
    }
}
