//! A subscription as it is asked for: read from its JSON, with every fault at its path (streaming reference,
//! Subscription). It must not know sessions or what a filter does.

use serde_json::{Map, Value};

use crate::api::streaming::body::{JsonBody, member};
use crate::api::streaming::error::{Fault, Reason, Refusal};
use crate::domain::directory::MAX_ID_CHARS;
use crate::domain::ids::{TeamId, UserId};
use crate::domain::subscription::{Events, Filter, Ids, Resources, WatchedEvent, WatchedGroup};

/// The member that says of which catalog the events are.
const CATALOG: &str = "catalogType";

/// The longest description, in characters.
pub(in crate::api::streaming) const MAX_DESCRIPTION: usize = 1024;

/// The most events that one filter names: more than all catalogs have, and few enough to tell what is wrong with
/// each.
pub(in crate::api::streaming) const MOST_EVENTS: usize = 100;

/// The name that stands for all events of a catalog.
const ALL_EVENTS: &str = "all";

/// A subscription as its client asks for it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SubscriptionIn {
    /// What the client calls it; empty when it calls it nothing.
    pub description: String,
    /// What it is to let through.
    pub filter: Filter,
}

/// What was read, or everything that is wrong with it.
type Read<T> = Result<T, Vec<Fault>>;

impl SubscriptionIn {
    /// Reads the body, which names at most `most_resources` users or teams.
    pub(super) fn read(body: JsonBody, most_resources: usize) -> Result<Self, Refusal> {
        let object = body.into_object()?;
        let filter = object_at(&object, "filterCriteria", |criteria| filter(criteria, most_resources));
        both(description(&object), filter)
            .map(|(description, filter)| Self { description, filter })
            .map_err(Refusal::Invalid)
    }
}

/// Two results, with the faults of both when either has any.
fn both<A, B>(one: Read<A>, other: Read<B>) -> Read<(A, B)> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (one, other) => Err([one.err(), other.err()].into_iter().flatten().flatten().collect()),
    }
}

fn fault<T>(scope: impl Into<String>, reason: Reason, rule: &str) -> Read<T> {
    Err(vec![Fault::new(scope, reason, rule)])
}

fn description(object: &Map<String, Value>) -> Read<String> {
    const NAME: &str = "description";
    match member(object, NAME) {
        None => Ok(String::new()),
        Some(Value::String(text)) if text.chars().count() <= MAX_DESCRIPTION => Ok(text.clone()),
        Some(Value::String(_)) => {
            fault(NAME, Reason::OutOfRange, &format!("must have at most {MAX_DESCRIPTION} characters"))
        }
        Some(_) => fault(NAME, Reason::InvalidType, "must be a string"),
    }
}

/// Reads an object that has to be there; its faults are told by their paths from outside.
fn object_at<T>(
    object: &Map<String, Value>,
    name: &str,
    read: impl FnOnce(&Map<String, Value>) -> Read<T>,
) -> Read<T> {
    match member(object, name) {
        None => fault(name, Reason::Required, "is required"),
        Some(Value::Object(inner)) => {
            read(inner).map_err(|faults| faults.into_iter().map(|fault| fault.within(name)).collect())
        }
        Some(_) => fault(name, Reason::InvalidType, "must be an object"),
    }
}

fn filter(criteria: &Map<String, Value>, most_resources: usize) -> Read<Filter> {
    let catalog = catalog(criteria);
    // Without a catalog there is no telling which names are good; what can be told is told all the same.
    let known = catalog.as_ref().ok().copied();
    let events = events(criteria, known);
    let resources = object_at(criteria, "resources", |object| resources(object, known, most_resources));
    let ((catalog, events), resources) = both(both(catalog, events), resources)?;
    Filter::new(catalog, events, resources)
        .or_else(|error| fault(CATALOG, Reason::InvalidValue, &format!("does not fit the rest: {error}")))
}

fn catalog(criteria: &Map<String, Value>) -> Read<WatchedGroup> {
    let name = required_text(criteria, CATALOG)?;
    let rule = "must be engagementCenterThirdParty or changeNotification";
    WatchedGroup::find(name).map_or_else(|| fault(CATALOG, Reason::InvalidValue, rule), Ok)
}

fn required_text<'o>(object: &'o Map<String, Value>, name: &str) -> Read<&'o str> {
    match member(object, name) {
        None => fault(name, Reason::Required, "is required"),
        Some(Value::String(text)) => Ok(text),
        Some(_) => fault(name, Reason::InvalidType, "must be a string"),
    }
}

/// The events that are named: all of them when one of the names says so.
fn events(criteria: &Map<String, Value>, catalog: Option<WatchedGroup>) -> Read<Events> {
    const NAME: &str = "catalogTypeEvents";
    let names = match member(criteria, NAME) {
        None => return fault(NAME, Reason::Required, "is required"),
        Some(Value::Array(names)) if (1..=MOST_EVENTS).contains(&names.len()) => names,
        Some(Value::Array(_)) => {
            return fault(NAME, Reason::OutOfRange, &format!("must have 1 to {MOST_EVENTS} items"));
        }
        Some(_) => return fault(NAME, Reason::InvalidType, "must be an array"),
    };
    let (mut named, mut has_all, mut faults) = (Vec::new(), false, Vec::new());
    for (place, name) in names.iter().enumerate() {
        let path = || format!("{NAME}[{place}]");
        match (name.as_str(), catalog) {
            (None, _) => faults.push(Fault::new(path(), Reason::InvalidType, "must be a string")),
            (Some(ALL_EVENTS), _) => has_all = true,
            (Some(_), None) => {}
            (Some(name), Some(catalog)) => match WatchedEvent::find(catalog, name) {
                Some(event) => named.push(event),
                None => {
                    let rule = match catalog {
                        WatchedGroup::ChangeNotification => "must be user, team or all".to_owned(),
                        WatchedGroup::EngagementCenterThirdParty => {
                            format!("is no event of {}", catalog.as_str())
                        }
                    };
                    faults.push(Fault::new(path(), Reason::InvalidValue, &rule));
                }
            },
        }
    }
    match (faults.is_empty(), has_all) {
        (false, _) => Err(faults),
        (true, true) => Ok(Events::All),
        (true, false) => Ok(Events::Named(named)),
    }
}

/// What resources may be.
enum Kind {
    Any,
    Users,
    Teams,
}

fn resources(object: &Map<String, Value>, catalog: Option<WatchedGroup>, most: usize) -> Read<Resources> {
    let kind = kind(object, catalog);
    // Of everything no ids are asked: they are not even looked at.
    let ids = if matches!(kind, Ok(Kind::Any)) { Ok(Vec::new()) } else { ids(object, most) };
    both(kind, ids).map(|(kind, ids)| match kind {
        Kind::Any => Resources::Any,
        Kind::Users => Resources::Users(Ids::listed(ids.into_iter().map(UserId::from).collect())),
        Kind::Teams => Resources::Teams(Ids::listed(ids.into_iter().map(TeamId::from).collect())),
    })
}

fn kind(object: &Map<String, Value>, catalog: Option<WatchedGroup>) -> Read<Kind> {
    const NAME: &str = "resourceType";
    let only_users = catalog == Some(WatchedGroup::EngagementCenterThirdParty);
    match required_text(object, NAME)? {
        "*" => Ok(Kind::Any),
        "users" => Ok(Kind::Users),
        "teams" if !only_users => Ok(Kind::Teams),
        _ if only_users => fault(NAME, Reason::InvalidValue, "must be users or *"),
        _ => fault(NAME, Reason::InvalidValue, "must be users, teams or *"),
    }
}

/// The ids of resources: a list of at most `most`, or one of them as a text, which the documented example has.
fn ids(object: &Map<String, Value>, most: usize) -> Read<Vec<&str>> {
    const NAME: &str = "resourceIds";
    let named = match member(object, NAME) {
        None => return fault(NAME, Reason::Required, "is required"),
        Some(one @ Value::String(_)) => std::slice::from_ref(one),
        Some(Value::Array(ids)) if ids.len() <= most => ids,
        Some(Value::Array(_)) => {
            return fault(NAME, Reason::OutOfRange, &format!("must have at most {most} items"));
        }
        Some(_) => return fault(NAME, Reason::InvalidType, "must be an array of strings"),
    };
    let (mut ids, mut faults) = (Vec::with_capacity(named.len()), Vec::new());
    for (place, id) in named.iter().enumerate() {
        let path = || format!("{NAME}[{place}]");
        match id.as_str() {
            Some(id) if (1..=MAX_ID_CHARS).contains(&id.chars().count()) => ids.push(id),
            Some(_) => {
                let rule = format!("must have 1 to {MAX_ID_CHARS} characters");
                faults.push(Fault::new(path(), Reason::OutOfRange, &rule));
            }
            None => faults.push(Fault::new(path(), Reason::InvalidType, "must be a string")),
        }
    }
    if faults.is_empty() { Ok(ids) } else { Err(faults) }
}

#[cfg(test)]
mod tests;
