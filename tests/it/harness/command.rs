//! Running the command line to its end.

use std::io::Write;
use std::process::{Command, Output, Stdio};

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
    finished(switchboard(&variables).args(arguments).output().unwrap())
}

/// Runs the command to its end, with something to read on standard input.
pub fn run_reading(arguments: &[&str], input: &str) -> Finished {
    let mut command = switchboard(&[]);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    process.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    finished(process.wait_with_output().unwrap())
}

fn finished(output: Output) -> Finished {
    let Output { status, stdout, stderr } = output;
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Finished { code: status.code(), out: text(stdout), err: text(stderr) }
}
