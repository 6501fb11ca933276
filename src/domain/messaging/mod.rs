//! What a tenant's back ends message by: variables and templates for what they send, and the address at which they
//! hear. It must not know who lists or writes them, nor how they are kept.

mod app;
mod media;
mod template;
mod variable;

use serde::{Deserialize, Serialize};

pub use app::App;
pub use media::{Button, ButtonKind, Media, MediaKind};
pub use template::{Approval, ApprovalStatus, Template};
pub use variable::{ValueKind, Variable};

/// Defines an enumeration whose values stand in capitals on the wire and in the store.
macro_rules! wire_words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Their words on the wire, in the same order.
            pub const WORDS: &[&'static str] = &[$($word),+];

            /// Its word on the wire.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The value of that word. Case counts.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

use wire_words;

/// A kind of thing that messaging is configured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MessagingKind {
    /// A [`Variable`].
    Variable,
    /// A [`Template`].
    Template,
    /// An [`App`].
    App,
}

impl MessagingKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Variable, Self::Template, Self::App];

    /// The number in the store.
    pub fn code(self) -> i64 {
        match self {
            Self::Variable => 1,
            Self::Template => 2,
            Self::App => 3,
        }
    }

    /// The kind that `code` means, if it means one.
    pub fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}
