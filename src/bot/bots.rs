//! Which bots are at work: one for every active integration of the kind, as the configuration changes.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::task::{AbortHandle, JoinHandle};
use tracing::Instrument;

use super::library::Library;
use super::measures::Measures;
use super::worker::{AGAIN_AFTER, Bot, WorkLimits};
use crate::domain::ids::{IntegrationId, TenantId};
use crate::pipeline::{Engine, keep_going};

/// What bots work with.
pub struct BotParts {
    /// Where they hear and speak.
    pub engine: Arc<Engine>,
    /// What they know.
    pub library: Arc<Library>,
    /// What they count.
    pub measures: Arc<Measures>,
    /// How much each may have to do.
    pub limits: WorkLimits,
}

/// All bots at work, until this is dropped.
#[must_use = "the bots stop when this is dropped"]
pub struct Bots(AbortHandle);

impl Bots {
    /// Sets all bots to work, and others as they come and go.
    pub fn start(parts: BotParts) -> Self {
        Self(tokio::spawn(supervise(Arc::new(parts))).abort_handle())
    }
}

impl Drop for Bots {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A bot's task; it ends when this is dropped.
struct AtWork(JoinHandle<()>);

impl AtWork {
    /// Ends it, and waits for that: another may take its place.
    async fn end(mut self) {
        self.0.abort();
        // It was cancelled, or had panicked, which the panic hook has told.
        drop((&mut self.0).await);
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn supervise(parts: Arc<BotParts>) {
    let registry = parts.engine.registry().clone();
    let mut changes = registry.faq_bots_changes();
    let mut at_work: HashMap<IntegrationId, AtWork> = HashMap::new();
    loop {
        changes.mark_unchanged();
        let bots = registry.faq_bots();
        let wanted: HashMap<IntegrationId, TenantId> =
            bots.iter().filter(|bot| bot.is_active()).map(|bot| (bot.id, bot.tenant)).collect();
        let is_over = |id: &IntegrationId, bot: &AtWork| !wanted.contains_key(id) || bot.0.is_finished();
        let gone: Vec<_> = at_work.extract_if(|id, bot| is_over(id, bot)).collect();
        for (id, bot) in gone {
            bot.end().await;
            parts.library.let_go(id);
        }
        parts.library.clear_out(&bots.iter().map(|bot| bot.id).collect());
        for (id, tenant) in wanted {
            at_work.entry(id).or_insert_with(|| {
                parts.library.keep(id);
                let parts = parts.clone();
                let work = keep_going("a bot", AGAIN_AFTER, move || {
                    let bot = Bot::new(tenant, id, parts.clone());
                    async move { bot.work().await }
                });
                AtWork(tokio::spawn(work.instrument(tracing::info_span!("bot", %id))))
            });
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}
