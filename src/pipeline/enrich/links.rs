//! Links in a text: where they are, and what they lead to. A text without one costs a search for dots.

use memchr::memchr;
use serde_json::{Map, Value};

use super::address::Address;
use super::{map, media, streams};
use crate::domain::message::MessageType;

/// A link whose end is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Link<'t> {
    /// As it stands in the text.
    pub text: &'t str,
    /// What it leads to.
    pub kind: MessageType,
    /// What a message of that type says of it.
    pub members: Map<String, Value>,
}

/// The links of a text whose end is known, in their order.
pub(super) fn links(text: &str) -> impl Iterator<Item = Link<'_>> {
    words_with_dots(text).filter_map(|word| read(trimmed(word)))
}

/// The words of a text, as far as there is a dot within them that does not end them.
fn words_with_dots(text: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let dot = from + memchr(b'.', text.as_bytes().get(from..)?)?;
            let ends = text[dot..].find(char::is_whitespace).map_or(text.len(), |length| dot + length);
            if ends == dot + 1 {
                from = ends;
                continue;
            }
            let begins = text[from..dot].rfind(char::is_whitespace).map_or(from, |space| from + space);
            from = ends;
            return Some(text[begins..ends].trim());
        }
    })
}

/// What comes before a link in a sentence.
const OPENING: [char; 9] = ['(', '[', '<', '{', '"', '\'', '“', '„', '«'];

/// What comes after a link in a sentence, and is not a part of it at its end.
const CLOSING: [char; 12] = ['.', ',', ';', ':', '!', '?', '>', '"', '\'', '”', '“', '»'];

/// A word without what surrounds links in sentences. A closing bracket belongs to an address that opened it; they are
/// counted once, since a word may be nothing but brackets.
fn trimmed(word: &str) -> &str {
    let word = word.trim_start_matches(OPENING);
    let mut unopened = [('(', ')'), ('[', ']'), ('{', '}')]
        .map(|(open, close)| (close, word.matches(close).count().saturating_sub(word.matches(open).count())));
    word.trim_end_matches(|last| {
        let bracket = unopened.iter_mut().find(|(close, count)| *close == last && *count > 0);
        CLOSING.contains(&last) || bracket.map(|(_, count)| *count -= 1).is_some()
    })
}

fn read(text: &str) -> Option<Link<'_>> {
    if let Some(members) = map::geo(text) {
        return Some(Link { text, kind: MessageType::Location, members });
    }
    let address = Address::parse(text)?;
    if let Some(kind) = streams::kind(&address).or_else(|| media::kind(&address)) {
        let members = Map::from_iter([("url".to_owned(), text.into())]);
        return Some(Link { text, kind, members });
    }
    let mut members = map::location(&address)?;
    members.insert("url".to_owned(), text.into());
    Some(Link { text, kind: MessageType::Location, members })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        links(text).map(|link| link.text).collect()
    }

    #[test]
    fn links_are_found_wherever_they_stand() {
        let link = "https://site.com/a.png";
        for around in [
            ("", ""),
            ("see ", ""),
            ("see\n", "\tnow"),
            ("(", ")"),
            ("(see ", ")."),
            ("<", ">"),
            ("\"", "\"!"),
            ("„", "“"),
            ("End. ", ", and"),
            ("ä... ", " ä.ö"),
            ("{[(", ")]}..."),
        ] {
            assert_eq!(found(&format!("{}{link}{}", around.0, around.1)), [link], "{around:?}");
        }
    }

    #[test]
    fn a_bracket_that_was_opened_within_belongs_to_the_address() {
        assert_eq!(found("(site.com/a_(b).png)"), ["site.com/a_(b).png"]);
        assert_eq!(found("site.com/(a).jpg?x=(1)"), ["site.com/(a).jpg?x=(1)"]);
        assert_eq!(found("[site.com/a.png?x=(1)).]"), ["site.com/a.png?x=(1)"]);
    }

    #[test]
    fn each_of_several_links_is_found_in_its_order() {
        let text = "a.com/1.png b.com/2.mp3. c.com/3.mp4?x.y d.com/page 4.5 e.com/5.gif";
        assert_eq!(found(text), ["a.com/1.png", "b.com/2.mp3", "c.com/3.mp4?x.y", "e.com/5.gif"]);
    }

    #[test]
    fn words_are_no_links() {
        for text in [
            "",
            ".",
            "...",
            "Hi. There. ",
            "e.g. this",
            "3.14",
            "photo.png",
            "site.com",
            "a.b.c/d",
            "::x y.z",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
