//! Key pairs from before, which go on signing beside a new one for a while: which they are, and how they are kept.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::documents::unreadable;
use super::{Registry, RegistryError};
use crate::auth::Sealer;
use crate::domain::clock::Millis;
use crate::domain::integration::{FormerKey, Integration, SigningKeyPair};
use crate::store::{FormerKeyRecord, Write};

/// Binds a sealed pair to its use.
const PURPOSE: &str = "integration former key";

/// How key pairs from before go on signing when a new one is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyOverlap {
    /// For how long.
    pub span: Duration,
    /// How many of one integration; the oldest go first.
    pub keys: usize,
}

impl KeyOverlap {
    /// The pairs that sign beside a new one which is made now, the newest first.
    pub(super) fn former_keys(self, present: &Integration, now: Millis) -> Vec<FormerKey> {
        let replaced = present
            .configuration
            .keys()
            .map(|pair| FormerKey { pair: pair.clone(), ends: now.plus(self.span) });
        let still_signing = present.former_keys.iter().cloned();
        let former = replaced.into_iter().chain(still_signing);
        former.filter(|former| former.ends > now).take(self.keys).collect()
    }
}

impl Registry {
    /// The pairs of an integration from before that sign beside its present one now, the newest first.
    pub fn former_keys(&self, of: &Integration) -> Vec<SigningKeyPair> {
        of.former_keys_at(self.clock.now()).cloned().collect()
    }
}

/// A pair as it is sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    public: String,
    private: String,
}

/// What keeps the former pairs of an integration in place of those that were kept.
pub(super) fn close(integration: &Integration, sealer: &Sealer) -> Result<Write, RegistryError> {
    let close = |former: &FormerKey| {
        let SigningKeyPair { public, private } = former.pair.clone();
        let text = serde_json::to_vec(&Kept { public, private }).map_err(unreadable)?;
        Ok(FormerKeyRecord { ends: former.ends, sealed: sealer.seal(PURPOSE, &text) })
    };
    let records = integration.former_keys.iter().map(close).collect::<Result<_, RegistryError>>()?;
    Ok(Write::PutFormerKeys(integration.id, records))
}

/// The pair of a record.
pub(super) fn open(record: &FormerKeyRecord, sealer: &Sealer) -> Result<FormerKey, RegistryError> {
    let text = sealer.open(PURPOSE, &record.sealed)?;
    let Kept { public, private } = serde_json::from_slice(&text).map_err(unreadable)?;
    Ok(FormerKey { pair: SigningKeyPair { public, private }, ends: record.ends })
}
