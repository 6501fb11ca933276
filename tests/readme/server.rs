//! The server that the tour visits: the real binary on a free port, with its data in the tour's folder.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// How the server is made to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It is asked to, and drains.
    Terminate,
    /// It gets no chance to do anything.
    Kill,
}

/// A running server. It is killed when this is dropped.
pub(crate) struct Server {
    process: Child,
    folder: PathBuf,
    address: String,
}

impl Server {
    /// Starts on a free port with its data in `folder/data`.
    pub(crate) fn start(folder: &Path) -> Self {
        Self::listen(folder, "127.0.0.1:0")
    }

    fn listen(folder: &Path, listen: &str) -> Self {
        let log = File::options().create(true).append(true).open(folder.join("server.log"));
        let mut process = Command::new(env!("CARGO_BIN_EXE_switchboard"))
            .args(["--listen", listen])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(log.expect("a log file in the tour's folder"))
            .spawn()
            .expect("the server starts");
        let mut greeting = BufReader::new(process.stdout.take().expect("its output is piped")).lines();
        let first = greeting.next().and_then(Result::ok).unwrap_or_default();
        // Printed when the port is open, so whoever connects from now on is served.
        let address =
            first.strip_prefix("Switchboard serves http://").and_then(|rest| rest.split(' ').next());
        let address = address.unwrap_or_else(|| panic!("the server said '{first}'")).to_owned();
        Self { process, folder: folder.to_owned(), address }
    }

    /// Ends this server and starts another on the same port and data.
    pub(crate) fn restart(mut self, stop: Stop) -> Self {
        let signal = match stop {
            Stop::Terminate => Signal::TERM,
            Stop::Kill => Signal::KILL,
        };
        kill_process(Pid::from_child(&self.process), signal).expect("the server runs");
        let status = self.process.wait().expect("the server ends");
        assert_eq!(status.success(), stop == Stop::Terminate, "{status}\n{}", self.log());
        Self::listen(&self.folder, &self.address)
    }

    /// Everything that the servers on this folder have logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("server.log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}
