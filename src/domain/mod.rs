//! Plain types and rules, without I/O: what every other room talks about.

pub mod client;
pub mod clock;
pub mod ids;
