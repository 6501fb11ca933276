//! Who calls the portal.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use crate::api::caller::bearer;
use crate::api::platform::{Family, Problems, denied};
use crate::api::state::ApiState;
use crate::auth::Identity;
use crate::domain::audit::{Actor, Who};
use crate::domain::client::Scope;
use crate::domain::ids::TenantId;
use crate::server::Peer;
use crate::telemetry::Face;

/// A caller with the scope of the portal; everything that it asks for has to belong to its tenant.
pub(super) struct PortalCaller {
    pub(super) tenant: TenantId,
    identity: Arc<Identity>,
    /// The number of the secret that opened the caller's token.
    secret: Option<u32>,
    /// From where the connection came: a proxy's, where there is one.
    address: Option<IpAddr>,
}

impl PortalCaller {
    /// The caller as the one who makes a change.
    pub(super) fn actor(&self) -> Actor {
        let who = Who::Client { client: self.identity.client.clone(), secret: self.secret };
        Actor { tenant: self.tenant, who, address: self.address }
    }
}

impl FromRequestParts<ApiState> for PortalCaller {
    type Rejection = Problems;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problems> {
        let identity = bearer(parts, state, Face::Portal, Scope::PortalApi)
            .map_err(|refused| denied(Family::Portal, refused))?;
        let secret = state.registry.secret_number(&identity.client, identity.secret);
        let peer = parts.extensions.get::<ConnectInfo<Peer>>();
        let address = peer.map(|ConnectInfo(peer)| peer.address.ip());
        Ok(Self { tenant: identity.tenant, identity, secret, address })
    }
}
