//! A text as the words by which it is compared: letters without case and marks, digits, and nothing else.
//! Knows no language: no word is left out or cut short.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The words of a text, in order.
///
/// Scripts that put no spaces between words give every two neighbouring letters as a word: whoever asks the same in a
/// longer sentence still shares most of them.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut splitter = Splitter::default();
    // Most texts have nothing to take apart, and most of the time of learning went there.
    if text.is_ascii() {
        text.chars().for_each(|letter| splitter.take(letter.to_ascii_lowercase()));
        return splitter.finish();
    }
    let letters = text.nfkd().filter(|letter| !is_diacritic(*letter)).flat_map(char::to_lowercase);
    for letter in letters {
        match plain(letter) {
            Some(letters) => letters.chars().for_each(|letter| splitter.take(letter)),
            None => splitter.take(letter),
        }
    }
    splitter.finish()
}

/// Marks that are written above or below letters and left out by who is in a hurry. Other marks, such as the vowels
/// of Indian scripts, are as good as letters.
fn is_diacritic(letter: char) -> bool {
    matches!(letter,
        '\u{300}'..='\u{36f}'
        | '\u{591}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{670}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

/// How letters are written without what belongs to them and is no mark.
fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        'ς' => "σ",
        _ => return None,
    })
}

/// Whether the script of a letter puts no spaces between words.
fn is_dense(letter: char) -> bool {
    matches!(letter,
        '\u{e00}'..='\u{eff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

#[derive(Default)]
struct Splitter {
    words: Vec<String>,
    /// The word that is being read.
    word: String,
    /// The last letter of a run without spaces.
    neighbour: Option<Neighbour>,
}

#[derive(Clone, Copy)]
struct Neighbour {
    letter: char,
    /// Whether it stands in a word with the letter before it.
    is_paired: bool,
}

impl Splitter {
    fn take(&mut self, letter: char) {
        let is_of_a_word = letter.is_alphanumeric() || is_combining_mark(letter);
        if is_of_a_word && is_dense(letter) {
            self.end_word();
            self.pair(letter);
            return;
        }
        self.end_run();
        if is_of_a_word {
            self.word.push(letter);
        } else {
            self.end_word();
        }
    }

    fn pair(&mut self, letter: char) {
        if let Some(before) = self.neighbour {
            self.words.push(String::from_iter([before.letter, letter]));
        }
        self.neighbour = Some(Neighbour { letter, is_paired: self.neighbour.is_some() });
    }

    fn end_run(&mut self) {
        if let Some(Neighbour { letter, is_paired: false }) = self.neighbour.take() {
            self.words.push(letter.to_string());
        }
    }

    fn end_word(&mut self) {
        if !self.word.is_empty() {
            self.words.push(std::mem::take(&mut self.word));
        }
    }

    fn finish(mut self) -> Vec<String> {
        self.end_run();
        self.end_word();
        self.words
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_punctuation_and_spaces_make_no_difference() {
        for said in [
            "What are your opening hours?",
            "  what ARE\tyour\u{a0}opening-hours ",
            "(What) are, your opening\nhours!!",
        ] {
            assert_eq!(words(said), ["what", "are", "your", "opening", "hours"], "{said:?}");
        }
    }

    #[test]
    fn marks_and_the_ways_of_writing_one_letter_make_no_difference() {
        for (one, other) in [
            ("Où est le café ?", "ou est le cafe"),
            ("caf\u{e9}", "cafe\u{301}"),
            ("STRASSE", "Straße"),
            ("İstanbul ılık", "istanbul ilik"),
            ("Smørrebrød", "smorrebrod"),
            ("ΟΔΟΣ", "οδός"),
            ("ﬁnd Ｆｕｌｌ", "find full"),
            ("שָׁלוֹם", "שלום"),
        ] {
            assert_eq!(words(one), words(other), "{one}");
        }
    }

    #[test]
    fn plain_texts_have_the_words_that_they_have_among_others() {
        let plain = "What's up, Doc? 4-2";
        assert_eq!(words(plain), ["what", "s", "up", "doc", "4", "2"]);
        assert_eq!(words(&format!("{plain} é"))[..6], words(plain));
    }

    #[test]
    fn vowels_that_are_written_as_marks_are_kept() {
        assert_ne!(words("कि"), words("का"));
        assert_eq!(words("नमस्ते दुनिया").len(), 2);
    }

    #[test]
    fn scripts_without_spaces_give_their_letters_two_by_two() {
        assert_eq!(words("営業時間は？"), ["営業", "業時", "時間", "間は"]);
        assert_eq!(words("店 wifi有"), ["店", "wifi", "有"]);
    }

    #[test]
    fn what_has_neither_letters_nor_digits_has_no_words() {
        for said in ["", " ", "?!", "👋🏽", "\u{301}"] {
            assert_eq!(words(said), [""; 0], "{said:?}");
        }
    }

    proptest! {
        #[test]
        fn words_of_words_are_the_same_words(text in "\\PC{0,40}") {
            let once = words(&text);
            prop_assume!(!text.chars().any(is_dense));
            prop_assert_eq!(words(&once.join(" ")), once);
        }

        #[test]
        fn no_word_is_empty_or_has_a_space(text: String) {
            for word in words(&text) {
                prop_assert!(!word.is_empty() && !word.contains(char::is_whitespace), "{:?}", word);
            }
        }
    }
}
