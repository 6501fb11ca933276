//! Asking a service of the tenant's own about each activity: it may let it pass, alter it, send it elsewhere or stop
//! it. It must not know how the service is reached, or what its answer looks like.

mod answer;
mod breaker;
mod question;

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use super::passing::Passing;
use super::{Stage, StageSettings, Verdict};
use crate::domain::clock::Millis;
use crate::domain::ids::TenantId;
use crate::domain::stage::{FailurePolicy, Plugin};
use answer::PluginAnswer;
use breaker::Breaker;

/// What a plug-in is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The same whenever the same activity is asked about again.
    pub id: String,
    /// Whose plug-in is asked.
    pub tenant: TenantId,
    /// The question as a JSON text.
    pub body: String,
}

/// Why there is no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// None came in time.
    #[error("no answer came in time")]
    TooLate,
    /// There is no connection.
    #[error("there is no connection")]
    NoConnection(#[source] Box<dyn Error + Send + Sync>),
    /// The answer broke off, or is too large.
    #[error("the answer did not arrive")]
    NoAnswer(#[source] Box<dyn Error + Send + Sync>),
    /// The answer has another status than 200 and 204.
    #[error("the answer has the status {status}")]
    Refused {
        /// Its status.
        status: u16,
    },
    /// The answer is no JSON object.
    #[error("the answer is not a JSON object")]
    NotAnObject,
    /// The answer says nothing that is known, or something that cannot be done.
    #[error("the answer cannot be followed: {0}")]
    NotUnderstood(String),
}

/// Reaches plug-ins.
#[async_trait]
pub trait AskPlugin: Send + Sync {
    /// Asks a plug-in once, and waits for as long as it may take to answer; an answer without content is an empty
    /// object. `now` is told to the plug-in.
    ///
    /// # Errors
    /// [`AskError`], whatever the reason; the plug-in may or may not have been reached then.
    async fn ask(
        &self,
        plugin: &Plugin,
        question: Question,
        now: Millis,
    ) -> Result<Map<String, Value>, AskError>;
}

/// Asks one plug-in along the way.
pub(super) struct AskAlong {
    plugin: Plugin,
    plugins: Arc<dyn AskPlugin>,
    /// Of all conversations of the hub. A plain lock: it guards a few numbers and is held across no await.
    breaker: Mutex<Breaker>,
    /// A place for each question that may be under way: before its time is over nobody knows that it will have no answer.
    room: Semaphore,
}

impl AskAlong {
    pub(super) fn new(plugin: Plugin, settings: &StageSettings) -> Self {
        let breaker = Mutex::new(Breaker::new(settings.plugin_failures, settings.plugin_pause));
        let room = Semaphore::new(settings.plugin_questions.get());
        Self { plugin, plugins: settings.plugins.clone(), breaker, room }
    }

    async fn answer(&self, activity: &mut Passing<'_>) -> Result<PluginAnswer, AskError> {
        let question = question::about(activity);
        let answer = self.plugins.ask(&self.plugin, question, activity.clock.now()).await?;
        PluginAnswer::read(&answer, activity.is_message()).map_err(AskError::NotUnderstood)
    }

    fn note_failure(&self, error: &AskError, activity: &Passing<'_>) {
        let opens = self.breaker.lock().failed(activity.clock.now());
        let cause = error.source().map(|cause| format!("{cause:?}"));
        let (plugin, hub) = (self.plugin.name.as_str(), activity.sender.hub);
        tracing::warn!(plugin, %hub, %error, cause, is_left_alone = opens, "a plug-in gave no answer");
    }

    fn without_answer(&self) -> Verdict {
        match self.plugin.on_failure {
            FailurePolicy::PassOn => Verdict::On,
            FailurePolicy::Hold => Verdict::Hold,
        }
    }
}

#[async_trait]
impl Stage for AskAlong {
    async fn meet(&self, activity: &mut Passing<'_>) -> Verdict {
        if !self.plugin.senders.include(activity.sender.kind) {
            return Verdict::On;
        }
        let Ok(_place) = self.room.try_acquire() else {
            tracing::debug!(plugin = self.plugin.name, hub = %activity.sender.hub, "a plug-in is asked too much");
            return self.without_answer();
        };
        if !self.breaker.lock().lets_ask(activity.clock.now()) {
            return self.without_answer();
        }
        match self.answer(activity).await {
            Ok(answer) => {
                self.breaker.lock().succeeded();
                answer.apply(activity)
            }
            Err(error) => {
                self.note_failure(&error, activity);
                self.without_answer()
            }
        }
    }
}
