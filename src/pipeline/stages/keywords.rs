//! Spotting words and phrases: what is found becomes tags, alerts and a wish for a team. It must not know who is
//! alerted, or who is in a team.

use aho_corasick::{AhoCorasick, MatchKind};
use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::passing::Passing;
use super::{Stage, Verdict};
use crate::domain::conversation::Wanted;
use crate::domain::stage::{KeywordRule, Keywords, Senders};
use crate::pipeline::submit::{PlatformSays, Toward};
use crate::pipeline::wishes::Alert;

/// The tag that has the tags of all rules that apply.
const TAG: &str = "keywords";

/// The `payloadType` of an alert.
const ALERT: &str = "hubster.alert";

/// Looks for the phrases of all rules in one go.
pub(super) struct SpotKeywords {
    senders: Senders,
    rules: Vec<KeywordRule>,
    /// Of each phrase, as the matcher numbers them, its rule and its place there: in the order of both.
    phrases: Vec<(usize, usize)>,
    matcher: AhoCorasick,
    /// How much of a text is looked at, in bytes: phrases that lie in each other are met again at each of its words.
    bytes: usize,
}

impl SpotKeywords {
    pub(super) fn new(keywords: &Keywords, bytes: usize) -> Self {
        let (mut phrases, mut folded_phrases) = (Vec::new(), Vec::new());
        for (rule, KeywordRule { phrases: of_rule, .. }) in keywords.rules.iter().enumerate() {
            for (place, phrase) in of_rule.iter().enumerate() {
                phrases.push((rule, place));
                folded_phrases.push(folded(phrase.trim()));
            }
        }
        let matcher = AhoCorasick::builder().match_kind(MatchKind::Standard).build(folded_phrases).expect(
            "a hub's phrases are far below the thousands of millions of bytes at which a matcher gives up",
        );
        Self { senders: keywords.senders, rules: keywords.rules.clone(), phrases, matcher, bytes }
    }

    /// What is said of each rule: the places of its phrases that are in the text, each once and in order.
    fn spot(&self, text: &str) -> Vec<(&KeywordRule, Vec<usize>)> {
        let text = folded(&text[..text.floor_char_boundary(self.bytes)]);
        // Phrases and not finds are remembered: a text can have far more of these than it has letters.
        let (mut is_found, mut missing) = (vec![false; self.phrases.len()], self.phrases.len());
        for spotted in self.matcher.find_overlapping_iter(&text) {
            let is_found = &mut is_found[spotted.pattern().as_usize()];
            if !*is_found && stands_alone(&text, spotted.start(), spotted.end()) {
                *is_found = true;
                missing -= 1;
                if missing == 0 {
                    break;
                }
            }
        }
        let found: Vec<_> = self.phrases.iter().zip(is_found).filter(|one| one.1).map(|one| *one.0).collect();
        let rules = found.chunk_by(|one, next| one.0 == next.0);
        rules.map(|all| (&self.rules[all[0].0], all.iter().map(|(_, place)| *place).collect())).collect()
    }
}

#[async_trait]
impl Stage for SpotKeywords {
    async fn meet(&self, activity: &mut Passing<'_>) -> Verdict {
        if !self.senders.include(activity.sender.kind) {
            return Verdict::On;
        }
        let spotted = activity.text().map(|text| self.spot(text)).unwrap_or_default();
        let mut tags: Vec<&str> = Vec::new();
        for (rule, places) in spotted {
            for tag in &rule.tags {
                if !tags.contains(&tag.as_str()) {
                    tags.push(tag);
                }
            }
            if let Some(team) = &rule.team {
                activity.want_agents(Wanted { team: Some(team.clone()), skills: Vec::new() });
            }
            if rule.alert {
                let phrases: Vec<_> = places.iter().map(|place| rule.phrases[*place].as_str()).collect();
                alert(activity, &rule.name, &phrases);
            }
        }
        if !tags.is_empty() {
            let mut all: Vec<Value> =
                activity.tagged(TAG).and_then(Value::as_array).cloned().unwrap_or_default();
            all.extend(tags.into_iter().map(Value::from));
            activity.tag(TAG, all);
        }
        Verdict::On
    }
}

/// Tells the business's side by an event of the conversation, and whoever has the conversation in their sessions.
fn alert(activity: &mut Passing<'_>, rule: &str, phrases: &[&str]) {
    let interaction = activity.id().to_string();
    let payload = json!({"rule": rule, "phrases": phrases, "interactionId": interaction});
    let event = Map::from_iter([
        ("type".to_owned(), Value::from("payload")),
        ("payloadType".to_owned(), ALERT.into()),
        ("payload".to_owned(), payload),
    ]);
    let wishes = &mut activity.draft.wishes;
    wishes.said_after.push(PlatformSays::event(event, Toward::Business));
    wishes.alerts.push(Alert { rule: rule.to_owned(), text: phrases.join(", ") });
}

/// A text in small letters, with single blanks, so that neither cases nor line breaks hide a phrase.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_whitespace() {
            if !folded.ends_with(' ') {
                folded.push(' ');
            }
        } else if character.is_ascii() {
            // Nearly all there is, and a fifth of the cost.
            folded.push(character.to_ascii_lowercase());
        } else {
            folded.extend(character.to_lowercase());
        }
    }
    folded
}

/// Whether what lies between two places of a text is no part of a longer word.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let (before, within, after) = (&text[..start], &text[start..end], &text[end..]);
    let joined = |left: Option<char>, right: Option<char>| {
        left.zip(right).is_some_and(|(left, right)| is_of_word(left) && is_of_word(right))
    };
    !joined(before.chars().next_back(), within.chars().next())
        && !joined(within.chars().next_back(), after.chars().next())
}

/// Whether a character makes one word with such a neighbour. Those of scripts that write no blanks between words do not.
fn is_of_word(character: char) -> bool {
    let writes_no_blanks = matches!(u32::from(character),
        0x0e00..=0x0eff // Thai, Lao
            | 0x1000..=0x109f // Burmese
            | 0x1780..=0x17ff // Khmer
            | 0x2e80..=0x9fff // Chinese, Japanese
            | 0xf900..=0xfaff
            | 0x2_0000..=0x3_ffff);
    character.is_alphanumeric() && !writes_no_blanks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, phrases: &[&str]) -> KeywordRule {
        KeywordRule {
            name: name.to_owned(),
            phrases: phrases.iter().map(|phrase| (*phrase).to_owned()).collect(),
            tags: Vec::new(),
            alert: false,
            team: None,
        }
    }

    fn spotted(rules: &[KeywordRule], text: &str) -> Vec<String> {
        spotted_within(rules, text, usize::MAX)
    }

    fn spotted_within(rules: &[KeywordRule], text: &str, bytes: usize) -> Vec<String> {
        let keywords = Keywords { senders: Senders::CUSTOMERS, rules: rules.to_vec() };
        let stage = SpotKeywords::new(&keywords, bytes);
        let told = |(rule, places): (&KeywordRule, Vec<usize>)| {
            places
                .into_iter()
                .map(|place| format!("{}:{}", rule.name, rule.phrases[place]))
                .collect::<Vec<_>>()
        };
        stage.spot(text).into_iter().flat_map(told).collect()
    }

    #[test]
    fn phrases_are_spotted_in_any_case_and_across_line_breaks() {
        let rules = [rule("refund", &["Money back", "refund"]), rule("shout", &["ÄRGER"])];
        assert_eq!(spotted(&rules, "I want my MONEY \n  back!"), ["refund:Money back"]);
        assert_eq!(spotted(&rules, "Refund, refund: ärger"), ["refund:refund", "shout:ÄRGER"]);
        assert_eq!(spotted(&rules, ""), Vec::<String>::new());
    }

    #[test]
    fn only_whole_words_are_spotted() {
        let rules = [rule("r", &["art", "c++", "退款"])];
        assert_eq!(spotted(&rules, "start, party, arts"), Vec::<String>::new());
        assert_eq!(spotted(&rules, "state of the art."), ["r:art"]);
        assert_eq!(spotted(&rules, "in c++!"), ["r:c++"]);
        assert_eq!(spotted(&rules, "我要退款吗"), ["r:退款"], "no blanks are written around it");
    }

    #[test]
    fn phrases_that_overlap_are_all_spotted() {
        let rules = [rule("a", &["credit card"]), rule("b", &["card fraud", "card"])];
        assert_eq!(spotted(&rules, "credit card fraud"), ["a:credit card", "b:card fraud", "b:card"]);
    }

    #[test]
    fn phrases_are_spotted_up_to_the_bound_and_not_past_it() {
        let rules = [rule("r", &["refund"])];
        assert_eq!(spotted_within(&rules, "a refund", 8), ["r:refund"]);
        assert_eq!(spotted_within(&rules, "a refund", 7), Vec::<String>::new());
        assert_eq!(spotted_within(&rules, "ä refund", 1), Vec::<String>::new(), "within a character");
    }

    #[test]
    fn phrases_that_lie_in_each_other_are_each_told_once_of_a_text_full_of_them() {
        let phrases: Vec<String> = (1..=128).map(|words| vec!["a"; words].join(" ")).collect();
        let phrases: Vec<&str> = phrases.iter().map(String::as_str).collect();
        let rules = [rule("nested", &phrases), rule("other", &["b"])];
        let expected: Vec<_> = phrases.iter().map(|phrase| format!("nested:{phrase}")).collect();
        assert_eq!(spotted(&rules, &"a ".repeat(10_000)), expected);
    }
}
