//! What a bot knows, and what it makes of a text. It knows questions, and no answers: those are many times as long,
//! and only one is needed at a time. Whoever has the nodes finds one by its place.

use std::sync::Arc;

use super::common::CommonWords;
use super::index::{Index, Indexing};
use super::phrases::Phrases;
use super::prints::Prints;
use super::words::words;
use crate::domain::faq::FaqNode;

/// By what a bot decides whether it answers.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How similar a question has to be to what was said, in percent from 1 to 100.
    pub threshold_percent: u8,
    /// What tells little. Knowledge has to be learnt anew when this changes.
    pub common: CommonWords,
    /// How customers ask for a person.
    pub for_a_person: Phrases,
    /// What is longer than this, in bytes, is no question.
    pub longest_question: usize,
}

/// What a bot does about a text; `N` stands for a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply<N> {
    /// It answers.
    Answer(N, Closeness),
    /// It leaves the conversation to somebody else.
    HandOver(HandOver),
}

/// How near the question that is answered is to what was said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Closeness {
    /// It is the same.
    Same,
    /// It is as similar as this, in percent.
    Near(f32),
}

/// Why a bot leaves a conversation to somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandOver {
    /// The customer asked for a person.
    Asked,
    /// It knows no answer.
    Unknown,
}

/// The questions of nodes with their index. It never changes: new nodes are new knowledge.
#[derive(Default)]
pub struct Knowledge {
    prints: Arc<Prints>,
    /// The place of the node of each question of the index.
    node_of: Vec<u32>,
    index: Index,
}

/// Knowledge in the making: nodes are added one by one, and none of them is held.
pub struct Learning {
    prints: Prints,
    node_of: Vec<u32>,
    index: Indexing,
    common: CommonWords,
}

impl Learning {
    /// Begins with nothing.
    pub fn new(rules: &Rules) -> Self {
        Self {
            prints: Prints::new(),
            node_of: Vec::new(),
            index: Indexing::new(),
            common: rules.common.clone(),
        }
    }

    /// Adds a node, of another name than those before. Takes some ten microseconds.
    pub fn add(&mut self, node: &FaqNode) {
        let place = self.prints.count() as u32;
        for question in &node.questions {
            self.index.add(question);
            self.node_of.push(place);
        }
        self.prints.add(node);
    }

    /// What can be known from all nodes that were added. Takes time: half a second for 100,000 nodes.
    pub fn finish(self) -> Knowledge {
        let Self { prints, mut node_of, index, common } = self;
        node_of.shrink_to_fit();
        Knowledge { prints: Arc::new(prints.finish()), node_of, index: index.finish(common) }
    }
}

impl Knowledge {
    /// What can be known from these nodes, whose names differ. Takes time: about a second for 100,000 nodes.
    pub fn learn<'a>(nodes: impl IntoIterator<Item = &'a FaqNode>, rules: &Rules) -> Self {
        let mut learning = Learning::new(rules);
        nodes.into_iter().for_each(|node| learning.add(node));
        learning.finish()
    }

    /// How many nodes there are.
    pub fn count(&self) -> usize {
        self.prints.count()
    }

    /// What it can be compared by with other nodes.
    pub fn prints(&self) -> &Arc<Prints> {
        &self.prints
    }

    /// What to do about a text: the same question is answered; else who asks for a person gets one; else the nearest
    /// question is answered if it is near enough. An answer is the place of its node among those that were learnt.
    pub fn reply(&self, text: &str, rules: &Rules) -> Reply<usize> {
        self.reply_within(usize::MAX, text, rules).expect("no search goes through more questions")
    }

    /// [`reply`](Self::reply), unless so many questions would have to be gone through for it that it may take longer
    /// than whoever asks can wait: a hundred take about a microsecond.
    pub fn reply_within(&self, most: usize, text: &str, rules: &Rules) -> Option<Reply<usize>> {
        if text.len() > rules.longest_question {
            return Some(Reply::HandOver(HandOver::Unknown));
        }
        let words = words(text);
        if let Some(question) = self.index.same(&words) {
            return Some(Reply::Answer(self.node(question), Closeness::Same));
        }
        if rules.for_a_person.stand_in(&words) {
            return Some(Reply::HandOver(HandOver::Asked));
        }
        let search = self.index.search(&words, f32::from(rules.threshold_percent) / 100.0);
        let is_within = search.effort() <= most;
        is_within.then(|| match search.nearest() {
            Some(near) => Reply::Answer(self.node(near.question), Closeness::Near(near.similarity * 100.0)),
            None => Reply::HandOver(HandOver::Unknown),
        })
    }

    fn node(&self, question: u32) -> usize {
        self.node_of[question as usize] as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, questions: &[&str]) -> FaqNode {
        let questions = questions.iter().map(|question| (*question).to_owned()).collect();
        FaqNode { name: name.to_owned(), questions, answers: vec![format!("about {name}")] }
    }

    fn rules() -> Rules {
        Rules {
            threshold_percent: 60,
            common: CommonWords::new(["what are your when do you how do I can I an is it"]),
            for_a_person: Phrases::new(["agent", "speak to somebody"]),
            longest_question: 40,
        }
    }

    /// The name of the node that answers, or why none does.
    fn reply(text: &str) -> Result<String, HandOver> {
        let nodes = vec![
            node("hours", &["What are your opening hours?", "When do you open?"]),
            node("silence", &["?"]),
            node("people", &["Can I speak to somebody on Sundays?"]),
            node("returns", &["How do I return an item?", "Can I send it back?", "I want my money back"]),
        ];
        let knowledge = Knowledge::learn(&nodes, &rules());
        match knowledge.reply(text, &rules()) {
            Reply::Answer(place, _) => Ok(nodes[place].name.clone()),
            Reply::HandOver(why) => Err(why),
        }
    }

    #[test]
    fn every_question_of_a_node_leads_to_it() {
        assert_eq!(reply("when do YOU open"), Ok("hours".to_owned()));
        assert_eq!(reply("opening hours"), Ok("hours".to_owned()));
        assert_eq!(reply("i want my money back!"), Ok("returns".to_owned()));
        assert_eq!(reply("How can I return an item?"), Ok("returns".to_owned()));
    }

    #[test]
    fn what_it_does_not_know_it_leaves_to_others() {
        for said in ["Is anybody there?", "?", "", "👋"] {
            assert_eq!(reply(said), Err(HandOver::Unknown), "{said}");
        }
    }

    #[test]
    fn who_asks_for_a_person_gets_one_unless_that_is_the_question() {
        assert_eq!(reply("Agent!"), Err(HandOver::Asked));
        assert_eq!(reply("can I please speak to somebody"), Err(HandOver::Asked));
        assert_eq!(reply("can I speak to somebody on sundays"), Ok("people".to_owned()));
    }

    #[test]
    fn a_search_that_may_take_long_is_not_begun_unless_it_is_wanted() {
        let nodes: Vec<_> = (0..9).map(|n| node(&n.to_string(), &["open hours", "parking"])).collect();
        let knowledge = Knowledge::learn(&nodes, &rules());
        let within = |most, text| knowledge.reply_within(most, text, &rules());
        let found = Some(Reply::Answer(0, Closeness::Near(100.0)));
        assert_eq!([within(17, "hours open"), within(18, "hours open")], [None, found.clone()]);
        assert_eq!(Some(knowledge.reply("hours open", &rules())), found);
        for (text, reply) in [
            ("open hours", Reply::Answer(0, Closeness::Same)),
            ("agent", Reply::HandOver(HandOver::Asked)),
            ("anything else", Reply::HandOver(HandOver::Unknown)),
        ] {
            assert_eq!(within(0, text), Some(reply), "{text}");
        }
    }

    #[test]
    fn a_question_as_long_as_the_longest_is_answered_and_no_longer_one() {
        let question = "opening hours";
        let longest = format!("{question}{}", " ".repeat(40 - question.len()));
        assert_eq!(reply(&longest), Ok("hours".to_owned()));
        assert_eq!(reply(&format!("{longest} ")), Err(HandOver::Unknown));
    }
}
