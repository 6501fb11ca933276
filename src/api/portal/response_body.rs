//! A response command as clients write it (platform documentation §10.5.1 and §10.5.2). What it says is checked as
//! activities are, by the same rules.

use serde_json::{Map, Value};

use super::fields::{Purpose, choice, free_text, text};
use super::hub_body::{MAX_DESCRIPTION, MAX_NAME};
use crate::domain::command::{Effect, Response, ResponseParty, ResponseType, Responses};
use crate::domain::integration::IntegrationType;
use crate::pipeline::{Body, Fault, FaultKind, checked_event, checked_message};
use crate::registry::{CommandPatch, CommandSpec, EffectPatch, ResponsePatch};

/// Characters of a category, which is typed in a line as names are.
pub(super) const MAX_CATEGORY: usize = 256;

/// Messages or events of one command: all of them are sent at once.
pub(super) const MAX_RESPONSES: usize = 50;

/// Reads a response to be created; all but `category` and `description` is required.
pub(super) fn response_in(body: &Map<String, Value>) -> Result<CommandSpec, Vec<Fault>> {
    let Read { name, description, response } = read(body, Purpose::Create, None)?;
    // Without a fault both are there.
    let (Some(party), Some(responses)) = (response.party, response.responses) else { return Err(Vec::new()) };
    Ok(CommandSpec {
        // It is there: its absence is a fault.
        name: name.unwrap_or_default(),
        description: description.unwrap_or_default(),
        effect: Effect::Response(Response {
            category: response.category.unwrap_or_default(),
            party,
            responses,
        }),
    })
}

/// Reads what of a response is to be changed, whose responses are of the type `present` until now. Those of one type
/// do not become those of another: who changes the type says what is then said.
pub(super) fn response_patch(
    body: &Map<String, Value>,
    present: ResponseType,
) -> Result<CommandPatch, Vec<Fault>> {
    let Read { name, description, response } = read(body, Purpose::Update, Some(present))?;
    Ok(CommandPatch { name, description, effect: EffectPatch::Response(response) })
}

struct Read {
    name: Option<String>,
    description: Option<String>,
    response: ResponsePatch,
}

fn read(
    body: &Map<String, Value>,
    purpose: Purpose,
    present: Option<ResponseType>,
) -> Result<Read, Vec<Fault>> {
    let mut read = Body::new(body);
    let found = Read {
        name: text(&mut read, purpose, "name", MAX_NAME),
        description: free_text(&mut read, "description", MAX_DESCRIPTION),
        response: ResponsePatch {
            category: free_text(&mut read, "category", MAX_CATEGORY),
            party: party(&mut read, purpose),
            responses: responses(&mut read, purpose, present),
        },
    };
    read.finish()?;
    Ok(found)
}

/// Whom it is for, by the name or the number of an integration type; it may be absent from an update.
fn party(read: &mut Body<'_>, purpose: Purpose) -> Option<ResponseParty> {
    const NAME: &str = "integrationTypeId";
    match read.get(NAME) {
        Some(Value::Number(_)) => {
            let by_number = |code| IntegrationType::from_code(code).and_then(ResponseParty::of);
            choice(read, NAME, ResponseParty::from_name, by_number)
        }
        _ => named(read, purpose, NAME, ResponseParty::from_name),
    }
}

/// A value by its name in any case of letters; it may be absent from an update.
fn named<T>(
    read: &mut Body<'_>,
    purpose: Purpose,
    name: &str,
    from_name: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    if purpose == Purpose::Update && read.get(name).is_none() {
        return None;
    }
    let found = from_name(read.required_text(name)?);
    if found.is_none() {
        read.fault(FaultKind::Unsupported, name);
    }
    found
}

/// What is said; none when an update leaves it as it is. Both `type` and `responses` tell of it.
fn responses(read: &mut Body<'_>, purpose: Purpose, present: Option<ResponseType>) -> Option<Responses> {
    const NAME: &str = "responses";
    let kind = named(read, purpose, "type", ResponseType::from_name);
    let is_to_be_given = purpose == Purpose::Create || kind.is_some_and(|kind| Some(kind) != present);
    if !is_to_be_given && read.get(NAME).is_none() {
        return None;
    }
    let list = read.required(NAME, FaultKind::WrongType, Value::as_array)?;
    if list.is_empty() {
        read.fault(FaultKind::EmptyList, NAME);
    } else if list.len() > MAX_RESPONSES {
        read.fault(FaultKind::TooLong, NAME);
    } else {
        // A type that cannot be read has no present one in its place: what is said is not judged then.
        let kind = if read.get("type").is_some() { kind } else { present };
        return checked(read, NAME, kind?, list);
    }
    None
}

/// All of `list`, when each can be said.
fn checked(read: &mut Body<'_>, name: &str, kind: ResponseType, list: &[Value]) -> Option<Responses> {
    let mut all = Vec::with_capacity(list.len());
    for (place, value) in list.iter().enumerate() {
        let path = format!("{name}[{place}]");
        let Some(response) = value.as_object() else {
            read.fault(FaultKind::WrongType, &path);
            continue;
        };
        let checked = match kind {
            ResponseType::Message => checked_message(response, &path),
            ResponseType::Event => checked_event(response, &path).map(|(event, _)| event),
        };
        match checked {
            Ok(response) => all.push(response),
            Err(faults) => read.absorb(faults),
        }
    }
    (all.len() == list.len()).then(|| kind.of(all))
}

#[cfg(test)]
mod tests;
