//! Who calls the messaging face: a client of the tenant's messaging API, by one of its keys (`x-api-key`), which its
//! id (`x-api-id`) may stand beside. A handler that does not ask for one has no tenant to work for. It must not know
//! what is called.

use std::net::IpAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use super::error::Refusal;
use crate::api::caller::{Denied, tell_log};
use crate::api::state::ApiState;
use crate::auth::{Authenticated, authenticate, authenticate_by_secret, secret};
use crate::domain::audit::{Actor, Who};
use crate::domain::client::Api;
use crate::domain::ids::{ClientId, TenantId};
use crate::server::Peer;
use crate::telemetry::Face;

/// Names the client. The key alone does so too.
pub(super) const API_ID_HEADER: &str = "x-api-id";

/// One of its keys.
pub(super) const API_KEY_HEADER: &str = "x-api-key";

/// A client of the messaging API: an app, as the reference calls it. What it asks for has to belong to its tenant.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) tenant: TenantId,
    pub(super) client: ClientId,
    /// The number of the secret that is the key.
    secret: u32,
    /// From where the connection came: a proxy's, where there is one.
    address: Option<IpAddr>,
}

impl Caller {
    /// The caller as the one who makes a change.
    pub(super) fn actor(&self) -> Actor {
        let who = Who::Client { client: self.client.clone(), secret: Some(self.secret) };
        Actor { tenant: self.tenant, who, address: self.address }
    }
}

impl FromRequestParts<ApiState> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Refusal> {
        let key = parts.headers.get(API_KEY_HEADER).and_then(|value| value.to_str().ok());
        let key = key.ok_or(Refusal::Unauthorized)?;
        let known = identify(parts, state, key).ok_or(Refusal::Unauthorized)?;
        let client = &known.client;
        tell_log(parts, client.tenant, &client.id);
        if client.api != Api::Messaging {
            return Err(Refusal::Forbidden);
        }
        let limits = &state.rate_limiters;
        limits.count(Face::Messaging, client.id.as_str()).map_err(Denied::TooMany)?;
        limits.count_api_key(Face::Messaging, secret::hash(key)).map_err(Denied::TooMany)?;
        let peer = parts.extensions.get::<ConnectInfo<Peer>>();
        Ok(Self {
            tenant: client.tenant,
            client: client.id.clone(),
            secret: known.secret.number,
            address: peer.map(|ConnectInfo(peer)| peer.address.ip()),
        })
    }
}

/// Whose a key is. An id beside it has to be that client's, and one that is no text is nobody's.
fn identify(parts: &Parts, state: &ApiState, key: &str) -> Option<Authenticated> {
    let now = state.engine.now();
    match parts.headers.get(API_ID_HEADER) {
        Some(id) => authenticate(&*state.registry, &ClientId::from(id.to_str().ok()?), key, now),
        None => authenticate_by_secret(&*state.registry, key, now),
    }
}
