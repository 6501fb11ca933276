//! A client of a running Switchboard that makes load, counts what is lost, doubled or out of order, and listens.
//! It knows the public API and nothing of the broker's inside.
//!
//! In the order in which a run meets them: [`command_line`] says what is wanted; [`credentials`] where and as whom;
//! [`api`] and [`socket`] call; each of the [`scenarios`] makes its load; [`sequence`] and [`latency`] hold what was
//! heard against what was said; [`report`] tells it. [`rawfan`] is no client but a server, the limit to measure others
//! against.

pub mod api;
pub mod command_line;
pub mod console;
pub mod credentials;
pub mod error;
pub mod latency;
pub mod rawfan;
pub mod report;
pub mod scenarios;
pub mod sequence;
pub mod socket;
