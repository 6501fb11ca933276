//! Running the command line to its end.

use std::process::{Command, Output};

/// What a command ended with.
#[derive(Debug)]
pub struct Finished {
    /// The exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// The command with nothing of this process's environment that could configure it.
pub fn switchboard(variables: &[(String, String)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    command.env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
    command
}

/// Runs the command to its end.
pub fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Finished {
    let variables: Vec<_> = variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let Output { status, stdout, stderr } = switchboard(&variables).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Finished { code: status.code(), out: text(stdout), err: text(stderr) }
}
