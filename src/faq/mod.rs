//! Answering from frequently asked questions: which node of a bot's knowledge a text asks for, if any.
//! It must not know conversations, the store or the clock: texts go in, nodes come out.
//!
//! - `words`: a text as the words by which it is compared, whatever its case, marks and punctuation.
//! - `Index`: the questions of all nodes by their words; finds the same question, else the nearest.
//! - [`Knowledge`]: nodes with their index; what a text is replied with by the [`Rules`].
//! - [`Prints`]: nodes by what is needed to compare two sets of them.
//! - [`Limits`]: how much a bot may be taught.
//! - [`Sheet`]: nodes as comma separated values.

mod common;
mod index;
mod knowledge;
mod limits;
mod phrases;
mod postings;
mod prints;
mod sheet;
mod words;

pub use common::CommonWords;
pub use knowledge::{Closeness, HandOver, Knowledge, Learning, Reply, Rules};
pub use limits::{Admission, FaqFault, FaqFaultKind, Limits};
pub use phrases::Phrases;
pub use prints::Prints;
pub use sheet::{Row, RowFault, Sheet, SheetError};
