//! A source that gives only so many bytes to each row, so that one that does not end is not read into memory.
//! Knows no rows: it is told where one begins.

use std::io::{self, Read};

/// Gives `left` bytes, and then fails unless there are no more.
pub(super) struct Bounded<R> {
    source: R,
    left: usize,
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
        Self { source, left }
    }

    /// Another row begins, which may take so many bytes.
    pub(super) fn begin_row(&mut self, bytes: usize) {
        self.left = bytes;
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let mut more = [0];
            return match self.source.read(&mut more)? {
                0 => Ok(0),
                _ => Err(io::Error::other(TooLong)),
            };
        }
        let most = buffer.len().min(self.left);
        let read = self.source.read(&mut buffer[..most])?;
        self.left -= read;
        Ok(read)
    }
}
