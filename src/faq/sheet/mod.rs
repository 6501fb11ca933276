//! A sheet: nodes as comma separated values, one in a row, read row by row.
//! It must not know where its bytes come from, nor what becomes of the nodes.
//!
//! The first row names the columns, in any case and order. A cell may hold several questions with `|` between them,
//! and several answers with `<m>` between them; empty parts say nothing. Rows are numbered from 1 after the header,
//! blank lines not counted; a row of empty cells counts and is passed over.

mod bounded;
mod columns;
mod head;

use std::io::{self, Read};

use csv::{ByteRecord, ErrorKind, ReaderBuilder};

use crate::domain::faq::FaqNode;
use bounded::{Bounded, TooLong};
use columns::Columns;
use head::{Head, Whole};

/// Stands between two questions of one cell.
const BETWEEN_QUESTIONS: char = '|';
/// Stands between two answers of one cell.
const BETWEEN_ANSWERS: &str = "<m>";

/// Why a sheet cannot be read on. Rows that follow are not looked at.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// The sheet is empty.
    #[error("the file is empty")]
    Empty,
    /// The header is no text, and neither is the rest most likely: it is in UTF-16, or no sheet at all.
    #[error("the file is not UTF-8 text: save the sheet as CSV in UTF-8")]
    NotText,
    /// The columns are apart, and not by commas.
    #[error("the columns seem to be separated by {0}: separate them by commas")]
    OtherSeparator(&'static str),
    /// The header begins a quote, and nothing ends it.
    #[error("a quote in the header is not closed")]
    HeaderWithoutEnd,
    /// A column that is needed is not named.
    #[error("the header names no column '{0}'")]
    ColumnMissing(&'static str),
    /// A column is named twice.
    #[error("the header names the column '{0}' twice")]
    ColumnTwice(&'static str),
    /// The header is too long to be one.
    #[error("the header is longer than {most} bytes")]
    HeaderTooLong {
        /// The most that a row may have.
        most: usize,
    },
    /// A row does not end: most likely a quote is not closed.
    #[error("row {row} is longer than {most} bytes: a quote may not be closed")]
    RowWithoutEnd {
        /// Its number.
        row: u64,
        /// The most that a row may have.
        most: usize,
    },
    /// The source failed.
    #[error("the file cannot be read")]
    Source(#[source] io::Error),
}

/// A row, with its node or what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Counted from 1 after the header.
    pub number: u64,
    /// What it holds.
    pub node: Result<FaqNode, RowFault>,
}

/// What is wrong with a row by itself; whether a bot can learn its node is another question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// Some of it is no text.
    #[error("the row is not UTF-8")]
    NotUtf8,
    /// There are more cells than columns: most likely a text with a comma is not in quotes.
    #[error("the row has more cells than the header")]
    TooManyCells,
    /// It begins a quote, and all that follows belongs to it.
    #[error("a quote is not closed before the end of the file")]
    QuoteNotClosed,
    /// It has more bytes than a row may have.
    #[error("the row is too long")]
    TooLong,
}

/// Reads a sheet row by row; of the rows it holds only the one that it reads.
pub struct Sheet<R> {
    source: csv::Reader<Bounded<Whole<R>>>,
    columns: Columns,
    /// The row that was read last.
    record: ByteRecord,
    number: u64,
    row_bytes: usize,
}

impl<R: Read> Sheet<R> {
    /// Reads the header. No row may have more than `row_bytes` bytes, its line end included.
    ///
    /// # Errors
    /// When the header is none, or does not name every column.
    pub fn open(source: R, row_bytes: usize) -> Result<Self, SheetError> {
        let (head, source) = Head::read(source).map_err(SheetError::Source)?;
        Self::open_whole(source, row_bytes).map_err(|error| match error {
            SheetError::Source(_) => error,
            _ if !head.is_text() => SheetError::NotText,
            other => other,
        })
    }

    fn open_whole(source: Whole<R>, row_bytes: usize) -> Result<Self, SheetError> {
        let mut source = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(Bounded::new(source, row_bytes));
        let mut record = ByteRecord::new();
        match source.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Err(SheetError::Empty),
            Err(error) => {
                return Err(
                    failed(error).map_or(SheetError::HeaderTooLong { most: row_bytes }, SheetError::Source)
                );
            }
        }
        if has_open_quote(&source) {
            return Err(SheetError::HeaderWithoutEnd);
        }
        let columns = Columns::read(&record)?;
        Ok(Self { source, columns, record, number: 0, row_bytes })
    }

    /// The next row that says something; none at the end.
    ///
    /// # Errors
    /// When the source fails or a row does not end. What follows is not read.
    pub fn next_row(&mut self) -> Result<Option<Row>, SheetError> {
        loop {
            let begin = self.source.position().byte();
            self.source.get_mut().begin_row(self.row_bytes);
            let is_one = self.source.read_byte_record(&mut self.record);
            self.number += 1;
            let number = self.number;
            let without_end = SheetError::RowWithoutEnd { row: number, most: self.row_bytes };
            if !is_one.map_err(|error| failed(error).map_or(without_end, SheetError::Source))? {
                return Ok(None);
            }
            let has_open_quote = has_open_quote(&self.source);
            if !has_open_quote && self.record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                continue;
            }
            let node = if has_open_quote {
                Err(RowFault::QuoteNotClosed)
            } else if self.bytes_since(begin) > self.row_bytes as u64 {
                // What the reader had in hand already was not bounded.
                Err(RowFault::TooLong)
            } else {
                self.node()
            };
            return Ok(Some(Row { number, node }));
        }
    }

    fn bytes_since(&self, begin: u64) -> u64 {
        self.source.get_ref().own(self.source.position().byte()).saturating_sub(begin)
    }

    fn node(&self) -> Result<FaqNode, RowFault> {
        if self.record.iter().skip(self.columns.width).any(|cell| !cell.is_empty()) {
            return Err(RowFault::TooManyCells);
        }
        // A row may end early: its last cells are empty then.
        let cell = |place| {
            std::str::from_utf8(self.record.get(place).unwrap_or_default()).map_err(|_| RowFault::NotUtf8)
        };
        Ok(FaqNode {
            name: cell(self.columns.name)?.trim().to_owned(),
            questions: parts(cell(self.columns.question)?.split(BETWEEN_QUESTIONS)),
            answers: parts(cell(self.columns.answer)?.split(BETWEEN_ANSWERS)),
        })
    }
}

fn parts<'a>(parts: impl Iterator<Item = &'a str>) -> Vec<String> {
    parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Whether a quote is open at the end of the row that was read last, which then is the end of all.
fn has_open_quote<R: Read>(source: &csv::Reader<Bounded<R>>) -> bool {
    source.get_ref().is_all(source.position().byte())
}

/// How the source failed; nothing when a row was too long. Bytes in rows of any length fail in no other way.
fn failed(error: csv::Error) -> Option<io::Error> {
    match error.into_kind() {
        ErrorKind::Io(error) => (!TooLong::caused(&error)).then_some(error),
        other => Some(io::Error::other(format!("{other:?}"))),
    }
}

#[cfg(test)]
mod tests;
