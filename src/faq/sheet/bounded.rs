//! A source that gives only so many bytes to each row, so that one that does not end is not read into memory.
//! Knows no rows: it is told where one begins.

use std::io::{self, Read};

/// What is given behind the last byte of the source. A last row that is complete ends with the first of these at the
/// latest; one in which a quote is not closed takes both.
const TAIL: &[u8] = b"\n\n";

/// Gives `left` bytes, and then fails unless there are no more.
pub(super) struct Bounded<R> {
    source: R,
    left: usize,
    /// How many bytes the source had so far.
    length: u64,
    /// What of the tail was not given yet.
    tail: &'static [u8],
}

/// There are more bytes than may be read.
#[derive(Debug, thiserror::Error)]
#[error("a row is too long")]
pub(super) struct TooLong;

impl TooLong {
    /// Whether it is the cause of an error.
    pub(super) fn caused(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<Self>())
    }
}

impl<R> Bounded<R> {
    pub(super) fn new(source: R, left: usize) -> Self {
        Self { source, left, length: 0, tail: TAIL }
    }

    /// Another row begins, which may take so many bytes.
    pub(super) fn begin_row(&mut self, bytes: usize) {
        self.left = bytes;
    }

    /// How many of the first `given` bytes are the source's own, and no tail.
    pub(super) fn own(&self, given: u64) -> u64 {
        given.min(self.length)
    }

    /// Whether the first `given` bytes are all that there are, to the end of the tail.
    pub(super) fn is_all(&self, given: u64) -> bool {
        self.tail.is_empty() && given == self.length + TAIL.len() as u64
    }

    fn give_tail(&mut self, buffer: &mut [u8]) -> usize {
        let (given, left) = self.tail.split_at(buffer.len().min(self.tail.len()));
        buffer[..given.len()].copy_from_slice(given);
        self.tail = left;
        given.len()
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let mut more = [0];
            return match self.source.read(&mut more)? {
                0 => Ok(self.give_tail(buffer)),
                _ => Err(io::Error::other(TooLong)),
            };
        }
        let most = buffer.len().min(self.left);
        let read = self.source.read(&mut buffer[..most])?;
        if read == 0 {
            return Ok(self.give_tail(buffer));
        }
        self.left -= read;
        self.length += read as u64;
        Ok(read)
    }
}
