//! Which accounts at providers are on a hub already, across all hubs of all tenants: what comes in from an account
//! can go to one place only (platform documentation §14.2, PRT000701). It must not know whose an account is.

use std::sync::Arc;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

use super::RegistryError;
use crate::domain::ids::IntegrationId;
use crate::domain::integration::{AccountKey, Integration};

/// The accounts that are taken, each by its integration. Changes of one tenant wait for each other, those of two
/// tenants do not: so an account is taken before its integration is kept, and given back when that fails.
#[derive(Clone, Default)]
pub(super) struct Accounts(Arc<DashMap<AccountKey, IntegrationId>>);

/// An account that is taken for an integration that is not kept yet. Dropped before it is [kept](Self::keep), it
/// gives the account back.
pub(super) struct Claim {
    accounts: Accounts,
    taken: Option<AccountKey>,
}

impl Accounts {
    /// Takes the account of an integration, unless it has none or has it already.
    ///
    /// # Errors
    /// [`RegistryError::AccountTaken`] when another integration has it, whosever that is.
    pub(super) fn claim(&self, integration: &Integration) -> Result<Claim, RegistryError> {
        let Some(key) = key_of(integration) else { return Ok(self.nothing()) };
        match self.0.entry(key.clone()) {
            Entry::Occupied(taken) if *taken.get() == integration.id => Ok(self.nothing()),
            Entry::Occupied(_) => Err(RegistryError::AccountTaken),
            Entry::Vacant(free) => {
                free.insert(integration.id);
                Ok(Claim { accounts: self.clone(), taken: Some(key) })
            }
        }
    }

    /// Takes note of an integration that is kept.
    pub(super) fn show(&self, integration: &Integration) {
        if let Some(key) = key_of(integration) {
            self.0.insert(key, integration.id);
        }
    }

    /// The integration that has an account.
    pub(super) fn holder(&self, key: &AccountKey) -> Option<IntegrationId> {
        self.0.get(key).map(|holder| *holder)
    }

    /// Gives back what an integration had.
    pub(super) fn release(&self, integration: &Integration) {
        if let Some(key) = key_of(integration) {
            self.0.remove_if(&key, |_, holder| *holder == integration.id);
        }
    }

    fn nothing(&self) -> Claim {
        Claim { accounts: self.clone(), taken: None }
    }
}

impl Claim {
    /// The integration is kept: its account stays taken.
    pub(super) fn keep(mut self) {
        self.taken = None;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(key) = self.taken.take() {
            self.accounts.0.remove(&key);
        }
    }
}

fn key_of(integration: &Integration) -> Option<AccountKey> {
    integration.configuration.account().map(|account| account.key())
}
