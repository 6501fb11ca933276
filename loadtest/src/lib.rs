//! A client of a running Switchboard that makes load, counts what is lost, doubled or out of order, and listens.
//! It knows the public API and nothing of the broker's inside.
//!
//! In the order in which a run meets them: [`command_line`] says what is wanted; [`target`] and [`credentials`] where
//! and as whom; [`setting`] how a run is made; [`api`] sets it up; each of the [`scenarios`] makes its load with the
//! [`driver`]; both wait as [`backoff`] says when the broker is too busy; [`label`] tells messages apart; [`measure`]
//! holds what was heard against what was said, [`metrics`] asks the broker what it counted; [`report`] tells it.
//! [`socket`] is for listening. [`rawfan`] is no client but a server, the limit to measure others against.

pub mod address;
pub mod api;
pub mod backoff;
pub mod command_line;
pub mod console;
pub mod credentials;
pub mod driver;
pub mod error;
pub mod label;
pub mod measure;
pub mod metrics;
pub mod progress;
pub mod rawfan;
pub mod report;
pub mod scenarios;
pub mod setting;
pub mod socket;
pub mod target;
