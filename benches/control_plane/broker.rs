//! A broker in this process, on a database of its own on disk, served over loopback as the binary serves.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;
use switchboard::app;
use switchboard::config::{Config, Flags};
use tokio::sync::oneshot;

/// How long a start is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// Commits are not waited for on the disk: its sync takes longer than all else, and would hide what is measured.
/// Nobody is held up by a limit, and no connection by the end.
const VARIABLES: [(&str, &str); 6] = [
    ("SWITCHBOARD_STORE__DURABILITY", "process"),
    ("SWITCHBOARD_SERVER__DRAIN_SECONDS", "1"),
    ("SWITCHBOARD_RATE_LIMITS__PORTAL__PER_SECOND", "1000000000"),
    ("SWITCHBOARD_RATE_LIMITS__PORTAL__BURST", "1000000000"),
    ("SWITCHBOARD_RATE_LIMITS__IDENTITY__PER_SECOND", "1000000000"),
    ("SWITCHBOARD_RATE_LIMITS__IDENTITY__BURST", "1000000000"),
];

/// A running broker.
pub(crate) struct Broker {
    data: PathBuf,
    started_in: Duration,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Broker {
    /// Starts one on the folder and waits until it answers.
    pub(crate) fn start(data: &Path) -> Self {
        let address = free_address();
        let flags = Flags { listen: Some(address.to_string()), data: data.to_str().map(str::to_owned) };
        let variables = VARIABLES.map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let config = Config::load(None, variables, &flags).expect("the configuration is good");
        let (stop, stopped) = oneshot::channel();
        let begun = Instant::now();
        let serving = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
            let stopped = async { drop(stopped.await) };
            runtime.expect("a runtime").block_on(app::serve(config, stopped)).expect("it serves");
        });
        wait_for(address, begun, &serving);
        Self { data: data.to_owned(), started_in: begun.elapsed(), stop, serving }
    }

    /// How long it took from the start to the first answer.
    pub(crate) fn started_in(&self) -> Duration {
        self.started_in
    }

    /// The credentials of its tenant.
    pub(crate) fn credentials(&self) -> Value {
        let text = fs::read(self.data.join("credentials.json")).expect("the start has written them");
        serde_json::from_slice(&text).expect("they are JSON")
    }

    /// Stops it in order.
    pub(crate) fn stop(self) {
        drop(self.stop);
        self.serving.join().expect("it ends well");
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound")
}

/// A connection may be taken before it is served, so an answer is waited for.
fn wait_for(address: SocketAddr, begun: Instant, serving: &JoinHandle<()>) {
    while !answers(address).unwrap_or(false) {
        assert!(!serving.is_finished() && begun.elapsed() < PATIENCE, "the broker did not start");
        thread::yield_now();
    }
}

fn answers(address: SocketAddr) -> io::Result<bool> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.1 200 "))
}
