//! What a poller asks after each answer that it may get.

use super::*;
use crate::label::Member;
use crate::measure::ledger::{Hears, Interleaving, Ledger};

fn tally() -> Tally {
    let mut ledger = Ledger::new(1, Interleaving::Shared);
    ledger.listen(Hears::all_of(0..1));
    for _ in 0..3 {
        ledger.say(0, 0);
    }
    Tally::new(ledger, Member::CorrelationId)
}

/// What the poller says when it is answered so.
fn said(poller: &mut Poller, tally: &mut Tally, headers: &str, body: &str) -> String {
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len());
    let mut out = Vec::new();
    let taken = poller.receive(answer.as_bytes(), 0, 1, tally, &mut out).unwrap();
    assert_eq!(taken, answer.len());
    String::from_utf8(out).unwrap()
}

fn without_acknowledgement() -> SessionScript {
    let open = "POST /s HTTP/1.1\r\n".to_owned();
    SessionScript { acknowledge: None, open, replacements: Replacements::default() }
}

fn with_acknowledgement() -> SessionScript {
    SessionScript { acknowledge: Some("POST /a HTTP/1.1\r\n".to_owned()), ..without_acknowledgement() }
}

fn poller(style: PollStyle) -> Poller {
    let script = PollScript { style, poll: "GET /p HTTP/1.1\r\n".to_owned() };
    let own = Own { lines: "session: s\r\n".to_owned(), opening: "{}".into() };
    let mut poller = Poller::new(Rc::new(script), own, 7);
    let mut out = Vec::new();
    poller.begin(0, &mut out);
    assert_eq!(out, b"GET /p HTTP/1.1\r\nsession: s\r\n\r\n");
    poller
}

const EVENTS: &str = r#"{"events":[{"eventId":"7-0","correlationId":"00000-000000000"},{"eventId":"7-1","correlationId":"00000-000000001"}]}"#;

#[test]
fn what_was_handed_over_is_acknowledged_before_the_next_poll() {
    let (mut tally, mut poller) = (tally(), poller(PollStyle::Session(with_acknowledgement())));
    let acknowledged = said(&mut poller, &mut tally, "", EVENTS);
    let body = r#"{"events":[{"eventId":"7-0"},{"eventId":"7-1"}]}"#;
    let length = body.len();
    assert_eq!(
        acknowledged,
        format!("POST /a HTTP/1.1\r\nsession: s\r\nContent-Length: {length}\r\n\r\n{body}")
    );
    assert_eq!(tally.ledger.heard(), 2);
    assert!(said(&mut poller, &mut tally, "", "{}").starts_with("GET /p"));
    assert!(said(&mut poller, &mut tally, "", r#"{"events":[]}"#).starts_with("GET /p"));
}

#[test]
fn a_conditional_poll_goes_on_from_the_last_answer() {
    let (mut tally, mut poller) = (tally(), poller(PollStyle::Conditional));
    let next = said(&mut poller, &mut tally, "Etag: 3\r\nLast-Modified: Mon\r\n", EVENTS);
    assert_eq!(next, "GET /p HTTP/1.1\r\nIf-Modified-Since: Mon\r\nIf-None-Match: 3\r\n\r\n");
}

#[test]
fn a_connection_that_is_used_up_is_replaced() {
    let (mut tally, mut poller) = (tally(), poller(PollStyle::Session(without_acknowledgement())));
    assert_eq!(said(&mut poller, &mut tally, "Connection: close\r\n", EVENTS), "");
    assert!(poller.is_used_up());
    poller.begin(2, &mut Vec::new());
    assert!(!poller.is_used_up());
}

#[test]
fn a_refusal_ends_it() {
    let mut out = Vec::new();
    let answer = b"HTTP/1.1 400 B\r\nContent-Length: 2\r\n\r\nno";
    let ended =
        poller(PollStyle::Session(without_acknowledgement())).receive(answer, 0, 1, &mut tally(), &mut out);
    assert_eq!(ended, Err(Ended::Refused(400, "no".to_owned())));
}

/// What the poller does when it is refused so; what it says.
fn refused(
    poller: &mut Poller,
    tally: &mut Tally,
    status: &str,
    headers: &str,
    body: &str,
) -> Result<String, Ended> {
    let answer = format!("HTTP/1.1 {status} N\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len());
    let mut out = Vec::new();
    poller.receive(answer.as_bytes(), 0, 1, tally, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

const OVER: &str = r#"{"code":400,"message":"Invalid or expired session","errors":[]}"#;

#[test]
fn a_server_that_is_too_busy_is_left_alone_for_as_long_as_it_asks() {
    let (mut tally, mut poller) = (tally(), poller(PollStyle::Session(without_acknowledgement())));
    assert_eq!(refused(&mut poller, &mut tally, "429", "Retry-After: 3\r\n", "slow").unwrap(), "");
    let rest = poller.rest().unwrap();
    assert!(rest >= Duration::from_secs(3) && rest < Duration::from_secs(4), "{rest:?}");
    assert_eq!(poller.polling_since(), None);
    poller.wake();
    let mut out = Vec::new();
    poller.begin(9, &mut out);
    assert!(out.starts_with(b"GET /p") && poller.polling_since() == Some(9), "{out:?}");
    assert_eq!((tally.setbacks.throttled, tally.setbacks.first_reason.as_deref()), (1, Some("429 slow")));
}

#[test]
fn an_acknowledgement_that_failed_is_made_again() {
    let (mut tally, mut poller) = (tally(), poller(PollStyle::Session(with_acknowledgement())));
    let first = said(&mut poller, &mut tally, "", EVENTS);
    refused(&mut poller, &mut tally, "503", "Connection: close\r\n", "").unwrap();
    assert!(poller.rest().is_some() && poller.is_used_up());
    poller.wake();
    let mut again = Vec::new();
    poller.begin(9, &mut again);
    assert_eq!(String::from_utf8(again).unwrap(), first);
    assert_eq!((tally.setbacks.failed, tally.setbacks.throttled), (1, 0));
}

#[test]
fn a_session_that_is_over_is_replaced_and_never_named_again() {
    let script = with_acknowledgement();
    let replacements = script.replacements.clone();
    let (mut tally, mut poller) = (tally(), poller(PollStyle::Session(script)));
    said(&mut poller, &mut tally, "", EVENTS);
    let opening = refused(&mut poller, &mut tally, "400", "", OVER).unwrap();
    assert_eq!(opening, "POST /s HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}");
    let poll = said(&mut poller, &mut tally, "", r#"{"sessionId":"another","inactivityDelay":600}"#);
    assert_eq!(poll, "GET /p HTTP/1.1\r\nvia-client-sessionid: another\r\n\r\n");
    assert_eq!(*replacements.borrow(), ["another"]);
    assert_eq!(tally.setbacks.renewed, 1);
}

#[test]
fn opening_another_session_is_tried_again_when_the_server_is_too_busy() {
    let (mut tally, mut poller) = (tally(), poller(PollStyle::Session(without_acknowledgement())));
    let opening = refused(&mut poller, &mut tally, "400", "", OVER).unwrap();
    refused(&mut poller, &mut tally, "429", "", "").unwrap();
    poller.wake();
    let mut again = Vec::new();
    poller.begin(9, &mut again);
    assert_eq!(String::from_utf8(again).unwrap(), opening);
}

#[test]
fn a_new_session_that_is_over_at_once_ends_it() {
    let (mut tally, mut poller) = (tally(), poller(PollStyle::Session(without_acknowledgement())));
    refused(&mut poller, &mut tally, "400", "", OVER).unwrap();
    said(&mut poller, &mut tally, "", r#"{"sessionId":"another"}"#);
    let ended = refused(&mut poller, &mut tally, "400", "", OVER);
    assert_eq!(ended, Err(Ended::Refused(400, OVER.to_owned())));
    assert_eq!(tally.setbacks.renewed, 1);
}

#[test]
fn how_long_a_poll_waited_is_noted() {
    let (mut tally, mut poller) = (tally(), poller(PollStyle::Session(without_acknowledgement())));
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    poller.receive(answer, 0, 15_000_123, &mut tally, &mut Vec::new()).unwrap();
    assert_eq!(poller.polling_since(), Some(15_000_123));
    let mut expected = crate::measure::waits::Waits::default();
    expected.note(15_000_123);
    assert_eq!(tally.waits, expected);
}
