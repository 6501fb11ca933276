//! Telling the mood of a text by a lexicon of English words. It must not know what anybody does with it.

use async_trait::async_trait;
use serde_json::Value;
use vader_sentimental::SentimentIntensityAnalyzer;

use super::language::{self, rounded};
use super::passing::Passing;
use super::{Stage, Verdict};
use crate::domain::stage::{Senders, Sentiment};

/// The tag with the mood in a word.
const TAG: &str = "sentiment";

/// The tag with the mood as a number, from -1 for bad to 1 for good.
const SCORE: &str = "sentimentScore";

/// The language that the lexicon is of.
const LANGUAGE: &str = "eng";

/// Up to here a mood is neither good nor bad, as the authors of the lexicon have it.
const NEUTRAL: f64 = 0.05;

/// Tells the mood of texts that nobody has found to be in another language than the lexicon's.
pub(super) struct TellSentiment {
    senders: Senders,
    analyzer: SentimentIntensityAnalyzer<'static>,
    /// How much of a text is looked at, in bytes: what it costs grows with that.
    bytes: usize,
}

impl TellSentiment {
    pub(super) fn new(sentiment: Sentiment, bytes: usize) -> Self {
        Self { senders: sentiment.senders, analyzer: SentimentIntensityAnalyzer::new(), bytes }
    }

    /// The mood of a text, from -1 to 1.
    fn tell(&self, text: &str) -> f64 {
        rounded(self.analyzer.polarity_scores(&text[..text.floor_char_boundary(self.bytes)]).compound)
    }
}

fn word_for(score: f64) -> &'static str {
    match score {
        score if score >= NEUTRAL => "positive",
        score if score <= -NEUTRAL => "negative",
        _ => "neutral",
    }
}

#[async_trait]
impl Stage for TellSentiment {
    async fn meet(&self, activity: &mut Passing<'_>) -> Verdict {
        let language = activity.tagged(language::TAG).and_then(Value::as_str);
        if !self.senders.include(activity.sender.kind) || language.is_some_and(|code| code != LANGUAGE) {
            return Verdict::On;
        }
        if let Some(score) = activity.text().map(|text| self.tell(text)) {
            activity.tag(TAG, word_for(score));
            activity.tag(SCORE, score);
        }
        Verdict::On
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tell(text: &str, bytes: usize) -> &'static str {
        let stage = TellSentiment::new(Sentiment { senders: Senders::CUSTOMERS }, bytes);
        word_for(stage.tell(text))
    }

    #[test]
    fn the_mood_of_a_text_is_told_by_its_words() {
        assert_eq!(tell("This is great, thank you so much!", 256), "positive");
        assert_eq!(tell("I am really angry, this is terrible service", 256), "negative");
        assert_eq!(tell("The parcel comes on Monday", 256), "neutral");
    }

    #[test]
    fn no_more_of_a_text_is_looked_at_than_is_said_and_no_character_is_cut() {
        assert_eq!(tell("great great awful terrible horrible", 11), "positive");
        for bytes in 0..20 {
            tell("wünderbar ärgerlich", bytes);
        }
    }
}
