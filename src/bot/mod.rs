//! The embedded bots: each hears its integration as any other listener does, and answers its customers from
//! frequently asked questions; what it cannot answer it hands over.
//! They must not know HTTP or sockets, nor how a question is found.
//!
//! - [`Library`]: what each bot knows: replaced as a whole or node by node, kept, indexed, swapped at once.
//! - [`Uploads`]: sheets that take the place of all that a bot knows.
//! - [`Bots`]: keeps one `Bot` at work for every active integration of the kind.
//! - `ear`: the place in the integration's topic; `agenda`: which conversations wait for the bot.
//! - `backlog`: what of a conversation is unanswered; `wording`: how answers and hand-overs are said.
//! - `looked_through`: how far each conversation was read, to save reading it again.
//!
//! A bot remembers nothing that counts. What it has answered is read from the conversation itself, where every answer
//! names the question that it is for: a bot that is killed between a question and its answer finds the question when
//! it starts again, and a question that was answered stays so.

mod agenda;
mod backlog;
mod bots;
mod ear;
mod library;
mod looked_through;
mod measures;
#[cfg(test)]
mod tests;
mod uploads;
mod wording;
mod worker;

pub use bots::{BotParts, Bots};
pub use library::{Library, LibraryError};
pub use measures::Measures;
pub use uploads::{Incoming, NotTaken, Rows, UploadLimits, UploadParts, UploadStatus, Uploads};
pub use worker::WorkLimits;
