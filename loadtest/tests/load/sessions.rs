//! How the program behaves as a client of streaming sessions: towards a service that is too busy, that fails, or
//! whose sessions are over; and what it says of polls that wait and of sessions that end.

use std::fs;
use std::thread;
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

fn service(poll_wait_millis: u64, troubles: &'static [Trouble]) -> Service {
    let poll_wait = Duration::from_millis(poll_wait_millis);
    Service::start(Manner { poll_wait, troubles, ..Manner::default() })
}

const fn trouble(operation: &'static str, request: usize, answer: &'static str) -> Trouble {
    Trouble { operation, request, answer }
}

const LONGPOLL: &[&str] =
    &["longpoll", "--sessions", "1", "--messages", "20", "--acknowledge", "--patience", "3"];

#[test]
fn a_service_without_trouble_passes() {
    let service = service(300, &[]);
    let (code, report) = run(&service, LONGPOLL);
    assert_eq!((code, &report["deliveries"]), (Some(0), &20.into()), "{report}");
    let noted = service.noted();
    assert_eq!((noted.opened, noted.most_polls_out, service.left_open()), (1, 1, 0));
}

/// Requests of a run with one session that are refused, and what the run has to count: answers of 429 and answers of
/// 5xx that readers waited after, sessions that were opened in place of others, publishes that were not taken.
type Row = (&'static [Trouble], [u64; 4]);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    (&[trouble("events", 3, THROTTLED)],      [1, 0, 0, 0]),
    (&[trouble("events", 3, FAILED)],         [0, 1, 0, 0]),
    (&[trouble("events", 3, EXPIRED)],        [0, 0, 1, 0]),
    (&[trouble("acknowledge", 3, THROTTLED)], [1, 0, 0, 0]),
    (&[trouble("acknowledge", 3, FAILED)],    [0, 1, 0, 0]),
    (&[trouble("acknowledge", 3, EXPIRED)],   [0, 0, 1, 0]),
    (&[trouble("publish", 3, THROTTLED)],     [0, 0, 0, 1]),
    (&[trouble("publish", 3, FAILED)],        [0, 0, 0, 1]),
    // What is made again is refused again, otherwise.
    (&[trouble("events", 3, THROTTLED), trouble("events", 4, EXPIRED)],        [1, 0, 1, 0]),
    (&[trouble("events", 3, FAILED), trouble("events", 4, THROTTLED)],         [1, 1, 0, 0]),
    (&[trouble("acknowledge", 3, THROTTLED), trouble("acknowledge", 4, FAILED)], [1, 1, 0, 0]),
    (&[trouble("acknowledge", 3, FAILED), trouble("acknowledge", 4, EXPIRED)], [0, 1, 1, 0]),
    // The session that takes the place of another cannot be opened at once.
    (&[trouble("events", 3, EXPIRED), trouble("session", 2, THROTTLED)],       [1, 0, 1, 0]),
    (&[trouble("acknowledge", 3, EXPIRED), trouble("session", 2, FAILED)],     [0, 1, 1, 0]),
];

#[test]
fn what_is_refused_is_made_again_in_time_and_only_what_a_session_held_that_is_over_is_lost() {
    // A row is waiting most of the time: for a service that asks to, or for messages that are lost.
    thread::scope(|scope| {
        for rows in ROWS.chunks(ROWS.len().div_ceil(4)) {
            scope.spawn(|| rows.iter().for_each(|(troubles, counts)| check(troubles, *counts)));
        }
    });
}

fn check(troubles: &'static [Trouble], counts: [u64; 4]) {
    let service = service(300, troubles);
    let (code, report) = run(&service, LONGPOLL);
    let (noted, told) = (service.noted(), format!("{troubles:?}: {report}"));
    let count = |pointer: &str| report.pointer(pointer).and_then(Value::as_u64).expect(pointer);

    let pointers = ["/setbacks/throttled", "/setbacks/failed", "/setbacks/renewed", "/refused/count"];
    assert_eq!((code, pointers.map(count)), (Some(1), counts), "{told}");
    let [.., renewed, refused] = counts;
    let pointer = if refused == 0 { "/setbacks/firstReason" } else { "/refused/firstReason" };
    let reason = report.pointer(pointer).and_then(Value::as_str).expect(pointer);
    assert!(troubles[0].answer.contains(&format!(" {} ", &reason[..3])), "{told}");

    let (delivered, lost) = (count("/deliveries"), count("/faults/lost"));
    assert_eq!(delivered + lost, 20 - refused, "{told}");
    assert!(lost == 0 || renewed > 0, "{told}");
    assert_eq!((count("/faults/doubled"), count("/broken/readers")), (0, 0), "{told}");

    let asked_to_wait = troubles.iter().filter(|trouble| trouble.answer != EXPIRED).count();
    assert_eq!(noted.came_back_after.len(), asked_to_wait, "{noted:?}: {told}");
    let in_time = |(answer, after): &(&str, Duration)| *after >= least_rest(answer);
    assert!(noted.came_back_after.iter().all(in_time), "{noted:?}: {told}");
    assert_eq!((noted.opened as u64, noted.of_the_dead, noted.most_polls_out), (1 + renewed, 0, 1), "{told}");
    assert_eq!(service.left_open(), 0, "{told}");
}

/// How long a client has to stay away after an answer that asks to wait.
fn least_rest(answer: &str) -> Duration {
    if answer == THROTTLED { Duration::from_secs(1) } else { Duration::from_millis(125) }
}

#[test]
fn a_set_up_that_was_throttled_is_gone_on_with() {
    const TROUBLES: &[Trouble] = &[trouble("session", 3, THROTTLED)];
    let service = service(300, TROUBLES);
    let arguments = ["longpoll", "--sessions", "5", "--messages", "10"];
    let (code, report) = run(&service, &arguments);
    assert_eq!((code, service.noted().opened), (Some(0), 5), "{report}");
    assert_eq!(service.noted().came_back_after.len(), 1);
}

/// What it says of 20 polls that a service lets wait for so long, when they should wait otherwise.
fn waiting(poll_wait_millis: u64, wait: &str, slack: &str) -> (Option<i32>, Value) {
    let arguments = ["waiting", "--sessions", "20", "--rounds", "1", "--wait", wait, "--slack", slack];
    run(&service(poll_wait_millis, &[]), &arguments)
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

/// What it says of 50 sessions that should end after six seconds.
fn expiry(service: &Service, most_ratio: &str) -> (Option<i32>, Value) {
    let mut arguments = vec!["expiry", "--sessions", "50", "--waves", "1", "--window", "2", "--rate", "50"];
    arguments.extend(["--listeners", "1", "--most-ratio", most_ratio, "--inactivity", "6"]);
    run(service, &arguments)
}

#[test]
fn sessions_that_end_are_counted_and_publishes_meanwhile_compared() {
    let (code, report) = expiry(&service(300, &[]), "1000000");
    assert_eq!((code, &report["expiry"]["ended"]), (Some(0), &50.into()), "{report}");
    assert!(report["expiry"]["p99Ratio"].as_f64() > Some(0.0), "{report}");
    assert!(report["deliveries"].is_null() && report["faults"]["lost"] == 0, "{report}");
}

#[test]
fn sessions_that_end_the_moment_they_are_due_are_counted_though_metrics_take_long_to_be_read() {
    let (poll_wait, metrics_take) = (Duration::from_millis(300), Duration::from_millis(500));
    let service = Service::start(Manner { poll_wait, metrics_take, ..Manner::default() });
    let (code, report) = expiry(&service, "1000000");
    assert_eq!((code, &report["expiry"]["ended"]), (Some(0), &50.into()), "{report}");
}

#[test]
fn publishes_that_take_too_long_while_sessions_end_fail_the_run() {
    let (code, report) = expiry(&service(300, &[]), "0.000001");
    assert_eq!((code, &report["expiry"]["kept"]), (Some(1), &false.into()), "{report}");
}

#[test]
fn more_waves_than_fit_are_refused_before_anything_is_opened() {
    let service = service(300, &[]);
    let credentials = service.credentials();
    let output =
        loadtest(&["expiry", "--waves", "15", "--credentials", credentials.to_str().expect("it is plain")]);
    assert_eq!((output.status.code(), service.noted().opened), (Some(2), 0), "{output:?}");
}
