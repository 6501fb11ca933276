//! The configuration of those who are reached by webhook: a bot of the tenant's own, and listeners; and what every
//! webhook has in common.

use serde_json::Value;

use super::{Asked, ConfigurationIn};
use crate::api::portal::fields::{MAX_URL, is_callable};
use crate::domain::integration::{EventFilter, IntegrationType};
use crate::pipeline::{Body, FaultKind};
use crate::registry::{ConfigurationSpec, KeyChange};

const URL: &str = "webhookUrl";

/// The embedded bot (`faq`), or one behind a webhook.
pub(super) fn bot(read: &mut Body<'_>) -> Option<ConfigurationIn> {
    let is_embedded = read.optional("faq", FaultKind::WrongType, Value::as_bool).unwrap_or(false);
    let webhook_url = if is_embedded { webhook_url(read) } else { required_webhook_url(read) };
    if is_embedded && read.get(URL).is_some() {
        read.fault(FaultKind::Unsupported, URL);
    }
    let keys = key_change(read);
    let spec = match webhook_url {
        Some(webhook_url) => ConfigurationSpec::WebhookBot { webhook_url },
        None => ConfigurationSpec::FaqBot,
    };
    Some(ConfigurationIn { kind: IntegrationType::Bot, asked: Asked::Configuration(spec), keys })
}

/// A listener.
pub(super) fn system(read: &mut Body<'_>) -> Option<ConfigurationIn> {
    let webhook_url = required_webhook_url(read);
    let events = events(read);
    let keys = key_change(read);
    let spec = ConfigurationSpec::System { webhook_url: webhook_url?, events };
    Some(ConfigurationIn { kind: IntegrationType::System, asked: Asked::Configuration(spec), keys })
}

/// The filters, at least one, each once.
fn events(read: &mut Body<'_>) -> Vec<EventFilter> {
    const NAME: &str = "events";
    let Some(list) = read.required(NAME, FaultKind::WrongType, Value::as_array) else { return Vec::new() };
    if list.is_empty() {
        read.fault(FaultKind::EmptyList, NAME);
    }
    let mut events = Vec::new();
    for (place, value) in list.iter().enumerate() {
        let fault = match value.as_str().map(EventFilter::from_name) {
            None => FaultKind::WrongType,
            Some(None) => FaultKind::Unsupported,
            Some(Some(event)) => {
                if !events.contains(&event) {
                    events.push(event);
                }
                continue;
            }
        };
        read.fault(fault, &format!("{NAME}[{place}]"));
    }
    events
}

/// Whether the signing keys are to be made anew.
pub(super) fn key_change(read: &mut Body<'_>) -> KeyChange {
    match read.optional("regenerateKeys", FaultKind::WrongType, Value::as_bool) {
        Some(true) => KeyChange::Regenerate,
        Some(false) | None => KeyChange::Keep,
    }
}

fn required_webhook_url(read: &mut Body<'_>) -> Option<String> {
    if read.get(URL).is_none() {
        read.fault(FaultKind::Missing, URL);
    }
    webhook_url(read)
}

/// An absolute web address. Whether we may go there is decided when connecting.
pub(super) fn webhook_url(read: &mut Body<'_>) -> Option<String> {
    let url =
        read.optional(URL, FaultKind::WrongType, |value| value.as_str().filter(|url| is_callable(url)))?;
    if url.len() > MAX_URL {
        read.fault(FaultKind::TooLong, URL);
    }
    Some(url.to_owned())
}
