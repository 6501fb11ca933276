//! Finding what the command line names: tenants and clients, by their ids or by words for them.

use std::sync::Arc;

use crate::domain::client::Client;
use crate::domain::ids::{ClientId, OrgId, TenantId};
use crate::registry::Registry;

/// The tenant of that `orgId` or id.
pub(super) fn tenant(registry: &Registry, name: &str) -> Option<TenantId> {
    let by_id = || name.parse().ok().filter(|id| registry.tenant(*id).is_some());
    registry.organization(&OrgId::from(name)).or_else(by_id)
}

/// The tenant's client of that id, or for the API of that name.
pub(super) fn client(registry: &Registry, tenant: TenantId, name: &str) -> Option<Arc<Client>> {
    let by_api = || registry.client_for(tenant, name.parse().ok()?);
    registry.client(tenant, &ClientId::from(name)).or_else(by_api)
}
