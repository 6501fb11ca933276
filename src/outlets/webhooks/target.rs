//! Where an endpoint is right now, and what signs what goes there.

use std::sync::Arc;

use crate::domain::clock::Millis;
use crate::domain::delivery::Endpoint;
use crate::domain::ids::TenantId;
use crate::domain::integration::SigningKeyPair;

/// What signs a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signing {
    /// The keys of an integration. `former` are those that still sign beside the present ones, the newest first.
    Keys {
        /// The pair in force.
        present: SigningKeyPair,
        /// Pairs that were in force until a short while ago.
        former: Vec<SigningKeyPair>,
    },
}

/// Where calls to an endpoint go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The absolute address.
    pub url: String,
    /// What signs them.
    pub signing: Arc<Signing>,
    /// When any of it was last changed: an endpoint that was stopped before goes on.
    pub changed: Millis,
}

/// How an endpoint stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can be called.
    Ready(Target),
    /// It is paused: what is for it waits.
    Paused,
    /// It is there and has no address: what is for it cannot be sent.
    NoAddress,
    /// There is no such endpoint any more: what was for it is dropped.
    Gone,
}

/// Finds endpoints.
pub trait Targets: Send + Sync {
    /// How an endpoint of a tenant stands. Asked before each call, so it answers from memory.
    fn find(&self, tenant: TenantId, endpoint: &Endpoint) -> Standing;
}
