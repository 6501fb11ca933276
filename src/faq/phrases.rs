//! Phrases by which customers ask for a person instead of a bot.

use super::words::words;

/// Phrases, as words.
#[derive(Clone, Debug, Default)]
pub struct Phrases(Vec<Vec<String>>);

impl Phrases {
    /// These phrases; one without words never stands anywhere.
    pub fn new<T: AsRef<str>>(phrases: impl IntoIterator<Item = T>) -> Self {
        let words = phrases.into_iter().map(|phrase| words(phrase.as_ref()));
        Self(words.filter(|words| !words.is_empty()).collect())
    }

    /// Whether one of them stands in `said`. A single word has to be all that is said: within a sentence it may mean
    /// anything.
    pub(super) fn stand_in(&self, said: &[String]) -> bool {
        self.0.iter().any(|phrase| match phrase.as_slice() {
            [word] => said == [word.as_str()],
            words => said.windows(words.len()).any(|window| window == words),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(said: &str) -> bool {
        Phrases::new(["Agent", "talk to a human", "?!"]).stand_in(&words(said))
    }

    #[test]
    fn a_phrase_of_several_words_stands_anywhere() {
        assert!(asks("Could I TALK TO A HUMAN, please?"));
        assert!(asks("talk to a human"));
        assert!(!asks("talk to a kind human"));
        assert!(!asks("talk to"));
    }

    #[test]
    fn a_single_word_is_all_that_is_said() {
        assert!(asks("agent!"));
        assert!(!asks("how do I become an agent"));
    }

    #[test]
    fn nobody_is_asked_for_where_nothing_is_said() {
        assert!(!asks("") && !asks("?!"));
        assert!(!Phrases::default().stand_in(&words("agent")));
    }
}
