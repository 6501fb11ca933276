//! Templates of messages: texts with places for values, and which of several languages one is sent in.
//! It must not know where templates are kept, nor what becomes of what was made of one.

use std::borrow::{Borrow, Cow};
use std::fmt::{self, Write};

use serde_json::{Map, Value};

/// Opens a place for a value.
const OPEN: &str = "{{";

/// Closes it.
const CLOSE: &str = "}}";

/// How many bytes may still be written: a few places for a long value make a huge text, so all texts of one message
/// are written within one room, and writing ends where that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room(usize);

impl Room {
    /// Room for so many bytes.
    pub fn of(bytes: usize) -> Self {
        Self(bytes)
    }
}

/// There was no room left for a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is longer than it may be")]
pub struct NoRoom;

/// A text with each `{{name}}` replaced by what `value_of` knows of the name; by nothing where it knows nothing.
///
/// Blanks around a name are no part of it. What is opened and not closed stays as it is, and values are not looked
/// at: a value with braces in it is no place for another.
///
/// # Errors
/// [`NoRoom`] as soon as there is too little of it for what comes next.
pub fn resolve<V: Borrow<Value>>(
    text: &str,
    room: &mut Room,
    value_of: impl Fn(&str) -> Option<V>,
) -> Result<String, NoRoom> {
    let mut resolved = Bounded { text: String::new(), room };
    write_resolved(&mut resolved, text, value_of).map_err(|fmt::Error| NoRoom)?;
    Ok(resolved.text)
}

fn write_resolved<V: Borrow<Value>>(
    to: &mut Bounded<'_>,
    text: &str,
    value_of: impl Fn(&str) -> Option<V>,
) -> fmt::Result {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let Some((name, behind)) = after.split_once(CLOSE) else { break };
        to.write_str(before)?;
        write_value(to, value_of(name.trim()).as_ref().map(Borrow::borrow))?;
        rest = behind;
    }
    to.write_str(rest)
}

/// Whether a text has a place for a value.
pub fn has_place(text: &str) -> bool {
    text.split_once(OPEN).is_some_and(|(_, after)| after.contains(CLOSE))
}

/// A text that takes what there is room for.
struct Bounded<'r> {
    text: String,
    room: &'r mut Room,
}

impl Write for Bounded<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.room.0 = self.room.0.checked_sub(part.len()).ok_or(fmt::Error)?;
        self.text.push_str(part);
        Ok(())
    }
}

/// What a name stands for: the data that came with the message, and where that says nothing the tenant's variables.
pub fn value_of<'v>(
    name: &str,
    data: &'v Map<String, Value>,
    variable: impl FnOnce(&str) -> Option<Cow<'v, Value>>,
) -> Option<Cow<'v, Value>> {
    let own = data.get(name).filter(|value| !value.is_null());
    own.map(Cow::Borrowed).or_else(|| variable(name))
}

fn write_value(to: &mut Bounded<'_>, value: Option<&Value>) -> fmt::Result {
    match value {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(text)) => to.write_str(text),
        Some(Value::Array(items)) => {
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    to.write_str(", ")?;
                }
                write_value(to, Some(item))?;
            }
            Ok(())
        }
        // Written piece by piece: an object without room is not spelled out first.
        Some(other) => write!(to, "{other}"),
    }
}

/// A language and perhaps a country, such as `en`, `en_US` or `pt-BR`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language {
    language: String,
    /// Empty where only the language is said.
    rest: String,
}

impl Language {
    /// Reads two or three letters of a language (ISO 639), and perhaps what narrows it down.
    pub fn parse(text: &str) -> Option<Self> {
        let (language, rest) = match text.find(['_', '-']) {
            Some(place) => (&text[..place], &text[place + 1..]),
            None => (text, ""),
        };
        let is_language =
            (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_alphabetic());
        let narrows = |part: &str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let is_rest =
            (language.len() == text.len() && rest.is_empty()) || rest.split(['_', '-']).all(narrows);
        (is_language && is_rest).then(|| Self {
            language: language.to_ascii_lowercase(),
            rest: rest.to_ascii_lowercase().replace('-', "_"),
        })
    }

    /// The same language with nothing that narrows it down.
    fn broad(&self) -> Self {
        Self { language: self.language.clone(), rest: String::new() }
    }
}

/// The place of the version that is sent to somebody who wants a language, among the languages that there are: the
/// very language, else the broad one (`en` for `en_US`), else another one of it (`en_GB` for `en_US`), else the one
/// without a language, else the first.
///
/// `None` only when there is none at all.
pub fn choose_language(wanted: Option<&str>, versions: &[&str]) -> Option<usize> {
    let languages: Vec<_> = versions.iter().map(|text| Language::parse(text)).collect();
    let place_of = |wanted: &Language| languages.iter().position(|one| one.as_ref() == Some(wanted));
    let same_language = |wanted: &Language| {
        languages.iter().position(|one| one.as_ref().is_some_and(|one| one.language == wanted.language))
    };
    let wanted = wanted.and_then(Language::parse);
    let fitting = wanted.and_then(|wanted| {
        place_of(&wanted).or_else(|| place_of(&wanted.broad())).or_else(|| same_language(&wanted))
    });
    let without = || languages.iter().position(Option::is_none);
    fitting.or_else(without).or(if versions.is_empty() { None } else { Some(0) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// More than any text below needs.
    const AMPLE: usize = 1 << 20;

    fn resolved(text: &str, data: &Value) -> String {
        resolve(text, &mut Room::of(AMPLE), |name| data.get(name)).unwrap()
    }

    #[test]
    fn each_place_gets_its_value_and_an_unknown_one_nothing() {
        let data = json!({"name": "Ada", "amount": 10, "rate": 1.5, "vip": true, "none": null,
            "list": ["a", 2], "nested": {"x": 1}, "tricky": "{{name}}"});
        for (text, expected) in [
            ("Hello {{name}}!", "Hello Ada!"),
            ("{{ name }}{{name}}", "AdaAda"),
            ("{{amount}} at {{rate}}, {{vip}}", "10 at 1.5, true"),
            ("[{{none}}][{{unknown}}][{{}}]", "[][][]"),
            ("{{list}} {{nested}}", "a, 2 {\"x\":1}"),
            ("{{tricky}}", "{{name}}"),
            ("{{name", "{{name"),
            ("name}} {name} }}{{", "name}} {name} }}{{"),
            ("", ""),
        ] {
            assert_eq!(resolved(text, &data), expected, "{text}");
        }
    }

    #[test]
    fn the_data_of_a_message_comes_before_the_variables() {
        let (data, own) = (json!({"a": "data", "b": null}), json!("variable"));
        let data = data.as_object().unwrap();
        let elsewhere = |name: &str| (name != "c").then_some(Cow::Borrowed(&own));
        let text = resolve("{{a}} {{b}} {{c}}", &mut Room::of(AMPLE), |name| value_of(name, data, elsewhere));
        assert_eq!(text.unwrap(), "data variable ");
    }

    #[test]
    fn a_text_fills_its_room_and_goes_no_further() {
        let data = json!({"text": "äb", "number": 105, "list": ["a", 1, null], "object": {"a": [1, "b"]}});
        for (text, bytes) in [
            ("", 0),
            ("abc", 3),
            ("{{nothing}}", 0),
            ("{{text}}", 3),
            ("a{{number}}b", 5),
            ("{{list}}", 6),
            ("{{object}}.", 14),
            ("{{text}}{{text}} {{", 9),
        ] {
            let within = |bytes| resolve(text, &mut Room::of(bytes), |name| data.get(name));
            assert_eq!(within(bytes).map(|text| text.len()), Ok(bytes), "{text}");
            if let Some(one_less) = bytes.checked_sub(1) {
                assert_eq!(within(one_less), Err(NoRoom), "{text}");
            }
        }
    }

    #[test]
    fn several_texts_share_one_room() {
        let (mut room, data) = (Room::of(5), json!({"a": "xx"}));
        let mut next = || resolve("{{a}}", &mut room, |name| data.get(name));
        assert_eq!([next(), next(), next()], [Ok("xx".to_owned()), Ok("xx".to_owned()), Err(NoRoom)]);
    }

    #[test]
    fn the_nearest_language_is_taken() {
        let versions = ["de", "en_GB", "en", "", "pt-BR"];
        for (wanted, expected) in [
            (Some("en_GB"), "en_GB"),
            (Some("EN-gb"), "en_GB"),
            (Some("en_US"), "en"),
            (Some("en"), "en"),
            (Some("de_AT"), "de"),
            (Some("pt"), "pt-BR"),
            (Some("pt_PT"), "pt-BR"),
            (Some("fr"), ""),
            (Some("no language"), ""),
            (None, ""),
        ] {
            assert_eq!(
                choose_language(wanted, &versions).map(|place| versions[place]),
                Some(expected),
                "{wanted:?}"
            );
        }
        assert_eq!(choose_language(Some("fr"), &["de", "en"]), Some(0));
        assert_eq!(choose_language(Some("fr"), &[]), None);
    }

    #[test]
    fn a_language_has_two_or_three_letters_and_what_narrows_it_down() {
        for good in ["en", "EN", "en_US", "en-us", "nds", "zh_Hans_CN", "es-419"] {
            assert!(Language::parse(good).is_some(), "{good}");
        }
        for bad in ["", "e", "engl", "en_", "_US", "en__US", "e1", "en US", "en_U$"] {
            assert!(Language::parse(bad).is_none(), "{bad}");
        }
        assert_eq!(Language::parse("en_US"), Language::parse("EN-us"));
    }

    proptest! {
        #[test]
        fn a_text_without_places_stays_as_it_is(text in "[^{]*") {
            prop_assert_eq!(resolved(&text, &Value::Null), text);
        }

        #[test]
        fn values_stand_in_their_places_between_the_texts(
            pieces in prop::collection::vec("[^{}]{0,5}", 1..6),
            value in any::<String>(),
        ) {
            let data = json!({"x": value});
            prop_assert_eq!(resolved(&pieces.join("{{x}}"), &data), pieces.join(&value));
        }
    }
}
