//! A text that must not be seen by chance: what opens an account, here or at a provider.
//! It must not know what it opens.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that logs and failed assertions do not show.
///
/// It has no `Display`, and its `Debug` says nothing: whoever needs the text asks for it by name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Confidential(String);

impl Confidential {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Confidential {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Confidential {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Confidential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(confidential)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_asks_for_it_sees_the_text() {
        let text = Confidential::from("xoxb-1");
        assert_eq!(text.expose(), "xoxb-1");
        assert_eq!(format!("{text:?}"), "(confidential)");
    }
}
