//! The stages of a hub as clients write them.

pub(super) mod keywords;
pub(super) mod open_hours;
pub(super) mod plugin;

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Map, Value};

pub(super) use open_hours::{DAYS, minute_out};

use crate::domain::ids::TeamId;
use crate::domain::stage::{Language, Senders, Sentiment, Stage};
use crate::pipeline::{Body, Fault, FaultKind, is_known_language};

/// The languages among which is decided where a client names none. Each more costs time for every text.
pub(super) const LANGUAGES: [&str; 4] = ["eng", "spa", "fra", "deu"];

/// Languages of one stage.
pub(super) const MAX_LANGUAGES: usize = 16;

/// What the stages of one hub may come to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Stages.
    pub(super) stages: usize,
    /// Words and phrases of all keyword stages.
    pub(super) phrases: usize,
    /// The time that a plug-in may be given to answer; it gets it where a client says nothing.
    pub(super) timeout: Duration,
}

/// Reads stages.
struct Reading<'a> {
    bounds: Bounds,
    is_team: &'a dyn Fn(&TeamId) -> bool,
    /// So many phrases may still come.
    phrases_left: usize,
    plugin_names: HashSet<String>,
}

/// Reads all stages of a hub; all faults are told at once.
pub(super) fn stages_in(
    body: &Map<String, Value>,
    bounds: Bounds,
    is_team: &dyn Fn(&TeamId) -> bool,
) -> Result<Vec<Stage>, Vec<Fault>> {
    let mut read = Body::new(body);
    let list = read.required("stages", FaultKind::WrongType, Value::as_array);
    let list = list.map(Vec::as_slice).unwrap_or_default();
    if list.len() > bounds.stages {
        read.fault(FaultKind::TooLong, "stages");
        return read.finish().map(|()| Vec::new());
    }
    let mut reading = Reading { bounds, is_team, phrases_left: bounds.phrases, plugin_names: HashSet::new() };
    let stages = objects(&mut read, "stages", list, |object, path| reading.stage(object, path));
    read.finish()?;
    Ok(stages)
}

impl Reading<'_> {
    fn stage(&mut self, object: &Map<String, Value>, path: &str) -> Result<Option<Stage>, Vec<Fault>> {
        let mut read = Body::nested(object, path);
        let kind = read.required_text("type").unwrap_or_default().to_ascii_lowercase();
        let stage = match kind.as_str() {
            "" => None,
            "openhours" => open_hours::read(&mut read, path).map(Stage::OpenHours),
            "keywords" => self.keywords(&mut read, path).map(Stage::Keywords),
            "language" => {
                let (senders, languages) = (senders(&mut read), languages(&mut read));
                senders
                    .zip(languages)
                    .map(|(senders, languages)| Stage::Language(Language { senders, languages }))
            }
            "sentiment" => senders(&mut read).map(|senders| Stage::Sentiment(Sentiment { senders })),
            "plugin" => self.plugin(&mut read).map(Stage::Plugin),
            _ => {
                read.fault(FaultKind::Unsupported, "type");
                None
            }
        };
        read.finish()?;
        Ok(stage)
    }
}

/// Reads each object of a list; what is none is a fault, and what is wrong in one is told by its place.
fn objects<T>(
    read: &mut Body<'_>,
    path: &str,
    list: &[Value],
    mut read_one: impl FnMut(&Map<String, Value>, &str) -> Result<Option<T>, Vec<Fault>>,
) -> Vec<T> {
    let mut all = Vec::with_capacity(list.len());
    for (place, value) in list.iter().enumerate() {
        let path = format!("{path}[{place}]");
        let one = match value.as_object() {
            Some(object) => read_one(object, &path),
            None => Err(vec![Fault::at(FaultKind::WrongType, path)]),
        };
        match one {
            Ok(one) => all.extend(one),
            Err(faults) => read.absorb(faults),
        }
    }
    all
}

/// Whose activities a stage looks at: customers', where nobody is named.
fn senders(read: &mut Body<'_>) -> Option<Senders> {
    const NAME: &str = "senders";
    if read.get(NAME).is_none() {
        return Some(Senders::CUSTOMERS);
    }
    let names = texts(read, NAME)?;
    if names.is_empty() {
        read.fault(FaultKind::EmptyList, NAME);
    }
    let senders = Senders::named(names).ok();
    if senders.is_none() {
        read.fault(FaultKind::Unsupported, NAME);
    }
    senders
}

fn languages(read: &mut Body<'_>) -> Option<Vec<String>> {
    const NAME: &str = "languages";
    if read.get(NAME).is_none() {
        return Some(LANGUAGES.map(str::to_owned).to_vec());
    }
    let languages: Vec<_> = texts(read, NAME)?.iter().map(|code| code.to_ascii_lowercase()).collect();
    if languages.is_empty() {
        read.fault(FaultKind::EmptyList, NAME);
    } else if languages.len() > MAX_LANGUAGES {
        read.fault(FaultKind::TooLong, NAME);
    } else if !languages.iter().all(|code| is_known_language(code)) {
        read.fault(FaultKind::Unsupported, NAME);
    }
    Some(languages)
}

/// A list of texts.
fn texts<'a>(read: &mut Body<'a>, name: &str) -> Option<Vec<&'a str>> {
    read.optional(name, FaultKind::WrongType, |value| value.as_array()?.iter().map(Value::as_str).collect())
}

#[cfg(test)]
mod tests;
