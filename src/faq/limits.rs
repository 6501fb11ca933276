//! How much a bot may be taught, and what is wrong with nodes that it cannot learn.

use std::collections::HashSet;
use std::num::NonZeroUsize;

use super::words::words;
use crate::domain::command::is_command;
use crate::domain::faq::FaqNode;

/// How much a bot may be taught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most nodes.
    pub nodes: NonZeroUsize,
    /// The most questions of all nodes together.
    pub questions: NonZeroUsize,
    /// The most answers of one node: so many messages are sent one after the other.
    pub answers_per_node: NonZeroUsize,
    /// The most bytes of a name, of a question and of an answer. What a customer says beyond that is no question.
    pub text_bytes: NonZeroUsize,
}

/// What is wrong with one of the nodes, or with all of them together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct FaqFault {
    /// The place of the node among those that were given, from 0; none where it is their number.
    pub node: Option<usize>,
    /// What is wrong.
    pub kind: FaqFaultKind,
}

/// What can be wrong with nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaqFaultKind {
    /// There are more nodes than a bot may have.
    #[error("there are too many nodes")]
    TooManyNodes,
    /// There are more questions than a bot may have.
    #[error("there are too many questions")]
    TooManyQuestions,
    /// The name is empty.
    #[error("the node has no name")]
    NoName,
    /// An earlier node of the same call has that name.
    #[error("the name of the node is taken")]
    NameTaken,
    /// No question has a letter or a digit.
    #[error("the node has no question with a letter or digit")]
    NoQuestion,
    /// There is no answer, or an empty one.
    #[error("the node has no answer, or an empty one")]
    NoAnswer,
    /// An answer that would be carried out and not said.
    #[error("an answer of the node is a command")]
    CommandAnswer,
    /// More answers than a node may have.
    #[error("the node has too many answers")]
    TooManyAnswers,
    /// The name, a question or an answer is too long.
    #[error("a text of the node is too long")]
    TooLong,
}

impl Limits {
    /// Whether a bot can learn these nodes.
    ///
    /// # Errors
    /// The first fault.
    pub fn check<'a>(&self, nodes: impl IntoIterator<Item = &'a FaqNode>) -> Result<(), FaqFault> {
        let mut admission = self.admission();
        for (place, node) in nodes.into_iter().enumerate() {
            let fault = |kind: FaqFaultKind| FaqFault { node: (!kind.is_of_all()).then_some(place), kind };
            admission.admit(node).map_err(fault)?;
        }
        Ok(())
    }

    /// Looks at nodes that come one by one.
    pub fn admission(&self) -> Admission {
        Admission { limits: *self, names: HashSet::new(), questions: 0, is_over: false }
    }

    fn check_one(&self, node: &FaqNode) -> Result<(), FaqFaultKind> {
        if node.name.trim().is_empty() {
            return Err(FaqFaultKind::NoName);
        }
        if node.questions.iter().all(|question| words(question).is_empty()) {
            return Err(FaqFaultKind::NoQuestion);
        }
        if node.answers.is_empty() || node.answers.iter().any(|answer| answer.trim().is_empty()) {
            return Err(FaqFaultKind::NoAnswer);
        }
        if node.answers.iter().any(|answer| is_command(answer)) {
            return Err(FaqFaultKind::CommandAnswer);
        }
        if node.answers.len() > self.answers_per_node.get() {
            return Err(FaqFaultKind::TooManyAnswers);
        }
        let mut texts = node.questions.iter().chain(&node.answers).chain([&node.name]);
        if texts.any(|text| text.len() > self.text_bytes.get()) {
            return Err(FaqFaultKind::TooLong);
        }
        Ok(())
    }
}

impl FaqFaultKind {
    /// Whether it is the number of all nodes together that is wrong. It is told once.
    pub fn is_of_all(self) -> bool {
        matches!(self, Self::TooManyNodes | Self::TooManyQuestions)
    }
}

/// Which of the nodes that come one by one a bot can learn.
pub struct Admission {
    limits: Limits,
    names: HashSet<Box<str>>,
    questions: usize,
    /// Whether there have been too many already. What is wrong with later nodes by themselves is told still.
    is_over: bool,
}

impl Admission {
    /// Whether a bot can learn this node beside those that came before it. Of nodes that are too many the first is
    /// told, and the others are looked at by themselves.
    ///
    /// A node that is faulty by itself counts too, and its name is taken: so all is told that will still be wrong when
    /// that node has been put right.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn admit(&mut self, node: &FaqNode) -> Result<(), FaqFaultKind> {
        let by_itself = self.limits.check_one(node);
        if self.names.contains(node.name.as_str()) {
            return by_itself.and(Err(FaqFaultKind::NameTaken));
        }
        // What is no name, or too long to be one, is faulty each time by itself.
        if self.is_over || node.name.trim().is_empty() || node.name.len() > self.limits.text_bytes.get() {
            return by_itself;
        }
        let questions = self.questions + node.questions.len();
        let too_many = if self.names.len() >= self.limits.nodes.get() {
            Some(FaqFaultKind::TooManyNodes)
        } else {
            (questions > self.limits.questions.get()).then_some(FaqFaultKind::TooManyQuestions)
        };
        if let Some(too_many) = too_many {
            by_itself?;
            self.is_over = true;
            return Err(too_many);
        }
        self.names.insert(node.name.as_str().into());
        self.questions = questions;
        by_itself
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        let some = |count| NonZeroUsize::new(count).unwrap();
        Limits { nodes: some(2), questions: some(3), answers_per_node: some(2), text_bytes: some(8) }
    }

    fn node(name: &str, questions: &[&str], answers: &[&str]) -> FaqNode {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        FaqNode { name: name.to_owned(), questions: texts(questions), answers: texts(answers) }
    }

    fn fault(nodes: &[FaqNode]) -> Option<(Option<usize>, FaqFaultKind)> {
        limits().check(nodes).err().map(|fault| (fault.node, fault.kind))
    }

    #[test]
    fn nodes_at_the_limits_are_learnt() {
        let long = "x".repeat(8);
        let nodes = [node(&long, &[&long, "b"], &[&long, "y"]), node("b", &["c"], &["z"])];
        assert_eq!(fault(&nodes), None);
        assert_eq!(fault(&[]), None);
    }

    #[test]
    fn one_past_each_limit_is_a_fault() {
        use FaqFaultKind::*;
        let (good, long) = (node("a", &["a"], &["a"]), "x".repeat(9));
        let three = ["a", "b", "c"].map(|name| node(name, &["a"], &["a"]));
        assert_eq!(fault(&three), Some((None, TooManyNodes)));
        let four = [node("a", &["a", "b"], &["a"]), node("b", &["c", "d"], &["a"])];
        assert_eq!(fault(&four), Some((None, TooManyQuestions)));
        for (bad, kind) in [
            (node("b", &["a"], &["a", "b", "c"]), TooManyAnswers),
            (node(&long, &["a"], &["a"]), TooLong),
            (node("b", &[&long], &["a"]), TooLong),
            (node("b", &["a"], &[&long]), TooLong),
        ] {
            assert_eq!(fault(&[good.clone(), bad]), Some((Some(1), kind)));
        }
    }

    fn faults_of(nodes: &[FaqNode]) -> Vec<Option<FaqFaultKind>> {
        let mut admission = limits().admission();
        nodes.iter().map(|node| admission.admit(node).err()).collect()
    }

    #[test]
    fn the_name_of_a_node_is_taken_though_that_node_is_faulty_itself() {
        use FaqFaultKind::*;
        let (bad, good) = (node("a", &["q"], &["::x"]), node("a", &["r"], &["2"]));
        assert_eq!(faults_of(&[bad, good]), [Some(CommandAnswer), Some(NameTaken)]);
        let (no_name, long_name) = (node("", &["q"], &["a"]), node("123456789", &["q"], &["a"]));
        let no_names = [no_name.clone(), no_name, long_name.clone(), long_name];
        assert_eq!(faults_of(&no_names), [NoName, NoName, TooLong, TooLong].map(Some));
    }

    #[test]
    fn faulty_nodes_count_too_and_that_there_are_too_many_is_told_of_a_good_one() {
        use FaqFaultKind::*;
        let [a, d] = ["a", "d"].map(|name| node(name, &["q"], &["a"]));
        let [b, c] = ["b", "c"].map(|name| node(name, &["?"], &["a"]));
        let expected = [None, Some(NoQuestion), Some(NoQuestion), Some(TooManyNodes)];
        assert_eq!(faults_of(&[a, b, c, d]), expected);
    }

    #[test]
    fn that_there_are_too_many_is_told_once_and_what_is_wrong_with_later_ones_still() {
        use FaqFaultKind::*;
        let good = ["a", "b", "c", "d"].map(|name| node(name, &["q"], &["a"]));
        let (nameless, taken) = (node("", &["q"], &["a"]), node("a", &["q"], &["a"]));
        let [a, b, c, d] = good;
        let nodes = [a.clone(), b, c, nameless, d.clone(), taken];
        assert_eq!(faults_of(&nodes), [None, None, Some(TooManyNodes), Some(NoName), None, Some(NameTaken)]);
        let many = node("b", &["q", "r", "s"], &["a"]);
        assert_eq!(faults_of(&[a, many, d]), [None, Some(TooManyQuestions), None]);
    }

    #[test]
    fn an_answer_that_would_be_carried_out_as_a_command_is_a_fault() {
        let bad = node("a", &["a"], &["a", "::close"]);
        assert_eq!(fault(&[bad]), Some((Some(0), FaqFaultKind::CommandAnswer)));
        assert_eq!(fault(&[node("a", &["a"], &["so ::"])]), None, "only what it begins with counts");
    }

    #[test]
    fn a_node_without_a_name_a_question_or_an_answer_is_a_fault() {
        use FaqFaultKind::*;
        for (bad, kind) in [
            (node(" ", &["a"], &["a"]), NoName),
            (node("a", &[], &["a"]), NoQuestion),
            (node("a", &["?"], &["a"]), NoQuestion),
            (node("a", &["a"], &[]), NoAnswer),
            (node("a", &["a"], &["a", " "]), NoAnswer),
        ] {
            assert_eq!(fault(&[bad]), Some((Some(0), kind)));
        }
        let twice = [node("a", &["a"], &["a"]), node("a", &["b"], &["b"])];
        assert_eq!(fault(&twice), Some((Some(1), NameTaken)));
    }
}
