//! Asking businesses about customers who begin a conversation: each app of the tenant at its own address with
//! `/contact/info` behind it (messaging reference, Contact Information). It must not know in which words.
//!
//! Nobody waits for an answer, and one that is late, missing or not what it must be changes nothing. It is not asked
//! again: the next conversation asks anew.

mod turns;

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};

use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use super::webhooks::{Call, ConfiguredTargets, Standing, Targets, WebhookPost};
use crate::domain::delivery::Endpoint;
use crate::domain::ids::{DeliveryId, TenantId};
use crate::pipeline::{Engine, EngineError, Newcomer, WordForApps};
use turns::{Turn, Turns};

pub use turns::QuestionLimits;

/// What is put behind the path of an app's address.
const PATH: &str = "/contact/info";

/// Asks, until it is dropped.
#[must_use = "nobody is asked any more when this is dropped"]
pub struct ContactInfo(JoinHandle<()>);

impl Drop for ContactInfo {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl ContactInfo {
    /// Asks about everybody who comes.
    pub fn start(
        engine: &Arc<Engine>,
        post: Arc<WebhookPost>,
        words: Arc<dyn WordForApps>,
        newcomers: mpsc::Receiver<Newcomer>,
        limits: QuestionLimits,
    ) -> Self {
        let targets = ConfiguredTargets::new(engine.registry().clone());
        let asker = Arc::new(Asker { engine: Arc::downgrade(engine), post, words, targets });
        Self(tokio::spawn(ask_about_all(asker, newcomers, Turns::new(limits))))
    }
}

struct Asker {
    engine: Weak<Engine>,
    post: Arc<WebhookPost>,
    words: Arc<dyn WordForApps>,
    targets: ConfiguredTargets,
}

async fn ask_about_all(asker: Arc<Asker>, mut newcomers: mpsc::Receiver<Newcomer>, mut turns: Turns) {
    let mut asking: JoinSet<TenantId> = JoinSet::new();
    loop {
        let next = tokio::select! {
            come = newcomers.recv() => match come {
                Some(newcomer) => admit(&mut turns, newcomer),
                None => return,
            },
            Some(done) = asking.join_next() => done.ok().and_then(|tenant| turns.done(tenant)),
        };
        let Some(newcomer) = next else { continue };
        let asker = asker.clone();
        asking.spawn(async move {
            // What breaks down is one question, and its place is free again; the panic hook has told of it.
            let _ = AssertUnwindSafe(asker.ask_about(newcomer)).catch_unwind().await;
            newcomer.tenant
        });
    }
}

/// Whoever is asked about at once.
fn admit(turns: &mut Turns, newcomer: Newcomer) -> Option<Newcomer> {
    match turns.come(newcomer) {
        Turn::Now => Some(newcomer),
        Turn::Later => None,
        Turn::Never => {
            let Newcomer { tenant, conversation } = newcomer;
            tracing::warn!(%tenant, %conversation, "too many customers of a tenant wait to be asked about");
            None
        }
    }
}

impl Asker {
    async fn ask_about(&self, newcomer: Newcomer) {
        let Newcomer { tenant, conversation } = newcomer;
        let Some(engine) = self.engine.upgrade() else { return };
        for app in engine.registry().apps(tenant) {
            let Some(live) = engine.open(tenant, conversation) else { return };
            let head = live.head();
            let endpoint = Endpoint::App(app.client.clone());
            let Standing::Ready(mut target) = self.targets.find(tenant, &endpoint) else { continue };
            let Some(question) = self.words.question(&head) else { return };
            target.url = asked_at(&target.url);
            let call = Call {
                target,
                tenant,
                endpoint,
                hub: head.hub,
                conversation,
                first: DeliveryId::new(),
                count: 1,
                at: engine.now(),
                body: question.into(),
            };
            let answer = match self.post.ask(call).await {
                Ok(answer) => answer,
                Err(reason) => {
                    tracing::info!(%tenant, %conversation, reason, "a business did not tell of a contact");
                    continue;
                }
            };
            let update = match self.words.answer(&answer) {
                Ok(update) => update,
                Err(reason) => {
                    tracing::info!(
                        %tenant, %conversation, reason,
                        "what a business told of a contact is not what it must be"
                    );
                    continue;
                }
            };
            match engine.learn_of_customer(&live, |properties| update.apply(properties)).await {
                Ok(()) => {}
                Err(EngineError::ConversationClosed) => return,
                Err(error) => tracing::error!(%error, "what a business told of a contact could not be kept"),
            }
        }
    }
}

/// The address below an app's own at which it is asked; a query stays behind it.
fn asked_at(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let (path, rest) = url.split_at(end);
    format!("{}{PATH}{rest}", path.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_asked_below_its_own_address() {
        for (url, expected) in [
            ("https://a.example", "https://a.example/contact/info"),
            ("https://a.example/", "https://a.example/contact/info"),
            ("https://a.example/hook", "https://a.example/hook/contact/info"),
            ("https://a.example/hook/?key=/x", "https://a.example/hook/contact/info?key=/x"),
        ] {
            assert_eq!(asked_at(url), expected);
        }
    }
}
