//! The sender of deliveries as it is configured.

use std::sync::Arc;

use super::error::StartError;
use super::ground::Ground;
use crate::config;
use crate::outlets::webhooks::{
    ConfiguredTargets, Intake, Retries, Sender, SenderParts, Untold, WebhookPost, WebhookSettings,
};
use crate::pipeline::Engine;
use crate::store::Page;

/// What is made of the configuration before anything is sent.
pub(super) struct Webhooks {
    pub(super) intake: Arc<Intake>,
    post: Arc<WebhookPost>,
}

impl Webhooks {
    /// Nothing is sent yet, and what is to be sent can be taken.
    ///
    /// # Errors
    /// When the file of those who vouch for endpoints cannot be used.
    pub(super) fn new(config: &config::Webhooks) -> Result<Self, StartError> {
        let post = WebhookPost::new(config).map_err(StartError::WebhookAuthorities)?;
        Ok(Self { intake: Arc::new(Intake::new(config.queue_deliveries)), post: Arc::new(post) })
    }

    /// Goes on with what the store holds.
    pub(super) async fn start(&self, ground: &Ground, engine: Arc<Engine>) -> Result<Sender, StartError> {
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
        Ok(Sender::start(parts).await?)
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
