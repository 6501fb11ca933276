//! The keys that sign tokens: how they are kept, and their rotation.

use std::sync::Arc;

use super::error::StartError;
use crate::auth::{Sealer, SigningKeys, StoredKey};
use crate::config::Config;
use crate::domain::clock::Clock;
use crate::store::{SigningKeyRecord, Store, Write};

/// Makes a new signing key when the present one is old or missing, and forgets keys whose last tokens have expired.
/// A new key signs only once it is kept: no token is ever signed by a key that a crash could take away.
pub(super) async fn rotate_keys(
    keys: &Arc<SigningKeys>,
    sealer: &Arc<Sealer>,
    store: &dyn Store,
    clock: &dyn Clock,
    config: &Config,
) -> Result<(), StartError> {
    let now = clock.now();
    if keys.due(now, config.auth.key_rotation) {
        let (keys_to_ask, sealer) = (keys.clone(), sealer.clone());
        // Making an RSA key takes long enough to hold up other work on this thread.
        let prepared = tokio::task::spawn_blocking(move || keys_to_ask.prepare(now, &sealer)).await;
        let rotation = prepared.expect("preparing a key does not panic and is not cancelled")?;
        let writes = rotation.stored().into_iter().map(key_record).map(Write::PutSigningKey).collect();
        store.commit(writes).await?;
        keys.adopt(rotation);
        tracing::info!("a new signing key is in use");
    }
    let expired = keys.prune(now, config.auth.token_lifetime);
    if !expired.is_empty() {
        store.commit(expired.into_iter().map(Write::DeleteSigningKey).collect()).await?;
    }
    Ok(())
}

pub(super) fn stored_key(record: SigningKeyRecord) -> StoredKey {
    StoredKey { kid: record.kid, sealed: record.sealed, created: record.created, retired: record.retired }
}

fn key_record(key: StoredKey) -> SigningKeyRecord {
    SigningKeyRecord { kid: key.kid, sealed: key.sealed, created: key.created, retired: key.retired }
}
