//! The `loadtest` program from outside: [`command`] as a script meets it, [`faults`] against a server that makes
//! some, [`sessions`] against a streaming service that has its troubles.

mod command;
mod faults;
mod server;
mod service;
mod sessions;

use std::process::{Command, Output};

/// Runs the program to its end.
fn loadtest(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loadtest")).args(arguments).output().expect("loadtest starts")
}
