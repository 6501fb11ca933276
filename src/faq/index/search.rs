//! A search for the question that is nearest to a text: it goes through the questions of the words that tell most,
//! and passes over those that cannot be similar enough, or not as near as the best so far.
//! It must not know how an index is made.
//!
//! The questions of a word are numbered by their weight, so that those that weigh too much or too little to be
//! similar are a piece at each end, which is cut off. What is left is gone through in the order of all its words
//! together, from those on that weigh as much as the text: they may be the same but for the order of their words.
//! With every nearer question that is found, more of the words tell too little to lead to a nearer one by
//! themselves, and their questions are not gone through any more: what those words add is looked up in the questions
//! of the others.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::ops::Range;

use super::{Index, Near, Place, Query, QuestionNo, ROUNDING, reaches, similarity};

/// A search that can begin.
pub(in crate::faq) struct Search<'i> {
    index: &'i Index,
    query: Query,
    threshold: f32,
    /// The questions that weigh neither too much nor too little, in two parts: those that may have all of the known
    /// words come first.
    parts: [Range<Place>; 2],
    /// What each known word and those after it add at most.
    rests: Vec<Rest>,
    /// The questions of so many words are gone through.
    leading: usize,
}

/// What some words add at most: to what is shared, and to a score.
#[derive(Clone, Copy, Default)]
struct Rest {
    weight: f32,
    score: f32,
}

/// The nearest question so far.
#[derive(Clone, Copy)]
struct Best {
    near: Near,
    score: f32,
}

/// The questions of a word that were not gone through yet, by the first of them; of one question the words come in
/// their order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Cursor<'i> {
    place: Place,
    word: usize,
    behind: &'i [Place],
}

impl<'i> Search<'i> {
    pub(super) fn new(index: &'i Index, query: Query, threshold: f32) -> Self {
        let mut rests = vec![Rest::default(); query.known.len() + 1];
        for (number, term) in query.known.iter().enumerate().rev() {
            let (behind, weight) = (rests[number + 1], index.weight(*term));
            let score = behind.score + weight * index.gains[*term as usize];
            rests[number] = Rest { weight: behind.weight + weight, score };
        }
        // The questions of the others have too little in common with the text.
        let leads = |rest: &Rest| may_reach(similarity(rest.weight, query.weight, rest.weight), threshold);
        let leading = rests.iter().take_while(|rest| leads(rest)).count();
        let parts = parts(index, &query, threshold);
        Self { index, query, threshold, parts, rests, leading }
    }

    /// How many questions it goes through at most; one that has several of the words counts for each.
    pub(in crate::faq) fn effort(&self) -> usize {
        let holders = |part| self.holders(part).map(|(_, places)| places.len());
        self.parts.iter().flat_map(holders).sum()
    }

    /// The nearest question that is similar enough.
    pub(in crate::faq) fn nearest(mut self) -> Option<Near> {
        let mut best: Option<Best> = None;
        for part in self.parts.clone() {
            let cursors = self.holders(&part).filter_map(|(word, places)| Cursor::new(word, places));
            let mut ahead: BinaryHeap<_> = cursors.map(Reverse).collect();
            while let Some(place) = ahead.peek().map(|Reverse(first)| first.place) {
                let shared = self.shared_by_leading(place, &mut ahead);
                let Some(nearer) = self.look_at(place, shared, best.as_ref()) else { continue };
                best = Some(nearer);
                let leads = |rest: &&Rest| may_win(rest.score, nearer.score);
                self.leading = self.rests[..self.leading].iter().take_while(leads).count();
            }
        }
        best.map(|best| best.near)
    }

    /// The questions of each leading word that are in a part of all.
    fn holders(&self, part: &Range<Place>) -> impl Iterator<Item = (usize, &'i [Place])> {
        let leading = self.query.known[..self.leading].iter().enumerate();
        leading.map(|(word, term)| (word, within(self.index.holders.get(*term), part)))
    }

    /// What a question shares of the leading words; goes past it.
    fn shared_by_leading(&self, place: Place, ahead: &mut BinaryHeap<Reverse<Cursor<'i>>>) -> f32 {
        let mut shared = 0.0;
        while let Some(mut first) = ahead.peek_mut().filter(|first| first.0.place == place) {
            let word = first.0.word;
            let next = (word < self.leading).then(|| Cursor::new(word, first.0.behind)).flatten();
            if word < self.leading {
                shared += self.index.weight(self.query.known[word]);
            }
            match next {
                Some(next) => first.0 = next,
                None => drop(PeekMut::pop(first)),
            }
        }
        shared
    }

    /// A question, if it is similar enough and nearer than the best so far.
    fn look_at(&self, place: Place, shared: f32, best: Option<&Best>) -> Option<Best> {
        let question = &self.index.questions[place as usize];
        let most = (shared + self.rests[self.leading].weight).min(question.weight);
        let is_passed_over = !may_reach(similarity(most, self.query.weight, question.weight), self.threshold)
            || best.is_some_and(|best| !may_win(most * question.gain, best.score));
        if is_passed_over {
            return None;
        }
        let shared = self.index.shared(&self.query.known[self.leading..], place, shared);
        let similarity = similarity(shared, self.query.weight, question.weight).min(1.0);
        if !reaches(similarity, self.threshold) {
            return None;
        }
        let score = self.index.score(&self.query, place, shared);
        let near = Near { question: question.number, similarity };
        let next = Best { near, score };
        best.is_none_or(|best| next.rank() > best.rank()).then_some(next)
    }
}

impl Best {
    /// Of several with one score the first is the nearest.
    fn rank(&self) -> (f32, Reverse<QuestionNo>) {
        (self.score, Reverse(self.near.question))
    }
}

impl<'i> Cursor<'i> {
    fn new(word: usize, places: &'i [Place]) -> Option<Self> {
        places.split_first().map(|(place, behind)| Self { place: *place, word, behind })
    }
}

/// The places of the questions that weigh neither too much nor too little to be similar enough: of those that may
/// have all of the known words, and of the lighter ones.
fn parts(index: &Index, query: &Query, threshold: f32) -> [Range<Place>; 2] {
    // At most all of the lighter one is shared: of questions that weigh less than the known words the heavier are
    // more similar, and of the others the lighter.
    let is_possible =
        |weight: f32| may_reach(similarity(weight.min(query.known_weight), query.weight, weight), threshold);
    let place_of = |is_before: &dyn Fn(f32) -> bool| {
        index.questions.partition_point(|question| is_before(question.weight)) as Place
    };
    let known = query.known_weight * (1.0 - ROUNDING);
    let from = place_of(&|weight| weight < known && !is_possible(weight));
    let middle = place_of(&|weight| weight < known);
    let to = place_of(&|weight| weight < known || is_possible(weight));
    [middle..to, from..middle]
}

/// Those of sorted places that are in a part of all.
fn within<'i>(places: &'i [Place], part: &Range<Place>) -> &'i [Place] {
    let from = places.partition_point(|place| *place < part.start);
    let length = places[from..].partition_point(|place| *place < part.end);
    &places[from..from + length]
}

/// Whether a question that is so similar at most may be similar enough.
fn may_reach(most: f32, threshold: f32) -> bool {
    reaches(most, threshold - ROUNDING)
}

/// Whether a question with such a score at most may be as near as one with `score`.
fn may_win(most: f32, score: f32) -> bool {
    most * (1.0 + ROUNDING) >= score
}
