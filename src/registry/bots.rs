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

    /// The integrations of a tenant with an embedded bot that have this name, on whichever hub.
    pub fn faq_bots_named(&self, tenant: TenantId, name: &str) -> Vec<Arc<Integration>> {
        let own = self.faq_bots.tenants.iter().filter(|bot| *bot.value() == tenant);
        let own = own.filter_map(|bot| self.integration(tenant, *bot.key()));
        own.filter(|bot| bot.name == name).collect()
    }

    /// Moves whenever [`faq_bots`](Self::faq_bots) may have become other ones.
    pub fn faq_bots_changes(&self) -> watch::Receiver<()> {
        self.faq_bots.changes.subscribe()
    }

    /// Puts an edition that was written for an embedded bot in force, and keeps what is to be kept `beside` it in the same
    /// commit.
    ///
    /// # Errors
    /// [`RegistryError::IntegrationNotFound`] when the bot has been deleted, or is no embedded one any more.
    pub async fn adopt_faq_edition(
        self: &Arc<Self>,
        by: Actor,
        bot: IntegrationId,
        edition: FaqEditionId,
        beside: Vec<Write>,
    ) -> Result<(), RegistryError> {
        let tenant = by.tenant;
        let (turn, _) = self.turn(by).await?;
        self.faq_bot(tenant, bot)?;
        let mut writes = vec![Write::AdoptFaqEdition(bot, edition)];
        writes.extend(beside);
        turn.keep(writes, |_| ()).await
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
