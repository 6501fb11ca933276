//! Switchboard, a realtime engagement event broker.

pub mod broker;
pub mod domain;
