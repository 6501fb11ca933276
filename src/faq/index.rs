//! The questions of a bot by their words: the one that is the same as a text, else the one nearest to it.
//! Knows neither nodes nor answers.
//!
//! Words weigh as in BM25: the fewer questions have one, the more it tells; common words tell nothing. Two texts are
//! as similar as the weight of the words that they share, in both of them together. Of the questions that are similar
//! enough the one with the highest BM25 score is the nearest. Similarity is what a threshold can be set for: a score
//! says which of two questions is nearer, and nothing about whether the nearer one is near.

use std::collections::HashMap;

use super::common::CommonWords;
use super::postings::{Lists, distinct};
use super::words::words;

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

/// Questions by their words.
#[derive(Default)]
pub(super) struct Index {
    vocabulary: HashMap<Box<str>, TermNo>,
    /// What each word of the vocabulary weighs.
    weights: Vec<f32>,
    common: CommonWords,
    /// The words of each question, sorted.
    terms: Lists,
    /// What the words of each question weigh together.
    question_weights: Vec<f32>,
    /// The questions that have each word.
    holders: Lists,
    /// The first question of these words in this order.
    same: HashMap<Box<[TermNo]>, QuestionNo>,
    average_length: f32,
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
        let Self { mut vocabulary, mut terms, mut same } = self;
        vocabulary.shrink_to_fit();
        same.shrink_to_fit();
        terms.shrink_to_fit();
        let holders = terms.inverted(vocabulary.len());
        let mut weights = vec![0.0; vocabulary.len()];
        for (word, term) in &vocabulary {
            let held = holders.get(*term).len();
            weights[*term as usize] = weigh(terms.count(), held, common.contain(word));
        }
        let weight_of = |term: TermNo| weights[term as usize];
        let all = 0..terms.count() as QuestionNo;
        let question_weights =
            all.map(|question| distinct(terms.get(question)).map(weight_of).sum()).collect();
        let average_length = terms.total() as f32 / terms.count().max(1) as f32;
        Index { vocabulary, weights, common, terms, question_weights, holders, same, average_length }
    }
}

impl Index {
    /// The first question that has the same words in the same order.
    pub(super) fn same(&self, words: &[String]) -> Option<QuestionNo> {
        let terms: Option<Box<[TermNo]>> = words.iter().map(|word| self.term(word)).collect();
        self.same.get(&terms?).copied()
    }

    /// The nearest question, if one is at least so similar. A `threshold` is from 0, and more than that, to 1.
    pub(super) fn nearest(&self, words: &[String], threshold: f32) -> Option<Near> {
        let query = self.query(words);
        let near = self.candidates(&query, threshold).into_iter().filter_map(|question| {
            let similarity = self.similarity(&query, question, threshold)?;
            Some((Near { question, similarity }, self.score(&query, question)))
        });
        // Of several with one score the first.
        near.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(near, _)| near)
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

    /// All questions that may be similar enough, in order: those that have one of the words that tell most. The
    /// others tell too little together, so the questions of "what" and "the" are not gone through.
    fn candidates(&self, query: &Query, threshold: f32) -> Vec<QuestionNo> {
        let mut candidates = Vec::new();
        let mut rest = query.known_weight;
        for term in &query.known {
            if !reaches(similarity(rest, query.weight, rest), threshold) {
                break;
            }
            candidates.extend_from_slice(self.holders.get(*term));
            rest -= self.weight(*term);
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }

    /// How similar a question is; nothing when that is less than `threshold`.
    fn similarity(&self, query: &Query, question: QuestionNo, threshold: f32) -> Option<f32> {
        let own = self.question_weights[question as usize];
        // At most all of the lighter one is shared, which tells of most that they are too different.
        let most = similarity(own.min(query.known_weight), query.weight, own);
        if !reaches(most, threshold) {
            return None;
        }
        let terms = self.terms.get(question);
        let shared = query.known.iter().filter(|term| terms.binary_search(term).is_ok());
        let shared = shared.map(|term| self.weight(*term)).sum();
        Some(similarity(shared, query.weight, own).min(1.0))
            .filter(|similarity| reaches(*similarity, threshold))
    }

    /// BM25.
    fn score(&self, query: &Query, question: QuestionNo) -> f32 {
        let terms = self.terms.get(question);
        let length = 1.0 - LENGTH + LENGTH * terms.len() as f32 / self.average_length;
        let score_of = |term: &TermNo| {
            let said = terms.iter().filter(|held| *held == term).count() as f32;
            self.weight(*term) * said * (REPETITION + 1.0) / (said + REPETITION * length)
        };
        query.known.iter().map(score_of).sum()
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

/// How similar two texts are that weigh so much, by the weight of what they share.
fn similarity(shared: f32, one: f32, other: f32) -> f32 {
    if shared > 0.0 { 2.0 * shared / (one + other) } else { 0.0 }
}

fn reaches(similarity: f32, threshold: f32) -> bool {
    similarity > 0.0 && similarity + ROUNDING >= threshold
}

#[cfg(test)]
mod tests;
