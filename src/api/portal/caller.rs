//! Who calls the portal.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::api::caller::bearer;
use crate::api::platform::{Family, Problems, denied};
use crate::api::state::ApiState;
use crate::domain::client::Scope;
use crate::domain::ids::TenantId;
use crate::telemetry::Face;

/// A caller with the scope of the portal; everything that it asks for has to belong to its tenant.
#[derive(Clone, Copy, Debug)]
pub(super) struct PortalCaller {
    pub(super) tenant: TenantId,
}

impl FromRequestParts<ApiState> for PortalCaller {
    type Rejection = Problems;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problems> {
        bearer(parts, state, Face::Portal, Scope::PortalApi)
            .map(|identity| Self { tenant: identity.tenant })
            .map_err(|refused| denied(Family::Portal, refused))
    }
}
