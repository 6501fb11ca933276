use super::*;

fn millis(text: &str) -> Millis {
    Millis(text.parse::<Timestamp>().unwrap().as_millisecond())
}

fn span(from: u16, to: u16) -> Span {
    Span::between(from * 60, to * 60).unwrap()
}

/// Nine to five on workdays.
fn office(zone: &str) -> OpenHours {
    let mut week = Week::default();
    week.0[..5].fill(vec![span(9, 17)]);
    OpenHours { zone: Zone::named(zone).unwrap(), week, exceptions: BTreeMap::new(), closed_message: None }
}

fn closed_until(text: &str) -> Hours {
    Hours::Closed { until: Some(millis(text)) }
}

#[test]
fn a_span_begins_with_its_first_minute_and_is_over_with_its_last() {
    let hours = office("UTC");
    assert_eq!(hours.at(millis("2026-11-27T08:59:59.999Z")), closed_until("2026-11-27T09:00:00Z"));
    assert_eq!(hours.at(millis("2026-11-27T09:00:00Z")), Hours::Open);
    assert_eq!(hours.at(millis("2026-11-27T16:59:59.999Z")), Hours::Open);
    assert_eq!(hours.at(millis("2026-11-27T17:00:00Z")), closed_until("2026-11-30T09:00:00Z"), "a weekend");
}

#[test]
fn clocks_are_those_of_the_zone_in_summer_and_in_winter() {
    let hours = office("Europe/Berlin");
    assert_eq!(hours.at(millis("2026-07-01T07:00:00Z")), Hours::Open, "nine in summer");
    assert_eq!(hours.at(millis("2026-12-01T07:00:00Z")), closed_until("2026-12-01T08:00:00Z"));
    let friday_before_the_change = millis("2026-03-27T18:00:00Z");
    assert_eq!(hours.at(friday_before_the_change), closed_until("2026-03-30T07:00:00Z"));
}

#[test]
fn a_holiday_takes_the_place_of_its_weekday() {
    let mut hours = office("UTC");
    hours.exceptions.insert(Date::constant(2026, 12, 25), Vec::new());
    hours.exceptions.insert(Date::constant(2026, 12, 26), vec![span(10, 11)]);
    assert_eq!(hours.at(millis("2026-12-25T10:00:00Z")), closed_until("2026-12-26T10:00:00Z"));
    assert_eq!(hours.at(millis("2026-12-26T10:30:00Z")), Hours::Open, "a Saturday");
}

#[test]
fn a_night_is_open_across_midnight_when_both_days_say_so() {
    let mut hours = office("UTC");
    hours.week.0.fill(vec![span(0, 6), span(22, 24)]);
    assert_eq!(hours.at(millis("2026-11-27T23:59:59.999Z")), Hours::Open);
    assert_eq!(hours.at(millis("2026-11-28T00:00:00Z")), Hours::Open);
    assert_eq!(hours.at(millis("2026-11-28T06:00:00Z")), closed_until("2026-11-28T22:00:00Z"));
}

#[test]
fn who_never_opens_is_closed_for_good() {
    let mut hours = office("UTC");
    hours.week = Week::default();
    assert_eq!(hours.at(millis("2026-11-27T10:00:00Z")), Hours::Closed { until: None });
}

#[test]
fn an_opening_that_clocks_leap_over_is_as_much_later() {
    let mut hours = office("Europe/Berlin");
    hours.week.0[6] = vec![Span::between(150, 600).unwrap()];
    assert_eq!(hours.at(millis("2026-03-29T00:00:00Z")), closed_until("2026-03-29T01:30:00Z"));
}

#[test]
fn a_span_has_an_end_after_its_beginning_and_within_its_day() {
    assert!(Span::between(0, DAY_END).is_ok());
    for (from, to) in [(60, 60), (61, 60), (0, DAY_END + 1)] {
        assert_eq!(Span::between(from, to), Err(NoSpan(from, to)));
    }
}

#[test]
fn zones_are_known_by_name_without_a_look_at_the_machine() {
    assert_eq!(Zone::named("europe/berlin").unwrap().name(), "Europe/Berlin");
    assert_eq!(Zone::named("UTC").unwrap().name(), "UTC");
    assert!(Zone::named("Europe/Atlantis").is_none());
}

#[test]
fn hours_read_back_from_what_is_kept_of_them() {
    let mut hours = office("America/New_York");
    hours.exceptions.insert(Date::constant(2026, 12, 25), vec![span(10, 12), span(13, 14)]);
    hours.closed_message = Some(Map::from_iter([("type".to_owned(), "text".into())]));
    let text = serde_json::to_string(&hours).unwrap();
    assert_eq!(serde_json::from_str::<OpenHours>(&text).unwrap(), hours);
}
