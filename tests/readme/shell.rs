//! The shell of the tour's visitor: one bash, to which the steps are typed one after another.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// How long one step may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Printed after each step, on a line of its own.
const DONE: &str = "-- the step is done --";

/// A bash that fails at the first command that fails. It is killed when this is dropped.
pub(crate) struct Shell {
    process: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

/// Whether the tour's tools are here. On a continuous integration machine they have to be.
#[expect(clippy::disallowed_methods, reason = "nothing of the product is configured by it")]
pub(crate) fn can_run_the_tour() -> bool {
    let missing: Vec<_> = ["bash", "curl"]
        .into_iter()
        .filter(|tool| Command::new(tool).arg("--version").stdout(Stdio::null()).status().is_err())
        .collect();
    assert!(missing.is_empty() || std::env::var_os("CI").is_none(), "missing: {missing:?}");
    if !missing.is_empty() {
        let mut to = std::io::stderr();
        writeln!(to, "the tour of README.md is skipped: {missing:?} is missing").expect("standard error");
    }
    missing.is_empty()
}

impl Shell {
    /// Starts in `folder`.
    pub(crate) fn start(folder: &Path) -> Self {
        let mut process = Command::new("bash")
            .current_dir(folder)
            .env("LOADTEST", loadtest())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("bash starts");
        let input = process.stdin.take().expect("its input is piped");
        let output = BufReader::new(process.stdout.take().expect("its output is piped"));
        let (said, lines) = channel();
        // Ends with bash, or with whoever listens.
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| said.send(line)));
        let mut shell = Self { process, input, lines };
        shell.type_in("set -euo pipefail\n");
        shell.type_in("cargo() { while [ \"$1\" != -- ]; do shift; done; shift; \"$LOADTEST\" \"$@\"; }\n");
        shell
    }

    /// Runs one step and answers what it printed.
    pub(crate) fn run(&mut self, commands: &str) -> String {
        self.type_in(&format!("{commands}\nprintf '\\n%s\\n' '{DONE}'\n"));
        let mut output = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line == DONE => return output.join("\n"),
                Ok(line) => output.push(line),
                Err(reason) => {
                    panic!(
                        "{reason}: this step failed or hung:\n{commands}\n-- after it printed\n{}",
                        output.join("\n")
                    )
                }
            }
        }
    }

    /// Ends the shell, which must not have failed.
    pub(crate) fn end(mut self) {
        self.type_in("exit 0\n");
        assert!(self.process.wait().expect("bash ends").success());
    }

    fn type_in(&mut self, text: &str) {
        self.input.write_all(text.as_bytes()).expect("bash listens");
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}

/// The bundled client: built beside the server by `cargo test --workspace`, and here when it was not.
fn loadtest() -> PathBuf {
    let beside = Path::new(env!("CARGO_BIN_EXE_switchboard")).with_file_name("loadtest");
    if !beside.exists() {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "loadtest"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .expect("cargo starts");
        assert!(built.success() && beside.exists(), "the bundled client cannot be built");
    }
    beside
}
