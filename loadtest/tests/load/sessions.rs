//! How the program behaves as a client of streaming sessions: towards a service that is too busy, that fails, or
//! whose sessions are over; and what it says of polls that wait and of sessions that end.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use super::loadtest;
use super::service::{EXPIRED, FAILED, Manner, Service, THROTTLED, Trouble};

/// What a run came to: its exit code and its report.
fn run(service: &Service, arguments: &[&str]) -> (Option<i32>, Value) {
    let (credentials, report) = (service.credentials(), service.report());
    let names = [&credentials, &report].map(|path| path.to_str().expect("the folder has a plain name"));
    let mut line = arguments.to_vec();
    line.extend(["--credentials", names[0], "--json", names[1], "--warmup", "0"]);
    let output = loadtest(&line);
    let report = fs::read_to_string(&report).unwrap_or_else(|_| panic!("no report: {output:?}"));
    (output.status.code(), serde_json::from_str(&report).expect("the report is JSON"))
}

fn service(poll_wait_millis: u64, trouble: Option<Trouble>) -> Service {
    Service::start(Manner { poll_wait: Duration::from_millis(poll_wait_millis), trouble })
}

const LONGPOLL: &[&str] =
    &["longpoll", "--sessions", "1", "--messages", "20", "--acknowledge", "--patience", "3"];

/// What a run of one session came to whose third request of an operation was answered so.
fn with_trouble(operation: &'static str, answer: &'static str) -> (Service, Option<i32>, Value) {
    let service = service(300, Some(Trouble { operation, answer }));
    let (code, report) = run(&service, LONGPOLL);
    assert_eq!(service.noted().most_polls_out, 1, "polls of one session at the same time: {report}");
    (service, code, report)
}

#[test]
fn a_service_without_trouble_passes() {
    let service = service(300, None);
    let (code, report) = run(&service, LONGPOLL);
    assert_eq!((code, &report["deliveries"]), (Some(0), &20.into()), "{report}");
    assert_eq!((service.noted().opened, service.noted().most_polls_out), (1, 1));
}

#[test]
fn a_throttled_poll_is_made_again_when_the_service_allows_it() {
    let (service, code, report) = with_trouble("events", THROTTLED);
    assert!(service.noted().came_back_after >= Some(Duration::from_secs(1)), "{:?}", service.noted());
    assert_eq!((code, &report["setbacks"]["throttled"]), (Some(1), &1.into()), "{report}");
    assert_eq!((&report["deliveries"], &report["faults"]["lost"]), (&20.into(), &0.into()), "{report}");
}

#[test]
fn an_acknowledgement_that_failed_is_made_again_and_nothing_is_lost() {
    let (service, code, report) = with_trouble("acknowledge", FAILED);
    assert!(service.noted().came_back_after >= Some(Duration::from_millis(125)), "{:?}", service.noted());
    assert_eq!((code, &report["setbacks"]["failed"]), (Some(1), &1.into()), "{report}");
    assert_eq!((&report["deliveries"], &report["faults"]["doubled"]), (&20.into(), &0.into()), "{report}");
}

#[test]
fn a_session_that_is_over_is_replaced_once_and_not_named_again() {
    let (service, code, report) = with_trouble("events", EXPIRED);
    assert_eq!((service.noted().opened, service.noted().of_the_dead), (2, 0));
    assert_eq!((code, &report["setbacks"]["renewed"]), (Some(1), &1.into()), "{report}");
    assert_eq!(report["setbacks"]["firstReason"].as_str().map(|reason| &reason[..3]), Some("400"));
    assert_eq!(report["broken"]["readers"], 0, "{report}");
    let count = |value: &Value| value.as_u64().expect("it is a count");
    assert_eq!(count(&report["deliveries"]) + count(&report["faults"]["lost"]), 20, "{report}");
}

#[test]
fn a_publisher_that_was_throttled_stays_away_for_as_long_as_it_was_asked() {
    let (service, code, report) = with_trouble("publish", THROTTLED);
    assert!(service.noted().came_back_after >= Some(Duration::from_secs(1)), "{:?}", service.noted());
    assert_eq!((code, &report["refused"]["count"]), (Some(1), &1.into()), "{report}");
    assert_eq!((&report["deliveries"], &report["faults"]["lost"]), (&19.into(), &0.into()), "{report}");
}

#[test]
fn a_set_up_that_was_throttled_is_gone_on_with() {
    let service = service(300, Some(Trouble { operation: "session", answer: THROTTLED }));
    let arguments = ["longpoll", "--sessions", "5", "--messages", "10"];
    let (code, report) = run(&service, &arguments);
    assert_eq!((code, service.noted().opened), (Some(0), 5), "{report}");
    assert!(service.noted().came_back_after.is_some());
}

/// What it says of 20 polls that a service lets wait for so long, when they should wait otherwise.
fn waiting(poll_wait_millis: u64, wait: &str, slack: &str) -> (Option<i32>, Value) {
    let arguments = ["waiting", "--sessions", "20", "--rounds", "1", "--wait", wait, "--slack", slack];
    run(&service(poll_wait_millis, None), &arguments)
}

#[test]
fn polls_that_wait_as_they_should_pass() {
    let (code, report) = waiting(200, "0.2", "5");
    assert_eq!((code, &report["waited"]["kept"]), (Some(0), &true.into()), "{report}");
    assert_eq!((&report["waited"]["sessions"], &report["waited"]["overdue"]), (&20.into(), &0.into()));
    assert!(report["waited"]["shortestSeconds"].as_f64() >= Some(0.2), "{report}");
    assert!(report["connections"]["pssBytesEach"].is_number(), "{report}");
}

#[test]
fn polls_that_are_answered_too_early_or_too_late_fail_the_run() {
    let (code, report) = waiting(200, "3", "1");
    assert_eq!((code, &report["waited"]["kept"]), (Some(1), &false.into()), "{report}");
    let (code, report) = waiting(1000, "0.1", "0.2");
    assert_eq!((code, &report["waited"]["kept"]), (Some(1), &false.into()), "{report}");
}

/// What it says of 50 sessions that should end after four seconds.
fn expiry(most_ratio: &str, inactivity: &str) -> (Option<i32>, Value) {
    let mut arguments = vec!["expiry", "--sessions", "50", "--waves", "1", "--window", "1", "--rate", "50"];
    arguments.extend(["--listeners", "1", "--most-ratio", most_ratio, "--inactivity", inactivity]);
    run(&service(300, None), &arguments)
}

#[test]
fn sessions_that_end_are_counted_and_publishes_meanwhile_compared() {
    let (code, report) = expiry("1000000", "4");
    assert_eq!((code, &report["expiry"]["ended"]), (Some(0), &50.into()), "{report}");
    assert!(report["expiry"]["p99Ratio"].as_f64() > Some(0.0), "{report}");
    assert!(report["deliveries"].is_null() && report["faults"]["lost"] == 0, "{report}");
}

#[test]
fn publishes_that_take_too_long_while_sessions_end_fail_the_run() {
    let (code, report) = expiry("0.000001", "4");
    assert_eq!((code, &report["expiry"]["kept"]), (Some(1), &false.into()), "{report}");
}

#[test]
fn more_waves_than_fit_are_refused_before_anything_is_opened() {
    let service = service(300, None);
    let credentials = service.credentials();
    let output =
        loadtest(&["expiry", "--waves", "15", "--credentials", credentials.to_str().expect("it is plain")]);
    assert_eq!((output.status.code(), service.noted().opened), (Some(2), 0), "{output:?}");
}
