//! Words that tell little, whatever a bot's questions are.

use std::collections::HashSet;
use std::sync::Arc;

use super::words::words;

/// Common words; clones are the same. A bot with few questions cannot find out by itself that "what" is one and
/// "parcel" is not.
#[derive(Clone, Debug, Default)]
pub struct CommonWords(Arc<HashSet<String>>);

impl CommonWords {
    /// These words.
    pub fn new<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self(Arc::new(texts.into_iter().flat_map(|text| words(text.as_ref())).collect()))
    }

    pub(super) fn contain(&self, word: &str) -> bool {
        self.0.contains(word)
    }
}
