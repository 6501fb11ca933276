//! Behind which integrations the embedded bot stands, and what it has in force to answer from.
//! It must not know what is answered.

use std::sync::Arc;

use dashmap::DashMap;
use tokio::sync::watch;

use super::{Registry, RegistryError};
use crate::domain::audit::Actor;
use crate::domain::ids::{FaqEditionId, IntegrationId, TenantId};
use crate::domain::integration::{Configuration, Integration};
use crate::store::Write;

/// The integrations with an embedded bot.
#[derive(Default)]
pub(super) struct FaqBots {
    tenants: DashMap<IntegrationId, TenantId>,
    /// Moves whenever one of them was made, changed or deleted.
    changes: watch::Sender<()>,
}

impl FaqBots {
    pub(super) fn show(&self, integration: &Integration) {
        if integration.configuration == Configuration::FaqBot {
            self.tenants.insert(integration.id, integration.tenant);
            self.changes.send_replace(());
        } else {
            self.hide(integration.id);
        }
    }

    pub(super) fn hide(&self, id: IntegrationId) {
        if self.tenants.remove(&id).is_some() {
            self.changes.send_replace(());
        }
    }
}

impl Registry {
    /// All integrations of all tenants with an embedded bot, active or not.
    pub fn faq_bots(&self) -> Vec<Arc<Integration>> {
        let bots = self.faq_bots.tenants.iter();
        bots.filter_map(|bot| self.integration(*bot.value(), *bot.key())).collect()
    }

    /// Moves whenever [`faq_bots`](Self::faq_bots) may have become other ones.
    pub fn faq_bots_changes(&self) -> watch::Receiver<()> {
        self.faq_bots.changes.subscribe()
    }

    /// Puts an edition that was written for an embedded bot in force.
    ///
    /// # Errors
    /// [`RegistryError::IntegrationNotFound`] when the bot has been deleted, or is no embedded one any more.
    pub async fn adopt_faq_edition(
        self: &Arc<Self>,
        by: Actor,
        bot: IntegrationId,
        edition: FaqEditionId,
    ) -> Result<(), RegistryError> {
        let tenant = by.tenant;
        let (turn, _) = self.turn(by).await?;
        self.faq_bot(tenant, bot)?;
        turn.keep(vec![Write::AdoptFaqEdition(bot, edition)], |_| ()).await
    }

    /// An integration of a tenant with an embedded bot.
    ///
    /// # Errors
    /// [`RegistryError::IntegrationNotFound`].
    pub fn faq_bot(&self, tenant: TenantId, id: IntegrationId) -> Result<Arc<Integration>, RegistryError> {
        let found = self.integration(tenant, id);
        let found = found.filter(|found| found.configuration == Configuration::FaqBot);
        found.ok_or(RegistryError::IntegrationNotFound)
    }
}
