//! The scenarios, a file each: set up through the public API, make load, report.

mod course;
pub mod fanout;
pub mod listen;
mod load_args;
pub mod longpoll;
pub mod pairs;
mod venue;
