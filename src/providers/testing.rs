//! What the tests of the providers share.

use hyper::StatusCode;
use serde_json::Value;

use super::error::ProviderError;
use crate::calling::Reply;

/// A provider's answer.
pub(super) fn reply(status: u16, body: Value) -> Reply {
    Reply { status: StatusCode::from_u16(status).unwrap(), body }
}

/// How asking ended, in a few words.
pub(super) fn outcome<T>(result: Result<T, ProviderError>) -> String {
    match result {
        Ok(_) => "account".to_owned(),
        Err(ProviderError::Refused { properties, .. }) => format!("refused {}", properties.join(" ")),
        Err(ProviderError::NotSetUp { .. }) => "not set up".to_owned(),
        Err(ProviderError::TimedOut(_)) => "timed out".to_owned(),
        Err(ProviderError::Failed { .. }) => "failed".to_owned(),
        Err(ProviderError::Unreachable { .. }) => "unreachable".to_owned(),
    }
}
