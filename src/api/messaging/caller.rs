//! Who calls the messaging face: a client of the tenant's messaging API, by its id (`x-api-id`) and one of its keys
//! (`x-api-key`). A handler that does not ask for one has no tenant to work for. It must not know what is called.

use std::net::IpAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use super::error::Refusal;
use crate::api::caller::{Denied, note_caller};
use crate::api::state::ApiState;
use crate::auth::{authenticate, secret};
use crate::domain::audit::{Actor, Who};
use crate::domain::client::Api;
use crate::domain::ids::{ClientId, TenantId};
use crate::server::Peer;
use crate::telemetry::Face;

/// Names the client.
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
        let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let (Some(id), Some(key)) = (header(API_ID_HEADER), header(API_KEY_HEADER)) else {
            return Err(Refusal::Unauthorized);
        };
        let known = authenticate(&*state.registry, &ClientId::from(id), key, state.engine.now());
        let known = known.ok_or(Refusal::Unauthorized)?;
        let client = &known.client;
        note_caller(parts, client.tenant, &client.id);
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
