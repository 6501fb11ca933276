//! Finding what the command line names: tenants and clients that are kept in the data folder, by their ids or by
//! words for them.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::{Config, Durability};
use crate::domain::client::Client;
use crate::domain::ids::{ClientId, OrgId, TenantId};
use crate::registry::Registry;
use crate::store::DATABASE;

/// Why what the command line names is not found.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// The server keeps nothing.
    #[error("store.durability is \"memory\": only the server itself knows its keys and secrets")]
    NothingIsKept,
    /// No server has ever run on the data folder, and this is not the place to begin.
    #[error("there is no database in {}", .0.display())]
    NoDatabase(PathBuf),
    /// The tenant is not known.
    #[error("there is no tenant '{0}'")]
    UnknownTenant(String),
    /// The tenant has no such client.
    #[error("the tenant has no client '{0}'")]
    UnknownClient(String),
}

/// Looks whether there is a database to look into, before anything would be made.
pub(super) fn kept(config: &Config) -> Result<(), LookupError> {
    if config.store.durability == Durability::Memory {
        return Err(LookupError::NothingIsKept);
    }
    let data = &config.server.data_dir;
    if data.join(DATABASE).exists() { Ok(()) } else { Err(LookupError::NoDatabase(data.clone())) }
}

/// The client of that id, or for the API of that name, of the tenant of that `orgId` or id.
pub(super) fn client(registry: &Registry, org: &str, name: &str) -> Result<Arc<Client>, LookupError> {
    let tenant = tenant(registry, org).ok_or_else(|| LookupError::UnknownTenant(org.to_owned()))?;
    let by_api = || registry.client_for(tenant, name.parse().ok()?);
    let client = registry.client(tenant, &ClientId::from(name)).or_else(by_api);
    client.ok_or_else(|| LookupError::UnknownClient(name.to_owned()))
}

fn tenant(registry: &Registry, name: &str) -> Option<TenantId> {
    let by_id = || name.parse().ok().filter(|id| registry.tenant(*id).is_some());
    registry.organization(&OrgId::from(name)).or_else(by_id)
}
