//! Switchboard, a realtime engagement event broker.

pub mod api;
pub mod app;
pub mod auth;
pub mod broker;
pub mod cli;
pub mod config;
pub mod domain;
pub mod outlets;
pub mod pipeline;
pub mod registry;
pub mod server;
pub mod store;
pub mod telemetry;
