//! Frequently asked questions: what a bot knows, node by node.

/// Something that is asked in one way or another, and what is answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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

/// What a change came to, in nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeChanges {
    /// Nodes of a name that was not there.
    pub created: usize,
    /// Nodes that are other than the one of their name was.
    pub updated: usize,
    /// Nodes that are as they were.
    pub unchanged: usize,
    /// Nodes that are no longer there.
    pub removed: usize,
}

/// What became of an upload of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadOutcome {
    /// It waits for its turn, or is being read.
    InProgress,
    /// Its nodes are in force, or were.
    Succeeded(NodeChanges),
    /// Nothing was changed; why, for whoever uploaded it.
    Failed(String),
}
