//! Switchboard, a realtime engagement event broker.

pub mod config;
pub mod domain;
