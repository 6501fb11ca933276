//! A plug-in as clients write it.

use std::time::Duration;

use super::{Reading, senders};
use crate::api::portal::fields::{Purpose, callable_address, number, text};
use crate::domain::integration::SigningKeyPair;
use crate::domain::stage::{FailurePolicy, Plugin};
use crate::pipeline::{Body, FaultKind};

/// Characters of a plug-in's name.
pub(in crate::api::portal) const MAX_NAME: usize = 64;

impl Reading<'_> {
    /// Reads a plug-in; `name` and `url` are required. Its keys are not the client's to choose.
    pub(super) fn plugin(&mut self, read: &mut Body<'_>) -> Option<Plugin> {
        let name = text(read, Purpose::Create, "name", MAX_NAME);
        if name.as_ref().is_some_and(|name| !self.plugin_names.insert(name.clone())) {
            read.fault(FaultKind::Unsupported, "name");
        }
        let url = callable_address(read, Purpose::Create, "url");
        let senders = senders(read);
        let longest = self.bounds.timeout;
        let timeout = number(read, "timeoutSeconds", |seconds| {
            let timeout = Duration::from_secs(u64::try_from(seconds).ok()?);
            (!timeout.is_zero() && timeout <= longest).then_some(timeout)
        });
        let on_failure = read.text("onFailure").map(FailurePolicy::from_name);
        if on_failure == Some(None) {
            read.fault(FaultKind::Unsupported, "onFailure");
        }
        Some(Plugin {
            name: name?,
            url: url?,
            senders: senders?,
            timeout: timeout.unwrap_or(longest),
            on_failure: on_failure.flatten().unwrap_or(FailurePolicy::PassOn),
            keys: SigningKeyPair { public: String::new(), private: String::new() },
        })
    }
}
