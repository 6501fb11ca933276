//! The questions of a bot by their words: the one that is the same as a text, else the one nearest to it.
//! Knows neither nodes nor answers.
//!
//! Words weigh as in BM25: the fewer questions have one, the more it tells; common words tell nothing. Two texts are
//! as similar as the weight of the words that they share, in both of them together. Of the questions that are similar
//! enough the one with the highest BM25 score is the nearest. Similarity is what a threshold can be set for: a score
//! says which of two questions is nearer, and nothing about whether the nearer one is near.
//!
//! - `search`: finds the nearest without looking at all questions.

mod search;

use std::collections::HashMap;

use super::common::CommonWords;
use super::postings::{Lists, distinct};
use super::words::words;

pub(super) use search::Search;

/// BM25's `k1`: how much a word counts that is said again.
const REPETITION: f32 = 1.2;
/// BM25's `b`: how much a question loses by being longer than the others.
const LENGTH: f32 = 0.75;
/// What sums of the same weights in another order may differ by.
const ROUNDING: f32 = 1e-4;

/// The place of a question among those that the index was built from.
pub(super) type QuestionNo = u32;
/// The place of a word in the vocabulary.
type TermNo = u32;
/// The place of a question among all, the lightest first.
type Place = u32;

/// Questions by their words.
#[derive(Default)]
pub(super) struct Index {
    vocabulary: HashMap<Box<str>, TermNo>,
    /// What each word of the vocabulary weighs.
    weights: Vec<f32>,
    /// The most that a question gains by having each word, as a multiple of what that weighs.
    gains: Vec<f32>,
    common: CommonWords,
    /// All questions, the lightest first; of those that weigh the same in the order in which they were added.
    questions: Vec<Question>,
    /// The words of each question, sorted.
    terms: Lists,
    /// The questions that have each word.
    holders: Lists,
    /// The first question of these words in this order.
    same: HashMap<Box<[TermNo]>, QuestionNo>,
    average_length: f32,
}

/// A question, besides its words.
struct Question {
    number: QuestionNo,
    /// What its words weigh together.
    weight: f32,
    /// What it gains by each word that it shares, as a multiple of what that weighs; by words that it has less often
    /// than another one, less.
    gain: f32,
    /// Whether it has any word more than once that tells something.
    repeats: bool,
}

/// A text as the index sees it.
struct Query {
    /// The words that are in the vocabulary, each once, those that weigh most first.
    known: Vec<TermNo>,
    /// What those weigh together.
    known_weight: f32,
    /// What all words weigh together.
    weight: f32,
}

/// A question that is similar enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Near {
    pub(super) question: QuestionNo,
    /// From 0 to 1.
    pub(super) similarity: f32,
}

/// An index in the making: questions are added one by one, so that nobody has to hold them all.
pub(super) struct Indexing {
    vocabulary: HashMap<Box<str>, TermNo>,
    terms: Lists,
    same: HashMap<Box<[TermNo]>, QuestionNo>,
}

impl Indexing {
    /// No question yet.
    pub(super) fn new() -> Self {
        Self { vocabulary: HashMap::new(), terms: Lists::new(), same: HashMap::new() }
    }

    /// Adds a question. Takes a few microseconds.
    pub(super) fn add(&mut self, question: &str) {
        let number = self.terms.count() as QuestionNo;
        let mut said: Vec<TermNo> = Vec::new();
        for word in words(question) {
            let next = self.vocabulary.len() as TermNo;
            said.push(*self.vocabulary.entry(word.into_boxed_str()).or_insert(next));
        }
        if !said.is_empty() {
            self.same.entry(said.clone().into_boxed_slice()).or_insert(number);
        }
        said.sort_unstable();
        self.terms.push(said);
    }

    /// The index of all questions that were added.
    pub(super) fn finish(self, common: CommonWords) -> Index {
        let Self { mut vocabulary, terms, mut same } = self;
        vocabulary.shrink_to_fit();
        same.shrink_to_fit();
        let held = terms.spread(vocabulary.len());
        let mut weights = vec![0.0; vocabulary.len()];
        for (word, term) in &vocabulary {
            let held = held[*term as usize];
            weights[*term as usize] = weigh(terms.count(), held, common.contain(word));
        }
        let average_length = terms.total() as f32 / terms.count().max(1) as f32;
        let all = 0..terms.count() as QuestionNo;
        let mut questions: Vec<_> =
            all.map(|number| Question::new(number, terms.get(number), &weights, average_length)).collect();
        questions.sort_unstable_by(|one, other| {
            one.weight.total_cmp(&other.weight).then(one.number.cmp(&other.number))
        });
        let terms = terms.arranged(questions.iter().map(|question| question.number));
        let mut gains = vec![0.0_f32; vocabulary.len()];
        for (question, place) in questions.iter().zip(0..) {
            let raise = |gain: &mut f32| *gain = gain.max(question.gain);
            terms.get(place).iter().for_each(|term| raise(&mut gains[*term as usize]));
        }
        let holders = terms.inverted(vocabulary.len());
        Index { vocabulary, weights, gains, common, questions, terms, holders, same, average_length }
    }
}

impl Question {
    fn new(number: QuestionNo, terms: &[TermNo], weights: &[f32], average_length: f32) -> Self {
        let weight_of = |term: TermNo| weights[term as usize];
        let weight = distinct(terms).map(weight_of).sum();
        let telling = terms.chunk_by(|one, other| one == other).filter(|same| weight_of(same[0]) > 0.0);
        let most_said = telling.map(<[TermNo]>::len).max().unwrap_or(1);
        let gain = gain(most_said, terms.len(), average_length);
        Self { number, weight, gain, repeats: most_said > 1 }
    }
}

impl Index {
    /// The first question that has the same words in the same order.
    pub(super) fn same(&self, words: &[String]) -> Option<QuestionNo> {
        let terms: Option<Box<[TermNo]>> = words.iter().map(|word| self.term(word)).collect();
        self.same.get(&terms?).copied()
    }

    /// A search for the nearest question that is at least so similar. A `threshold` is more than 0, and at most 1.
    pub(super) fn search(&self, words: &[String], threshold: f32) -> Search<'_> {
        Search::new(self, self.query(words), threshold)
    }

    fn query(&self, words: &[String]) -> Query {
        let mut unknown: Vec<&str> = Vec::new();
        let mut known: Vec<TermNo> = Vec::new();
        for word in words {
            match self.term(word) {
                Some(term) => known.push(term),
                None => unknown.push(word),
            }
        }
        unknown.sort_unstable();
        unknown.dedup();
        known.sort_unstable();
        known.dedup();
        known.sort_by(|one, other| self.weight(*other).total_cmp(&self.weight(*one)));
        let known_weight = known.iter().map(|term| self.weight(*term)).sum();
        let unknown = unknown.into_iter();
        let unknown: f32 = unknown.map(|word| weigh(self.terms.count(), 0, self.common.contain(word))).sum();
        Query { known, known_weight, weight: known_weight + unknown }
    }

    /// What a question shares with a text: `before`, and of these words.
    fn shared(&self, known: &[TermNo], place: Place, before: f32) -> f32 {
        let terms = self.terms.get(place);
        let shared = known.iter().filter(|term| terms.binary_search(term).is_ok());
        shared.fold(before, |sum, term| sum + self.weight(*term))
    }

    /// BM25 of a question that shares so much.
    fn score(&self, query: &Query, place: Place, shared: f32) -> f32 {
        let question = &self.questions[place as usize];
        if !question.repeats {
            return shared * question.gain;
        }
        let terms = self.terms.get(place);
        let gain_of = |said| gain(said, terms.len(), self.average_length);
        let once = gain_of(1);
        let more_of = |term: &TermNo| {
            let said = terms.iter().filter(|held| *held == term).count();
            if said > 1 { self.weight(*term) * (gain_of(said) - once) } else { 0.0 }
        };
        shared * once + query.known.iter().map(more_of).sum::<f32>()
    }

    fn term(&self, word: &str) -> Option<TermNo> {
        self.vocabulary.get(word).copied()
    }

    fn weight(&self, term: TermNo) -> f32 {
        self.weights[term as usize]
    }
}

/// What a word weighs that `held` of `all` questions have: BM25's inverse document frequency, or nothing when it is
/// common.
fn weigh(all: usize, held: usize, is_common: bool) -> f32 {
    if is_common {
        return 0.0;
    }
    let (all, held) = (all as f32, held as f32);
    (1.0 + (all - held + 0.5) / (held + 0.5)).ln()
}

/// BM25's share of what a word weighs that is said so often in so many words.
fn gain(said: usize, length: usize, average_length: f32) -> f32 {
    let (said, length) = (said as f32, length as f32);
    said * (REPETITION + 1.0) / (said + REPETITION * (1.0 - LENGTH + LENGTH * length / average_length))
}

/// How similar two texts are that weigh so much, by the weight of what they share.
fn similarity(shared: f32, one: f32, other: f32) -> f32 {
    if shared > 0.0 { 2.0 * shared / (one + other) } else { 0.0 }
}

fn reaches(similarity: f32, threshold: f32) -> bool {
    similarity > 0.0 && similarity + ROUNDING >= threshold
}

#[cfg(test)]
mod tests;
