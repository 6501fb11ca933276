//! Calls that belong together, and the schemas that they name: what a face says of itself. It must not know any face.

use serde_json::Value;

use super::call::Call;

/// Calls that belong together.
#[derive(Clone, Debug)]
pub(in crate::api) struct Group {
    /// Its name, in front of its calls.
    pub(in crate::api) name: &'static str,
    /// What it is about, a line.
    pub(in crate::api) about: &'static str,
    /// Its calls, in the order in which they are read.
    pub(in crate::api) calls: Vec<Call>,
    /// The schemas that its calls name. Bodies end with `In` or `Patch`, so that they can be told from answers.
    pub(in crate::api) schemas: Vec<(&'static str, Value)>,
}
