//! A secret for a client that nothing opens any more: when those of the portal have all expired, nobody of the tenant
//! can make another, and whoever runs the broker does.
//!
//! No server may be running: it serves clients from its memory and would write over what it does not know of.

use serde::Serialize;

use super::error::StartError;
use super::found::{self, LookupError};
use super::ground::Ground;
use crate::config::Config;
use crate::domain::audit::Actor;
use crate::domain::confidential::Confidential;
use crate::domain::ids::ClientId;
use crate::registry::{RegistryError, SecretSpec};
use crate::store::Access;

/// A secret to be made.
#[derive(Clone, Debug)]
pub struct SecretOrder {
    /// The tenant: its `orgId` or its id.
    pub tenant: String,
    /// The client: its id, or the word for the API that it calls.
    pub client: String,
    /// Unique among the client's secrets.
    pub name: String,
}

/// A secret in the only moment in which it is shown.
#[derive(Debug, Serialize)]
pub struct MadeSecret {
    /// The client that it opens.
    pub client_id: ClientId,
    /// The secret.
    pub client_secret: Confidential,
    /// Its number among the client's secrets.
    pub id: u32,
    /// Its name.
    pub name: String,
}

/// Why no secret was made.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// What is kept cannot be opened, or a server has it open.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Nothing is kept, or not that client.
    #[error(transparent)]
    NotFound(#[from] LookupError),
    /// The client has one of that name, or as many as it may have.
    #[error("no secret can be made")]
    Refused(#[from] RegistryError),
}

/// Makes a secret that never expires.
///
/// # Errors
/// When a server is running on the data folder, and when the client or what is asked for does not allow it.
pub async fn make_secret(config: Config, order: SecretOrder) -> Result<MadeSecret, SecretError> {
    found::kept(&config)?;
    let ground = Ground::open(config, Access::Server).await?;
    let made = make(&ground, order).await;
    ground.close().await?;
    made
}

async fn make(ground: &Ground, order: SecretOrder) -> Result<MadeSecret, SecretError> {
    let SecretOrder { tenant, client, name } = order;
    let registry = &ground.registry;
    let client = found::client(registry, &tenant, &client)?;
    let most = ground.config.limits.secrets_per_client;
    let spec = SecretSpec { name, expires: None };
    let made = registry.add_secret(Actor::operator(client.tenant), &client.id, spec, most).await?;
    Ok(MadeSecret {
        client_id: client.id.clone(),
        client_secret: made.plain.expose().into(),
        id: made.kept.number,
        name: made.kept.name,
    })
}
