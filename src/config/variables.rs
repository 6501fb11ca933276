//! Environment variables as a layer: `SWITCHBOARD_<SECTION>__<KEY>`.
//! It is handed the variables and never asks the process.

use std::ffi::OsString;

use super::problem::{Origin, Problem};
use super::settings::Settings;

const PREFIX: &str = "SWITCHBOARD_";

/// Lays every variable with our prefix over `settings`, noting what cannot be.
pub(super) fn overlay(
    settings: &mut Settings,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    problems: &mut Vec<Problem>,
) {
    for (name, value) in variables {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
        if let Err(problem) = apply(settings, name, value) {
            problems.push(problem);
        }
    }
}

fn apply(settings: &mut Settings, name: &str, value: OsString) -> Result<(), Problem> {
    let bad = |reason| Problem::BadVariable { name: name.to_owned(), reason };
    let words = &name[PREFIX.len()..];
    if !words.contains("__") {
        return if is_service_link(name) {
            Ok(())
        } else {
            Err(bad("names no key: write SWITCHBOARD_<SECTION>__<KEY>, with two underscores between them"))
        };
    }
    let value = value.into_string().map_err(|_| bad("must be valid UTF-8"))?;
    let key = words.to_ascii_lowercase().replace("__", ".");
    settings.set(&key, &value, Origin::Variable(name.to_owned()))
}

/// Kubernetes tells every pod of the services around it in variables named after them, and ours may well be called
/// `switchboard` or `switchboard-store`: `.._SERVICE_HOST`, `.._SERVICE_PORT[_NAME]`, `.._PORT`, `.._PORT_80_TCP[..]`.
fn is_service_link(name: &str) -> bool {
    let numbered_port = || {
        name.split_once("_PORT_")
            .is_some_and(|(_, rest)| rest.starts_with(|first: char| first.is_ascii_digit()))
    };
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.ends_with("_PORT")
        || numbered_port()
}
