//! What holds between the properties of an object, beyond what each of them holds (platform documentation §12.4).
//! A value of a wrong type is told elsewhere, and counts as something here: nothing is told twice.

use serde_json::Value;

use super::checker::Checker;
use super::place::Place;
use crate::domain::message::{ActionType, MessageType, Rule};
use crate::pipeline::body::Body;
use crate::pipeline::error::FaultKind;

/// Notes how an object breaks a rule.
pub(super) fn hold(checker: &mut Checker, rule: Rule, object: &Body<'_>, at: &Place<'_>) {
    match rule {
        Rule::None => {}
        Rule::Text => text(checker, object, at),
        Rule::Location => location(checker, object, at),
        Rule::Showing => showing(checker, object, at),
        Rule::Action => action(checker, object, at),
    }
}

/// A list may be empty where something else says something.
fn text(checker: &mut Checker, object: &Body<'_>, at: &Place<'_>) {
    if !is_blank(object.get("text")) {
        return;
    }
    let lists = ["items", "actions"].map(|name| (name, object.get(name)));
    if lists.iter().any(|(_, list)| list.is_some_and(|list| !is_empty_list(list))) {
        return;
    }
    if lists.iter().all(|(_, list)| list.is_none()) {
        checker.fault(FaultKind::EmptyMessage, &Place::Property(at, "text"));
    }
    for (name, _) in lists.iter().filter(|(_, list)| list.is_some()) {
        checker.fault(FaultKind::EmptyList, &Place::Property(at, name));
    }
}

/// One coordinate without the other is a fault of its own, also beside an address.
fn location(checker: &mut Checker, object: &Body<'_>, at: &Place<'_>) {
    let (has_latitude, has_longitude) = (object.get("latitude").is_some(), object.get("longitude").is_some());
    match (has_latitude, has_longitude) {
        (true, false) => checker.fault(FaultKind::Missing, &Place::Property(at, "longitude")),
        (false, true) => checker.fault(FaultKind::Missing, &Place::Property(at, "latitude")),
        _ => {}
    }
    let has_position = has_latitude && has_longitude;
    if !has_position && is_blank(object.get("address")) {
        checker.fault(FaultKind::EmptyLocation, at);
    }
}

/// A medium is its address. A card shows anything, and of an address it says what is to be found there.
fn showing(checker: &mut Checker, object: &Body<'_>, at: &Place<'_>) {
    let has_url = !is_blank(object.get("url"));
    let kind = object.get("type").and_then(Value::as_str).and_then(MessageType::from_name);
    if kind.is_some_and(|kind| MessageType::MEDIA.contains(&kind)) {
        if !has_url {
            checker.fault(FaultKind::Missing, &Place::Property(at, "url"));
        }
        return;
    }
    if has_url && object.get("urlType").is_none() {
        checker.fault(FaultKind::Missing, &Place::Property(at, "urlType"));
    }
    if !has_url && ["title", "subtitle", "content"].iter().all(|name| is_blank(object.get(name))) {
        checker.fault(FaultKind::EmptyMessage, &Place::Property(at, "title"));
    }
}

fn action(checker: &mut Checker, object: &Body<'_>, at: &Place<'_>) {
    let kind = object.get("type").and_then(Value::as_str).and_then(ActionType::from_name);
    if let Some(target) = kind.map(ActionType::target)
        && is_blank(object.get(target))
    {
        checker.fault(FaultKind::Missing, &Place::Property(at, target));
    }
}

/// Whether a value says nothing: it is absent, or a text of nothing but space.
fn is_blank(value: Option<&Value>) -> bool {
    match value {
        None => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(_) => false,
    }
}

fn is_empty_list(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}
