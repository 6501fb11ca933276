//! The beginning of a sheet as bytes: enough to tell a file that is no text, whatever its header looks like.
//! Knows no columns.

use std::io::{self, Chain, Cursor, Read};

/// Bytes that are looked at: what is no text shows at once.
const BYTES: u64 = 512;

/// The first bytes of a source.
pub(super) struct Head(Vec<u8>);

/// A source as it was before its first bytes were read.
pub(super) type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

impl Head {
    /// Reads the first bytes; the source that is handed back begins with them.
    pub(super) fn read<R: Read>(mut source: R) -> io::Result<(Self, Whole<R>)> {
        let mut first = Vec::new();
        source.by_ref().take(BYTES).read_to_end(&mut first)?;
        Ok((Self(first.clone()), Cursor::new(first).chain(source)))
    }

    /// Whether the first line can be one of UTF-8 text.
    pub(super) fn is_text(&self) -> bool {
        let line = self.0.split(|byte| *byte == b'\n').next().unwrap_or_default();
        // The last letter may be cut in two.
        let is_utf8 = str::from_utf8(line).map_or_else(|fault| fault.error_len().is_none(), |_| true);
        is_utf8 && !line.contains(&0)
    }
}
