//! Frequently asked questions: what a bot knows, node by node.

/// Something that is asked in one way or another, and what is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaqNode {
    /// Unique among the nodes of a bot.
    pub name: String,
    /// The ways in which it is asked; at least one.
    pub questions: Vec<String>,
    /// What is said then, each a message of its own, in this order; at least one.
    pub answers: Vec<String>,
}

impl FaqNode {
    /// How many bytes its texts have.
    pub fn bytes(&self) -> usize {
        self.questions.iter().chain(&self.answers).chain([&self.name]).map(String::len).sum()
    }
}
