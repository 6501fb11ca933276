//! A look at SQLite's write-ahead log before SQLite opens it, so that a torn tail is reported.
//! It changes nothing: SQLite itself keeps what is whole and drops the rest without a word.
//!
//! The format is SQLite's (sqlite.org/fileformat2.html, "The Write-Ahead Log"): a header, then frames of one page.
//! Checksums run on from frame to frame, and the salts of the header tell frames from those of an earlier round.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// The magic number; its lowest bit says that checksums read words as big-endian.
const MAGIC: u32 = 0x377f_0682;
/// The largest page of SQLite, in bytes.
const MAX_PAGE: u32 = 65_536;

/// What the log holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
    /// Frames that belong to committed transactions.
    pub(super) committed: u64,
    /// Whole frames of a transaction that was not finished: what a killed process leaves behind.
    pub(super) unfinished: u64,
    /// Frames of this round that cannot be read, whatever stood in them.
    pub(super) damaged: u64,
}

/// Looks at the log of the database at `database`, and logs what SQLite is about to drop.
pub(super) fn survey(database: &Path) {
    let mut path = database.as_os_str().to_owned();
    path.push("-wal");
    let found = match File::open(&path) {
        Ok(file) => examine(BufReader::new(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => return,
        Err(error) => Err(error),
    };
    match found {
        Ok(Survey { committed, unfinished, damaged: 0 }) => {
            tracing::info!(committed, unfinished, "the last server left work in the log");
        }
        Ok(Survey { committed, unfinished, damaged }) => {
            tracing::warn!(committed, unfinished, damaged, "the log has a torn tail, which is dropped");
        }
        Err(error) => tracing::warn!(%error, "the log could not be examined"),
    }
}

fn examine(mut log: impl Read) -> io::Result<Survey> {
    let mut found = Survey::default();
    let mut header = [0; HEADER];
    if fill(&mut log, &mut header)? < HEADER {
        return Ok(found);
    }
    let words = Words { big_endian: word(&header, 0) & 1 == 1 };
    let page = word(&header, 8);
    let mut sum = words.add((0, 0), &header[..24]);
    let known = word(&header, 0) & !1 == MAGIC && page.is_power_of_two() && (512..=MAX_PAGE).contains(&page);
    if !known || sum != (word(&header, 24), word(&header, 28)) {
        found.damaged = 1;
        return Ok(found);
    }
    let salts = &header[16..24];
    let mut frame = vec![0; FRAME_HEADER + page as usize];
    loop {
        match fill(&mut log, &mut frame)? {
            0 => return Ok(found),
            part if part < frame.len() => {
                found.damaged += 1;
                return Ok(found);
            }
            _ => {}
        }
        if frame[8..16] != *salts {
            // Of an earlier round, or beyond recognition.
            continue;
        }
        sum = words.add(words.add(sum, &frame[..8]), &frame[FRAME_HEADER..]);
        if found.damaged > 0 || sum != (word(&frame, 16), word(&frame, 20)) {
            found.damaged += 1;
        } else if word(&frame, 4) != 0 {
            found.committed += found.unfinished + 1;
            found.unfinished = 0;
        } else {
            found.unfinished += 1;
        }
    }
}

/// How the checksum reads words.
#[derive(Clone, Copy)]
struct Words {
    big_endian: bool,
}

impl Words {
    fn add(self, sum: (u32, u32), bytes: &[u8]) -> (u32, u32) {
        bytes.chunks_exact(8).fold(sum, |(a, b), pair| {
            let a = a.wrapping_add(self.read(pair, 0)).wrapping_add(b);
            (a, b.wrapping_add(self.read(pair, 4)).wrapping_add(a))
        })
    }

    fn read(self, bytes: &[u8], at: usize) -> u32 {
        let word = word(bytes, at);
        if self.big_endian { word } else { word.swap_bytes() }
    }
}

/// The big-endian word at `at`, as the log's own fields are written.
fn word(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].iter().fold(0, |word, byte| word << 8 | u32::from(*byte))
}

/// Reads until `buffer` is full or the log ends, and tells how much there was.
fn fill(log: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match log.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    /// A log of several transactions, as SQLite writes it.
    fn written_log() -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let conn = Connection::open(&path).unwrap();
        conn.pragma_update(None, "journal_mode", "WAL").unwrap();
        conn.execute_batch(
            "CREATE TABLE t (x TEXT); INSERT INTO t VALUES ('one'); INSERT INTO t VALUES ('two');",
        )
        .unwrap();
        std::fs::read(dir.path().join("a.db-wal")).unwrap()
    }

    #[test]
    fn a_whole_log_is_all_committed() {
        let found = examine(written_log().as_slice()).unwrap();
        assert!(found.committed >= 3, "{found:?}");
        assert_eq!((found.unfinished, found.damaged), (0, 0));
    }

    #[test]
    fn a_torn_or_changed_tail_is_found_and_nothing_before_it_is_blamed() {
        let whole = written_log();
        let all = examine(whole.as_slice()).unwrap().committed;

        let torn = examine(&whole[..whole.len() - 100]).unwrap();
        assert_eq!(torn, Survey { committed: all - 1, unfinished: 0, damaged: 1 });

        let mut changed = whole;
        let last = changed.len() - 1;
        changed[last] ^= 1;
        assert_eq!(examine(changed.as_slice()).unwrap(), torn);
    }

    #[test]
    fn an_empty_log_holds_nothing_and_a_foreign_one_is_damaged() {
        assert_eq!(examine(&[][..]).unwrap(), Survey::default());
        assert_eq!(examine(&[7; 64][..]).unwrap().damaged, 1);
    }
}
