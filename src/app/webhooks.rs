//! The sender of deliveries, and whoever asks businesses about their customers, as they are configured.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::error::StartError;
use super::ground::Ground;
use crate::config::{self, Config};
use crate::notices::{Measured, show_backlog};
use crate::outlets::webhooks::{
    Backlog, ConfiguredTargets, Intake, Retries, Sender, SenderParts, TellOperators, WebhookPost,
    WebhookSettings,
};
use crate::outlets::{ContactInfo, QuestionLimits};
use crate::pipeline::{Engine, Newcomer, Newcomers, WordForApps};
use crate::store::Page;
use crate::telemetry::Metrics;

/// What is made of the configuration before anything is sent.
pub(super) struct Webhooks {
    pub(super) intake: Arc<Intake>,
    pub(super) newcomers: Newcomers,
    /// Taken when asking begins.
    asked_about: Option<mpsc::Receiver<Newcomer>>,
    post: Arc<WebhookPost>,
}

/// What the sender, and whoever asks, work with besides the ground.
pub(super) struct Surroundings<'a> {
    /// Told of what is given up.
    pub(super) operators: Arc<dyn TellOperators>,
    /// Hears what became of deliveries, and what businesses answer.
    pub(super) engine: Arc<Engine>,
    /// Puts questions into words.
    pub(super) words: Arc<dyn WordForApps>,
    /// Counts calls.
    pub(super) metrics: &'a Metrics,
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

    /// Goes on with what the store holds, counted on the metrics page.
    pub(super) async fn start(
        &mut self,
        ground: &Ground,
        with: Surroundings<'_>,
    ) -> Result<Working, StartError> {
        let asked_about = self.asked_about.take();
        let messaging = &ground.config.messaging;
        let limits = QuestionLimits {
            at_once: messaging.contact_questions_at_once,
            waiting: messaging.contact_questions,
        };
        let contact_info = asked_about
            .map(|about| ContactInfo::start(&with.engine, self.post.clone(), with.words, about, limits));
        let targets = Arc::new(ConfiguredTargets::new(ground.registry.clone()));
        let post = Measured::new(self.post.clone(), targets.clone(), with.metrics);
        let backlog = Arc::new(Backlog::default());
        show_backlog(with.metrics, &backlog, ground.clock.clone());
        let parts = SenderParts {
            intake: self.intake.clone(),
            store: ground.store.clone(),
            targets,
            post: Arc::new(post),
            operators: with.operators,
            settled: with.engine,
            clock: ground.clock.clone(),
            backlog,
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
        held_of_all: Page { rows: config.held_deliveries_total, bytes: config.held_bytes_total },
        batch: Page { rows: config.batch_deliveries, bytes: config.batch_bytes },
        reads_at_once: config.reads_at_once,
        remembered_attempts: config.remembered_attempts,
        longest_read_rest: config.max_read_rest,
        count_every: config.count_every,
    }
}
