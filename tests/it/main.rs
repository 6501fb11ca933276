//! Black-box tests: the real server binary, spoken to as its clients speak to it. One binary, one file per theme.
//! A test must not know the inside of the broker: what it needs comes from the documentation of a face.
//!
//! What belongs where:
//! - [`startup`]: the command line, configuration, first credentials, health, metrics, logs, stopping in order
//! - [`identity`]: asking for tokens, and every face refusing those that are not good for it
//! - [`portal`]: hubs and integrations: properties, defaults, ranges, paging
//! - [`commands`]: transfer and response commands: properties, defaults, ranges, whose they are
//! - [`directory`]: users and teams, what is told of their changes
//! - [`conversations`]: establishing, finding and reading conversations
//! - [`activities`]: what may be said, who hears it, in which order
//! - [`websocket`]: the plain websocket: snapshot, replay, control frames, closing
//! - [`signalr`]: the SignalR hub, protocol included
//! - [`streaming`]: long-poll sessions, acknowledgement, publishing, the events that a conversation causes
//! - [`publish`]: what may be published, and the catalogue that says so
//! - [`isolation`]: one tenant against another, on every route
//! - [`recovery`]: killing the server and losing nothing that was answered
//! - [`fanout`]: many listeners, many messages
//! - [`badinput`]: what no endpoint may stumble over
//!
//! Each test starts its own server through [`harness::Server`] on a free port with its own data folder, waits for
//! what it wants to see and never for time to pass.
#![allow(
    clippy::unwrap_used,
    reason = "in a test a panic is the report; clippy only knows the test functions"
)]
#![allow(
    unreachable_pub,
    reason = "the harness is a library to the themes, and a test binary exports nothing"
)]

mod harness;

mod activities;
mod badinput;
mod commands;
mod conversations;
mod directory;
mod fanout;
mod identity;
mod isolation;
mod portal;
mod publish;
mod recovery;
mod signalr;
mod startup;
mod streaming;
mod websocket;
