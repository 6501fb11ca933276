//! The bare loop and the load generator against each other, as `loadtest/peers/compare` runs them.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A bare loop on a free port, ended when it is dropped.
struct BareLoop {
    process: Child,
    address: String,
}

impl BareLoop {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_loadtest"))
            .args(["rawfan", "--listen", "127.0.0.1:0", "--frame-bytes", "700"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the bare loop starts");
        let mut greeting = String::new();
        let output = process.stdout.take().expect("it was asked for");
        BufReader::new(output).read_line(&mut greeting).expect("it speaks");
        let address =
            greeting.trim().strip_prefix("listening on ").expect("it says where it listens").to_owned();
        Self { process, address }
    }
}

impl Drop for BareLoop {
    fn drop(&mut self) {
        let _gone = self.process.kill().and_then(|()| self.process.wait());
    }
}

#[test]
fn every_subscriber_of_the_bare_loop_hears_everything_once_and_in_order() {
    let server = BareLoop::start();
    let output = Command::new(env!("CARGO_BIN_EXE_loadtest"))
        .args(["fanout", "--subscribers", "20", "--publishers", "3", "--messages", "60", "--warmup", "0"])
        .args(["--peer", "generic", "--quiet"])
        .args(["--subscribe-url", &format!("ws://{}/topic", server.address)])
        .args(["--publish-url", &format!("http://{}/topic", server.address)])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1,200") || said.contains("1200"), "{said}");
}
