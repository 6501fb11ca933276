//! Switchboard, a realtime engagement event broker.

pub mod auth;
pub mod domain;
pub mod store;
