//! The hubs of a run, each with an agent behind a webhook, their conversations, and saying something in them.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::books::Label;
use super::receiver::{Receiver, labelled};
use crate::api::{EngineApi, PortalApi};
use crate::credentials::Credentials;
use crate::error::LoadError;

/// Calls of the set-up that are under way at the same time.
const CALLS_AT_ONCE: usize = 16;

/// Who is said something to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// Those that answer.
    ToThoseThatAnswer,
    /// And, as often as to each of them, the one that never does.
    ToAll,
}

/// The stage of a run.
pub(super) struct Stage {
    portal: PortalApi,
    hubs: Vec<String>,
    /// Those of the first endpoint, of the second, and so on; the last are those of the one that never answers.
    conversations: Vec<Arc<Talk>>,
    endpoints: usize,
    /// Conversations of each.
    each: usize,
    saying: JoinSet<Result<(), LoadError>>,
}

/// A conversation, in which one thing is said after the other.
struct Talk {
    id: String,
    turn: Mutex<()>,
}

impl Stage {
    pub(super) async fn build(
        credentials: &Credentials,
        engine: &EngineApi,
        receiver: &Receiver,
        endpoints: u32,
        each: u32,
    ) -> Result<Self, LoadError> {
        let portal = PortalApi::sign_in(credentials).await?;
        let run = Uuid::new_v4().simple().to_string();
        let build = async |number: u32| {
            let url = if number == endpoints { receiver.silent_url() } else { receiver.url() };
            let hub = portal.create_hub(&format!("loadtest {run} {number}")).await?;
            let customer = portal.create_customer(&hub).await?;
            portal.create_agent(&hub, &url).await?;
            let mut conversations = Vec::new();
            for binding in 0..each {
                let id = engine.establish(&customer, &format!("loadtest-{run}-{binding}")).await?;
                conversations.push(Arc::new(Talk { id, turn: Mutex::new(()) }));
            }
            Ok::<_, LoadError>((hub, conversations))
        };
        let built: Vec<_> =
            stream::iter(0..=endpoints).map(build).buffered(CALLS_AT_ONCE).try_collect().await?;
        let (hubs, conversations): (Vec<_>, Vec<_>) = built.into_iter().unzip();
        Ok(Self {
            portal,
            hubs,
            conversations: conversations.into_iter().flatten().collect(),
            endpoints: endpoints as usize,
            each: each as usize,
            saying: JoinSet::new(),
        })
    }

    /// How many conversations those that answer have, and the one that does not.
    pub(super) fn conversations(&self) -> [usize; 2] {
        [self.endpoints * self.each, self.each]
    }

    /// Whose turn it is when so many had theirs: all endpoints take turns, and with each all its conversations. Once
    /// in a round the one that never answers has a turn as well.
    pub(super) fn turn(&self, says: Says, number: u32) -> (usize, Option<usize>) {
        let (round, endpoint) = (number as usize / self.endpoints, number as usize % self.endpoints);
        let within = |endpoint: usize| endpoint * self.each + round % self.each;
        let silent = says == Says::ToAll && endpoint == 0;
        (within(endpoint), silent.then(|| within(self.endpoints)))
    }

    /// Begins to say something.
    pub(super) fn say(&mut self, engine: &EngineApi, conversation: usize, label: Label) {
        let (engine, talk) = (engine.clone(), self.conversations[conversation].clone());
        self.saying.spawn(async move {
            // Turns are had in the order in which they were asked for.
            let _turn = talk.turn.lock().await;
            engine.say(&talk.id, &labelled(label)).await
        });
    }

    /// Waits until all of it is said.
    pub(super) async fn all_said(&mut self) -> Result<(), LoadError> {
        while let Some(said) = self.saying.join_next().await {
            said.map_err(|error| LoadError::Publisher(error.to_string()))??;
        }
        Ok(())
    }

    /// Deletes all that was made.
    pub(super) async fn strike(self) -> Result<(), LoadError> {
        let deletions = self.hubs.iter().map(|hub| self.portal.delete_hub(hub));
        stream::iter(deletions).buffered(CALLS_AT_ONCE).try_collect().await
    }
}
