//! The scenarios, a file each: set up through the public API, make load, report.

pub mod connect_storm;
mod course;
pub mod expiry;
pub mod fanout;
pub mod idle;
pub mod listen;
mod load_args;
pub mod longpoll;
pub mod mixed;
pub mod pairs;
mod readers;
mod venue;
pub mod waiting;
pub mod webhooks;
