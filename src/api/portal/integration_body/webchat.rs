//! The configuration of a web chat.

use serde_json::Value;

use super::direct::start;
use super::{Asked, ConfigurationIn};
use crate::domain::integration::IntegrationType;
use crate::domain::origin::AllowedOrigin;
use crate::pipeline::{Body, FaultKind};
use crate::registry::{ConfigurationSpec, WebChatSpec};

/// Origins of one web chat: each is compared with the page's at every call.
pub(in crate::api::portal) const MAX_ORIGINS: usize = 100;

/// Bytes of an origin: the longest name of the internet's (RFC 1035) with a scheme and a port.
pub(in crate::api::portal) const MAX_ORIGIN: usize = "https://".len() + 253 + ":65535".len();

pub(super) fn webchat(read: &mut Body<'_>) -> Option<ConfigurationIn> {
    let allowed_origins = allowed_origins(read);
    // The documents show echoes without saying how to do without.
    let echo = read.optional("echo", FaultKind::WrongType, Value::as_bool).unwrap_or(true);
    let start = start(read);
    let spec = WebChatSpec { allowed_origins, echo, start };
    let asked = Asked::Configuration(ConfigurationSpec::WebChat(spec));
    Some(ConfigurationIn::of(IntegrationType::Customer, asked))
}

fn allowed_origins(read: &mut Body<'_>) -> Vec<AllowedOrigin> {
    const NAME: &str = "allowedOrigins";
    let Some(list) = read.required(NAME, FaultKind::WrongType, Value::as_array) else { return Vec::new() };
    if list.is_empty() {
        read.fault(FaultKind::EmptyList, NAME);
    }
    if list.len() > MAX_ORIGINS {
        read.fault(FaultKind::TooLong, NAME);
        return Vec::new();
    }
    let mut origins = Vec::with_capacity(list.len());
    for (place, value) in list.iter().enumerate() {
        let text = value.as_str().map(str::trim);
        let fault = match text.map(AllowedOrigin::parse) {
            _ if text.is_some_and(|text| text.len() > MAX_ORIGIN) => FaultKind::TooLong,
            Some(Some(origin)) => {
                origins.push(origin);
                continue;
            }
            Some(None) | None => FaultKind::WrongType,
        };
        read.fault(fault, &format!("{NAME}[{place}]"));
    }
    origins
}
