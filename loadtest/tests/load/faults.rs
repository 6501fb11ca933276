//! What the program finds out about servers that make mistakes, and about one that makes none.

use std::fs;

use serde_json::Value;

use super::loadtest;
use super::server::{Mistake, Server};

/// What a run came to: its exit code and its report.
fn run(server: &Server, subscribe: &str, arguments: &[&str]) -> (Option<i32>, Value) {
    let folder = std::env::temp_dir().join(format!("loadtest-{}", uuid::Uuid::new_v4()));
    fs::create_dir(&folder).expect("a folder can be made");
    let json = folder.join("report.json");
    let (readers, publishers) = (server.url(subscribe), server.url("http"));
    let mut line = arguments.to_vec();
    line.extend(["--peer", "generic", "--subscribe-url", &readers, "--publish-url", &publishers]);
    line.extend([
        "--warmup",
        "0",
        "--patience",
        "1",
        "--json",
        json.to_str().expect("the folder has a plain name"),
    ]);
    let output = loadtest(&line);
    let report = fs::read_to_string(&json).unwrap_or_else(|_| panic!("no report: {output:?}"));
    fs::remove_dir_all(&folder).expect("the folder can be removed");
    (output.status.code(), serde_json::from_str(&report).expect("the report is JSON"))
}

const FANOUT: &[&str] = &["fanout", "--subscribers", "10", "--messages", "100"];

/// The faults that ten readers meet at a server with a mistake, when 100 messages are said.
fn faults(mistake: Mistake) -> (Option<i32>, [u64; 3]) {
    let (code, report) = run(&Server::start(mistake), "ws", FANOUT);
    let faults = ["lost", "doubled", "reordered"];
    (code, faults.map(|fault| report["faults"][fault].as_u64().expect("it is a count")))
}

#[test]
fn a_server_without_mistakes_passes() {
    let (code, report) = run(&Server::start(Mistake::None), "ws", FANOUT);
    assert_eq!(code, Some(0), "{report}");
    assert_eq!((&report["deliveries"], &report["publishes"]), (&1000.into(), &100.into()), "{report}");
    assert_eq!((&report["verdict"], &report["parameters"]["subscribers"]), (&"faultless".into(), &10.into()));
    assert!(report["latencyMicros"]["p99"].as_u64() >= report["latencyMicros"]["p50"].as_u64());
    assert!(report["server"]["processes"].as_array().is_some_and(|processes| processes.len() == 1));
}

#[test]
fn what_a_server_loses_doubles_or_swaps_is_told_and_fails_the_run() {
    assert_eq!(faults(Mistake::Loses), (Some(1), [10, 0, 0]));
    assert_eq!(faults(Mistake::Doubles), (Some(1), [0, 10, 0]));
    assert_eq!(faults(Mistake::Swaps), (Some(1), [0, 0, 10]));
}

#[test]
fn readers_that_are_closed_are_told_and_fail_the_run() {
    let (code, report) = run(&Server::start(Mistake::Closes), "ws", FANOUT);
    assert_eq!((code, &report["broken"]["readers"]), (Some(1), &10.into()), "{report}");
}

#[test]
fn what_was_refused_is_told_and_not_waited_for() {
    let (code, report) = run(&Server::start(Mistake::Refuses), "ws", FANOUT);
    assert_eq!((code, &report["refused"]["count"]), (Some(1), &1.into()), "{report}");
    assert_eq!((&report["faults"]["lost"], &report["publishes"]), (&0.into(), &99.into()), "{report}");
}

#[test]
fn polls_go_on_from_what_they_have_heard() {
    let arguments = ["longpoll", "--sessions", "5", "--messages", "100", "--publishers", "2"];
    let (code, report) = run(&Server::start(Mistake::None), "http", &arguments);
    assert_eq!((code, &report["deliveries"]), (Some(0), &500.into()), "{report}");
}

#[test]
fn an_open_loop_keeps_its_rate() {
    let arguments = ["fanout", "--subscribers", "2", "--rate", "200", "--duration", "1"];
    let (code, report) = run(&Server::start(Mistake::None), "ws", &arguments);
    assert_eq!((code, &report["publishes"]), (Some(0), &200.into()), "{report}");
    assert!(report["seconds"].as_f64().unwrap() > 0.9, "{report}");
}
