//! What is wrong with a configuration, and where it was written.
//! It knows no key by name and no rule.

use std::fmt;

/// Where a value was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the defaults that are compiled in.
    Default,
    /// In the user's file; line and column count from 1, columns in characters.
    File {
        /// The file as it was named on the command line.
        file: String,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// In an environment variable of this name.
    Variable(String),
    /// In a flag of the command line, with its dashes.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the defaults"),
            Self::File { file, line, column } => write!(f, "{file}, line {line}, column {column}"),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file cannot be read.
    #[error("{file}: {reason}")]
    Unreadable {
        /// The file as it was named on the command line.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// The file is not TOML.
    #[error("{origin}: {reason}")]
    Syntax {
        /// The place where reading stopped.
        origin: Origin,
        /// What the parser said.
        reason: String,
    },
    /// A key that does not exist.
    #[error("{key}: there is no such key ({origin})")]
    UnknownKey {
        /// The key's path, dotted.
        key: String,
        /// Where it was written.
        origin: Origin,
    },
    /// A value of the wrong type, out of bounds, or against a rule.
    #[error("{key}: {reason} ({origin})")]
    BadValue {
        /// The key's path, dotted.
        key: String,
        /// What is expected instead.
        reason: String,
        /// Where it was written.
        origin: Origin,
    },
    /// A variable with our prefix that cannot name a key.
    #[error("variable {name}: {reason}")]
    BadVariable {
        /// The variable.
        name: String,
        /// What is expected instead.
        reason: &'static str,
    },
}

/// Everything that is wrong with a configuration; at least one problem.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.on_one_line())]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// `Ok` when there are none.
    pub(super) fn none_in(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }

    /// The problems in the order in which the layers and keys were read.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Problem> {
        self.0.iter()
    }

    fn on_one_line(&self) -> String {
        self.0.iter().map(Problem::to_string).collect::<Vec<_>>().join("; ")
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}
