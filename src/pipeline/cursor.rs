//! The cursor: how a reader names the place up to which it has heard everything.

use std::fmt;

use base64::Engine as _;
use base64::display::Base64Display;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::order::Position;
use crate::store::Identity;

/// A place in the order of an organization, of one store.
///
/// Opaque to clients: 13 bytes, the form, the store and the position, in URL-safe base64. The store is part of it
/// because a position of another store would look valid and mean something else; the form comes first so that another
/// can follow, and so that no cursor begins with a dash, which command lines take for a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The store that gave the position.
    pub store: Identity,
    /// The last position heard.
    pub position: Position,
}

/// The one form of cursor that there is.
const FORM: u8 = 1;

impl Cursor {
    /// The cursor as clients carry it.
    pub fn encode(self) -> String {
        self.to_string()
    }

    fn bytes(self) -> [u8; 13] {
        let mut bytes = [FORM; 13];
        bytes[1..5].copy_from_slice(&self.store.0.to_be_bytes());
        bytes[5..].copy_from_slice(&self.position.0.to_be_bytes());
        bytes
    }

    /// Reads back a cursor; `None` when the text is none.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes: [u8; 13] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (form, place) = bytes.split_first()?;
        if *form != FORM {
            return None;
        }
        let (store, position) = place.split_first_chunk()?;
        Some(Self {
            store: Identity(u32::from_be_bytes(*store)),
            position: Position(u64::from_be_bytes(position.try_into().ok()?)),
        })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Base64Display::new(&self.bytes(), &URL_SAFE_NO_PAD).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_other_texts_are_none() {
        let cursor = Cursor { store: Identity(7), position: Position(1 << 40) };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        assert!(Cursor { store: Identity(u32::MAX), ..cursor }.encode().starts_with(char::is_alphanumeric));
        for text in ["", "1603933721542", "AAAA", "AAAAAAAAAAAAAAAAAA", "not base64 at all"] {
            assert_eq!(Cursor::decode(text), None, "{text}");
        }
    }
}
