//! The scenarios, a file each: set up through the public API, make load, report.

pub mod fanout;
pub mod listen;
pub mod longpoll;
mod reader;
