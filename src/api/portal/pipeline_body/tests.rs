use serde_json::json;

use super::*;
use crate::domain::stage::FailurePolicy;
use crate::pipeline::FaultKind::{self, *};

const BOUNDS: Bounds = Bounds { stages: 3, phrases: 4, timeout: Duration::from_secs(5) };

fn read(stages: Value) -> Result<Vec<Stage>, Vec<(FaultKind, String)>> {
    let body = json!({"stages": stages});
    let is_team = |team: &TeamId| team.as_str() == "t1";
    let named = |faults: Vec<Fault>| faults.into_iter().map(|fault| (fault.kind, fault.property)).collect();
    stages_in(body.as_object().unwrap(), BOUNDS, &is_team).map_err(named)
}

fn plugin(change: Value) -> Value {
    let mut plugin = json!({"type": "plugin", "name": "p", "url": "https://p.example"});
    plugin.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    plugin
}

fn rule(phrases: Value) -> Value {
    json!({"type": "keywords", "rules": [{"name": "r", "phrases": phrases}]})
}

fn hours(week: Value) -> Value {
    json!({"type": "openHours", "timeZone": "UTC", "week": week})
}

#[test]
fn stages_are_read_in_their_order_with_what_is_usual() {
    let stages = read(json!([{"Type": "LANGUAGE"}, {"type": "sentiment"}, plugin(json!({}))])).unwrap();
    let [Stage::Language(language), Stage::Sentiment(sentiment), Stage::Plugin(plugin)] = &stages[..] else {
        panic!("{stages:?}")
    };
    assert_eq!(language.languages, LANGUAGES);
    assert_eq!((language.senders, sentiment.senders), (Senders::CUSTOMERS, Senders::CUSTOMERS));
    assert_eq!((plugin.timeout, plugin.on_failure), (BOUNDS.timeout, FailurePolicy::PassOn));
    assert_eq!(read(json!([])), Ok(Vec::new()));
}

#[test]
fn every_fault_is_told_by_its_place() {
    let cases = [
        (json!(null), vec![(Missing, "stages")]),
        (json!({}), vec![(WrongType, "stages")]),
        (json!([1, {}]), vec![(WrongType, "stages[0]"), (Missing, "stages[1].type")]),
        (json!([{"type": "magic"}]), vec![(Unsupported, "stages[0].type")]),
        (
            json!([{"type": "language", "languages": ["eng", "en"], "senders": []}]),
            vec![(EmptyList, "stages[0].senders"), (Unsupported, "stages[0].languages")],
        ),
        (json!([{"type": "sentiment", "senders": ["system"]}]), vec![(Unsupported, "stages[0].senders")]),
        (
            json!([plugin(json!({"name": " ", "url": "ftp://p.example", "onFailure": "cry"}))]),
            vec![
                (Missing, "stages[0].name"),
                (WrongType, "stages[0].url"),
                (Unsupported, "stages[0].onFailure"),
            ],
        ),
        (json!([plugin(json!({"url": "https://user:word@p.example"}))]), vec![(WrongType, "stages[0].url")]),
        (json!([plugin(json!({})), plugin(json!({}))]), vec![(Unsupported, "stages[1].name")]),
        (
            json!([{"type": "keywords", "rules": [{"phrases": [], "alert": 1, "teamId": "t2"}, 2]}]),
            vec![
                (Missing, "stages[0].rules[0].name"),
                (EmptyList, "stages[0].rules[0].phrases"),
                (WrongType, "stages[0].rules[0].alert"),
                (Unsupported, "stages[0].rules[0].teamId"),
                (WrongType, "stages[0].rules[1]"),
            ],
        ),
        (
            json!([{"type": "openHours", "timeZone": "Mars/Crater", "closedMessage": {"type": "text"},
                "week": {"monday": [{"from": "9:00", "to": "25:00"}, {"from": "10:00", "to": "10:00"}]},
                "exceptions": [{"date": "2026-02-30"}]}]),
            vec![
                (Unsupported, "stages[0].timeZone"),
                (WrongType, "stages[0].week.monday[0].from"),
                (WrongType, "stages[0].week.monday[0].to"),
                (Unsupported, "stages[0].week.monday[1].to"),
                (WrongType, "stages[0].exceptions[0].date"),
                (EmptyMessage, "stages[0].closedMessage.text"),
            ],
        ),
        (
            json!([hours(
                json!({"monday": [{"from": "09:00", "to": "12:00"}, {"from": "11:59", "to": "13:00"}]})
            )]),
            vec![(Unsupported, "stages[0].week.monday")],
        ),
    ];
    for (stages, expected) in cases {
        let expected: Vec<_> = expected.into_iter().map(|(kind, at)| (kind, at.to_owned())).collect();
        assert_eq!(read(stages.clone()), Err(expected), "{stages}");
    }
}

#[test]
fn a_hub_has_as_many_stages_and_phrases_as_it_may_and_no_more() {
    let stage = json!({"type": "sentiment"});
    assert!(read(json!([stage, stage, stage])).is_ok());
    assert_eq!(read(json!([stage, stage, stage, stage])), Err(vec![(TooLong, "stages".to_owned())]));
    assert!(read(json!([rule(json!(["a", "b"])), rule(json!(["c", "d"]))])).is_ok());
    let one_too_many = json!([rule(json!(["a", "b"])), rule(json!(["c", "d", "e"]))]);
    assert_eq!(read(one_too_many), Err(vec![(TooLong, "stages[1].rules[0].phrases".to_owned())]));
}

#[test]
fn a_plug_in_gets_as_much_time_as_it_may_have_and_no_more() {
    for seconds in [1, 5] {
        assert!(read(json!([plugin(json!({"timeoutSeconds": seconds}))])).is_ok(), "{seconds}");
    }
    for seconds in [0, 6, -1] {
        let refused = read(json!([plugin(json!({"timeoutSeconds": seconds}))]));
        assert_eq!(refused, Err(vec![(OutOfRange, "stages[0].timeoutSeconds".to_owned())]), "{seconds}");
    }
}

#[test]
fn a_day_lasts_from_its_first_minute_to_its_last() {
    let spans = json!({"sunday": [{"from": "12:00", "to": "24:00"}, {"from": "00:00", "to": "12:00"}]});
    let stages = read(json!([hours(spans)])).unwrap();
    let [Stage::OpenHours(hours)] = &stages[..] else { panic!("{stages:?}") };
    let sunday: Vec<_> = hours.week.0[6].iter().map(|span| (span.from(), span.to())).collect();
    assert_eq!(sunday, [(0, 720), (720, 1440)]);
    assert_eq!(hours.week.0[0], []);
}
