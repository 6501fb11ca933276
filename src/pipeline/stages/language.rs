//! Telling the language of a text. It must not know what anybody does with it.

use async_trait::async_trait;
use whatlang::{Detector, Lang};

use super::passing::Passing;
use super::{Stage, Verdict};
use crate::domain::stage::{Language, Senders};

/// The tag with the code of the language (ISO 639-3).
pub(super) const TAG: &str = "language";

/// The tag with how sure that is, from 0 to 1.
const CONFIDENCE: &str = "languageConfidence";

/// Below it nothing is told: single words are mostly guessed wrong.
const LEAST_CONFIDENCE: f64 = 0.2;

/// Whether texts in the language of this code can be told from others.
pub fn is_known_language(code: &str) -> bool {
    Lang::from_code(code).is_some()
}

/// The codes of all languages in which texts can be told from others.
pub fn known_languages() -> impl Iterator<Item = &'static str> {
    Lang::all().iter().map(|language| language.code())
}

/// Tells the language of texts.
pub(super) struct TellLanguage {
    senders: Senders,
    detector: Detector,
    /// How much of a text is looked at, in bytes: what it costs grows with that.
    bytes: usize,
}

impl TellLanguage {
    pub(super) fn new(language: &Language, bytes: usize) -> Self {
        let languages = language.languages.iter().filter_map(Lang::from_code).collect();
        Self { senders: language.senders, detector: Detector::with_allowlist(languages), bytes }
    }

    /// The code of a text's language and how sure that is, if it is.
    fn tell(&self, text: &str) -> Option<(&'static str, f64)> {
        let found = self.detector.detect(&text[..text.floor_char_boundary(self.bytes)])?;
        (found.confidence() >= LEAST_CONFIDENCE).then(|| (found.lang().code(), found.confidence()))
    }
}

#[async_trait]
impl Stage for TellLanguage {
    async fn meet(&self, activity: &mut Passing<'_>) -> Verdict {
        if self.senders.include(activity.sender.kind)
            && let Some((code, confidence)) = activity.text().and_then(|text| self.tell(text))
        {
            activity.tag(TAG, code);
            activity.tag(CONFIDENCE, rounded(confidence));
        }
        Verdict::On
    }
}

/// To hundredths: nobody needs more, and readers see shorter numbers.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tell(text: &str, bytes: usize) -> Option<&'static str> {
        let languages = ["eng", "deu", "fra", "spa"].map(str::to_owned).to_vec();
        let stage = TellLanguage::new(&Language { senders: Senders::CUSTOMERS, languages }, bytes);
        stage.tell(text).map(|(code, _)| code)
    }

    #[test]
    fn texts_of_a_few_words_are_told_and_single_words_are_not_guessed() {
        for (text, code) in [
            ("Where is my order? I have been waiting for two weeks.", Some("eng")),
            ("Wo ist meine Bestellung? Ich warte seit zwei Wochen.", Some("deu")),
            ("Bonjour, je voudrais un remboursement", Some("fra")),
            ("Hola, ¿dónde está mi pedido?", Some("spa")),
            ("ok", None),
            ("4711", None),
            ("где мой заказ", None),
        ] {
            assert_eq!(tell(text, 64), code, "{text}");
        }
    }

    #[test]
    fn no_more_of_a_text_is_looked_at_than_is_said_and_no_character_is_cut() {
        let text = format!("Wo ist meine Bestellung? Ich wärte{}", " and then in English".repeat(100));
        assert_eq!(tell(&text, 32), Some("deu"));
        for bytes in 0..64 {
            tell("¿dónde está mi pedido? ärgerlich", bytes);
        }
    }

    #[test]
    fn languages_are_known_by_their_codes() {
        assert!(is_known_language("eng") && !is_known_language("en") && !is_known_language("xxx"));
    }
}
