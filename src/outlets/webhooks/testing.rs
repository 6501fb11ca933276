//! What the tests of this room share: a call, and keys.

use std::sync::Arc;

use bytes::Bytes;

use super::call::Call;
use super::target::{Signing, Target};
use crate::domain::clock::Millis;
use crate::domain::delivery::Endpoint;
use crate::domain::ids::{ConversationId, DeliveryId, HubId, IntegrationId};
use crate::domain::integration::SigningKeyPair;

/// A pair whose public half is this name.
pub(super) fn pair(name: &str) -> SigningKeyPair {
    SigningKeyPair { public: name.to_owned(), private: format!("the private half of {name}") }
}

/// A call of an integration with one delivery, signed with the pair `present` and, beside it, with `former`.
pub(super) fn call(url: &str) -> Call {
    let signing = Signing::Keys { present: pair("present"), former: vec![pair("former")] };
    let target = Target { url: url.to_owned(), signing: Arc::new(signing), changed: Millis(0) };
    Call {
        target,
        endpoint: Endpoint::Integration(IntegrationId::new()),
        hub: HubId::new(),
        conversation: ConversationId::new(),
        first: DeliveryId::new(),
        count: 1,
        at: Millis(1_700_000_000_000),
        body: Bytes::from_static(b"{\"activity\":{}}"),
    }
}
