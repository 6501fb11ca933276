//! JSON values written as MessagePack, and the length that goes before a message in a row of them: what the binary form
//! of the hub protocol is made of. It must not know what it writes.

use rmp::encode::{self, ByteBuf};
use serde_json::{Map, Number, Value};

/// The most bytes that the length of a message takes: 31 bits, seven in each byte.
pub const LONGEST_LENGTH: usize = 5;

/// MessagePack under way. Lists and maps begin with how many they hold; whoever begins one writes that many.
#[derive(Default)]
pub struct MessagePack(ByteBuf);

/// What every writing method expects to go well.
const TAKES_EVERYTHING: &str = "a buffer in memory takes all that is written to it";

impl MessagePack {
    /// Begins a list of so many values.
    pub fn list(&mut self, count: u32) -> &mut Self {
        encode::write_array_len(&mut self.0, count).expect(TAKES_EVERYTHING);
        self
    }

    /// Begins a map of so many names with their values.
    pub fn map(&mut self, count: u32) -> &mut Self {
        encode::write_map_len(&mut self.0, count).expect(TAKES_EVERYTHING);
        self
    }

    /// Nothing.
    pub fn nil(&mut self) -> &mut Self {
        let Ok(()) = encode::write_nil(&mut self.0);
        self
    }

    /// True or false.
    pub fn truth(&mut self, truth: bool) -> &mut Self {
        let Ok(()) = encode::write_bool(&mut self.0, truth);
        self
    }

    /// A whole number.
    pub fn number(&mut self, number: i64) -> &mut Self {
        encode::write_sint(&mut self.0, number).expect(TAKES_EVERYTHING);
        self
    }

    /// A text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        encode::write_str(&mut self.0, text).expect(TAKES_EVERYTHING);
        self
    }

    /// Whatever JSON holds.
    pub fn value(&mut self, value: &Value) -> &mut Self {
        match value {
            Value::Null => self.nil(),
            Value::Bool(truth) => self.truth(*truth),
            Value::Number(number) => self.any_number(number),
            Value::String(text) => self.text(text),
            Value::Array(items) => {
                self.list(count(items.len()));
                items.iter().fold(self, |to, item| to.value(item))
            }
            Value::Object(members) => {
                self.map(count(members.len()));
                self.members(members)
            }
        }
    }

    /// The names and values of a map that was begun.
    pub fn members(&mut self, members: &Map<String, Value>) -> &mut Self {
        members.iter().fold(self, |to, (name, value)| to.text(name).value(value))
    }

    /// The bytes, with their length before them.
    pub fn into_message(self) -> Vec<u8> {
        let body = self.0.into_vec();
        let mut message = Vec::with_capacity(LONGEST_LENGTH + body.len());
        let mut left = body.len();
        while left >= 0x80 {
            message.push(left as u8 | 0x80);
            left >>= 7;
        }
        message.push(left as u8);
        message.extend_from_slice(&body);
        message
    }

    fn any_number(&mut self, number: &Number) -> &mut Self {
        match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => return self.number(whole),
            (None, Some(large)) => {
                encode::write_uint(&mut self.0, large).expect(TAKES_EVERYTHING);
            }
            (None, None) => {
                let fraction = number.as_f64().unwrap_or(f64::NAN);
                encode::write_f64(&mut self.0, fraction).expect(TAKES_EVERYTHING);
            }
        }
        self
    }
}

/// A text of JSON that holds more than 32 bits can count is larger than any limit.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn packed(value: &Value) -> Vec<u8> {
        let mut pack = MessagePack::default();
        pack.value(value);
        pack.into_message()
    }

    #[test]
    fn each_kind_of_value_has_its_form() {
        for (value, bytes) in [
            (json!(null), &[0xc0][..]),
            (json!(true), &[0xc3]),
            (json!(42), &[0x2a]),
            (json!(-1), &[0xff]),
            (json!(300), &[0xcd, 0x01, 0x2c]),
            (json!(u64::MAX), &[0xcf, 255, 255, 255, 255, 255, 255, 255, 255]),
            (json!(0.5), &[0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0]),
            (json!("xyz"), b"\xa3xyz"),
            (json!([1, []]), &[0x92, 1, 0x90]),
            (json!({"a": {}}), &[0x81, 0xa1, b'a', 0x80]),
        ] {
            let expected: Vec<u8> = [&[bytes.len() as u8], bytes].concat();
            assert_eq!(packed(&value), expected, "{value}");
        }
    }

    #[test]
    fn a_length_takes_seven_bits_of_each_byte_the_lowest_first() {
        for (characters, length) in [(126, vec![0x80, 0x01]), (16_381, vec![0x80, 0x80, 0x01])] {
            let message = packed(&"x".repeat(characters).into());
            assert!(message.starts_with(&length), "{:?}", &message[..5]);
            let value: usize = length.iter().rev().fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
            assert_eq!(message.len(), length.len() + value);
        }
        assert_eq!(packed(&"x".repeat(125).into())[0], 127);
    }
}
