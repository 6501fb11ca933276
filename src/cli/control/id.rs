//! The thing that a verb is about.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::calling::segment;

/// An id that stands alone behind the verb.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Id {
    /// Its id
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    id: String,
}

impl Id {
    /// Where the thing is, in the collection at `path`.
    pub(super) fn path(&self, path: &str) -> String {
        format!("{path}/{}", segment(&self.id))
    }

    /// What people call the thing of that kind.
    pub(super) fn name(&self, kind: &str) -> String {
        format!("{kind} {}", self.id)
    }
}
