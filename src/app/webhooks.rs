//! The sender of deliveries, and whoever asks businesses about their customers, as they are configured.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::error::StartError;
use super::ground::Ground;
use crate::config::{self, Config};
use crate::outlets::ContactInfo;
use crate::outlets::webhooks::{
    ConfiguredTargets, Intake, Retries, Sender, SenderParts, Untold, WebhookPost, WebhookSettings,
};
use crate::pipeline::{Engine, Newcomer, Newcomers, WordForApps};
use crate::store::Page;

/// What is made of the configuration before anything is sent.
pub(super) struct Webhooks {
    pub(super) intake: Arc<Intake>,
    pub(super) newcomers: Newcomers,
    /// Taken when asking begins.
    asked_about: Option<mpsc::Receiver<Newcomer>>,
    post: Arc<WebhookPost>,
}

/// What works until it is dropped.
pub(super) struct Working {
    pub(super) sender: Sender,
    pub(super) contact_info: Option<ContactInfo>,
}

impl Webhooks {
    /// Nothing is sent yet, and what is to be sent can be taken.
    ///
    /// # Errors
    /// When the file of those who vouch for endpoints cannot be used.
    pub(super) fn new(config: &Config) -> Result<Self, StartError> {
        let post = WebhookPost::new(&config.webhooks).map_err(StartError::WebhookAuthorities)?;
        let intake = Arc::new(Intake::new(config.webhooks.queue_deliveries));
        let (newcomers, asked_about) = Newcomers::new(config.messaging.contact_questions.get());
        Ok(Self { intake, newcomers, asked_about: Some(asked_about), post: Arc::new(post) })
    }

    /// Goes on with what the store holds.
    pub(super) async fn start(
        &mut self,
        ground: &Ground,
        engine: Arc<Engine>,
        words: Arc<dyn WordForApps>,
    ) -> Result<Working, StartError> {
        let asked_about = self.asked_about.take();
        let contact_info =
            asked_about.map(|about| ContactInfo::start(&engine, self.post.clone(), words, about));
        let parts = SenderParts {
            intake: self.intake.clone(),
            store: ground.store.clone(),
            targets: Arc::new(ConfiguredTargets::new(ground.registry.clone())),
            post: self.post.clone(),
            operators: Arc::new(Untold),
            settled: engine,
            clock: ground.clock.clone(),
            settings: settings(&ground.config.webhooks),
        };
        Ok(Working { sender: Sender::start(parts).await?, contact_info })
    }
}

fn settings(config: &config::Webhooks) -> WebhookSettings {
    WebhookSettings {
        retries: Retries {
            delays: config.retry_delays.clone(),
            jitter_percent: config.jitter_percent,
            longest_retry_after: config.max_retry_after,
        },
        calls_per_endpoint: config.calls_per_endpoint,
        calls_per_tenant: config.calls_per_tenant,
        held: Page { rows: config.held_deliveries, bytes: config.held_bytes },
        batch: Page { rows: config.batch_deliveries, bytes: config.batch_bytes },
    }
}
