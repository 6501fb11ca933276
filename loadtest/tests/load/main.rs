//! The `loadtest` program from outside: [`command`] as a script meets it, [`faults`] against a server that makes some.

mod command;
mod faults;
mod server;

use std::process::{Command, Output};

/// Runs the program to its end.
fn loadtest(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loadtest")).args(arguments).output().expect("loadtest starts")
}
