//! Switchboard, a realtime engagement event broker.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod server;
pub mod telemetry;
