//! Switchboard, a realtime engagement event broker.

pub mod domain;
pub mod store;
