//! Nodes by what is needed to compare two sets of them: so much less than their questions that those of a bot which
//! is not at work are read for no more than this. Knows no question.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::domain::faq::{FaqNode, NodeChanges};

/// Stands for a node, and nothing hangs on it if two nodes have the same one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Print {
    name: u64,
    whole: u64,
}

/// One for each node of a set. They can be compared within one process.
#[derive(Default)]
pub struct Prints(Vec<Print>);

impl Prints {
    /// Of no nodes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node, of another name than those before.
    pub fn add(&mut self, node: &FaqNode) {
        self.0.push(Print { name: print(&node.name), whole: print(node) });
    }

    /// All nodes were added.
    #[must_use]
    pub fn finish(mut self) -> Self {
        self.0.shrink_to_fit();
        self.0.sort_unstable();
        self
    }

    /// How many nodes there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// What differs from those that there were `before`; both are finished.
    pub fn changes_since(&self, before: &Self) -> NodeChanges {
        let mut changes = NodeChanges::default();
        for node in &self.0 {
            let same_name = before.0.binary_search_by_key(&node.name, |old| old.name);
            match same_name.map(|place| before.0[place]) {
                Err(_) => changes.created += 1,
                Ok(old) if old == *node => changes.unchanged += 1,
                Ok(_) => changes.updated += 1,
            }
        }
        changes.removed = before.count().saturating_sub(changes.updated + changes.unchanged);
        changes
    }
}

/// The same for the same value as long as the process lives.
fn print(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, question: &str) -> FaqNode {
        FaqNode { name: name.to_owned(), questions: vec![question.to_owned()], answers: vec!["a".to_owned()] }
    }

    fn prints(nodes: &[FaqNode]) -> Prints {
        let mut prints = Prints::new();
        nodes.iter().for_each(|node| prints.add(node));
        prints.finish()
    }

    #[test]
    fn two_sets_of_nodes_are_compared_by_names_and_all_that_is_in_a_node() {
        let asked_otherwise = node("a", "y");
        let answered_otherwise = FaqNode { answers: vec!["other".to_owned()], ..node("b", "x") };
        let before = prints(&[node("a", "x"), node("b", "x"), node("c", "x"), node("d", "x")]);
        let after = prints(&[node("e", "x"), node("d", "x"), answered_otherwise, asked_otherwise]);
        let changes = NodeChanges { created: 1, updated: 2, unchanged: 1, removed: 1 };
        assert_eq!(after.changes_since(&before), changes);
        let all_new = NodeChanges { created: 4, ..NodeChanges::default() };
        assert_eq!(before.changes_since(&prints(&[])), all_new);
    }
}
