//! What each embedded bot knows: while it is at work its questions are in memory; its nodes are read from the store
//! as they are needed.
//! It is changed as one: written to the store in parts that nobody has to wait for, learnt beside the runtime, put in
//! force by one commit; until then the bot answers from what it knew. It must not know who asks for a change, nor how
//! a question is found.

mod next;
mod shelf;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dashmap::DashMap;
use futures_util::stream;

use crate::domain::audit::Actor;
use crate::domain::clock::Clock;
use crate::domain::faq::{FaqNode, NodeChanges};
use crate::domain::ids::{FaqEditionId, IntegrationId, TenantId};
use crate::faq::{FaqFault, Knowledge, Learning, Limits, Prints, Reply, Rules};
use crate::pipeline::EngineError;
use crate::registry::Registry;
use crate::store::{FaqEditionRecord, Page, Store, StoreError, carried_out};

use next::NextEdition;
use shelf::{Before, Known, Shelf};

/// Questions that are gone through for a text while others wait for the thread: a fifth of a millisecond.
const AT_ONCE: usize = 20_000;
/// How much of an edition one read brings.
const READ_STEP: Page = Page { rows: 1_000, bytes: 1 << 20 };
/// One node.
const ONE: Page = Page { rows: 1, bytes: usize::MAX };

/// Why a bot does not know what it was to know. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// One of the nodes cannot be learnt, or there are too many.
    #[error(transparent)]
    Fault(#[from] FaqFault),
    /// The tenant has no such bot, or what was to change could not be kept.
    #[error(transparent)]
    Refused(#[from] EngineError),
}

impl From<StoreError> for LibraryError {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

/// How new nodes become a bot's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// They take the place of all others.
    Replace,
    /// They take the place of those of the same names; others stay.
    Upsert,
}

/// What all bots know.
pub struct Library {
    store: Arc<dyn Store>,
    registry: Arc<Registry>,
    clock: Arc<dyn Clock>,
    rules: Rules,
    limits: Limits,
    shelves: DashMap<IntegrationId, Arc<Shelf>>,
}

impl Library {
    /// A library over what the store has. Nothing is read before somebody asks for it.
    pub fn new(
        store: Arc<dyn Store>,
        registry: Arc<Registry>,
        clock: Arc<dyn Clock>,
        rules: Rules,
        limits: Limits,
    ) -> Arc<Self> {
        Arc::new(Self { store, registry, clock, rules, limits, shelves: DashMap::new() })
    }

    /// How much a bot may be taught.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// By what bots decide whether they answer.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Reads what a tenant's bot knows, so that its first answer does not wait for that. How many nodes there are.
    ///
    /// # Errors
    /// [`EngineError::Registry`] when the tenant has no such bot; when the store fails.
    pub async fn prepare(&self, tenant: TenantId, bot: IntegrationId) -> Result<usize, EngineError> {
        Ok(self.known(tenant, bot).await?.knowledge.count())
    }

    /// What a tenant's bot does about a text, by what is in force. `looked_up` is told how long finding the node
    /// took. For a bot that is not at work all of its nodes are read first.
    ///
    /// # Errors
    /// [`EngineError::Registry`] when the tenant has no such bot; when the store fails.
    pub async fn reply(
        &self,
        tenant: TenantId,
        bot: IntegrationId,
        text: &str,
        looked_up: impl Fn(Duration),
    ) -> Result<Reply<FaqNode>, EngineError> {
        loop {
            let known = self.known(tenant, bot).await?;
            let started = Instant::now();
            let reply = self.look_up(&known, text).await;
            looked_up(started.elapsed());
            let (place, closeness) = match reply {
                Reply::Answer(place, closeness) => (place, closeness),
                Reply::HandOver(why) => return Ok(Reply::HandOver(why)),
            };
            if let Some(node) = self.node(&known, place).await? {
                return Ok(Reply::Answer(node, closeness));
            }
            let in_force = self.store.faq_edition(tenant, bot).await?.map(|edition| edition.id);
            if in_force == known.edition {
                let missing = format!("node {place} of the bot {bot} is missing");
                return Err(StoreError::Failed(missing).into());
            }
            // Another edition came into force meanwhile, and this one is forgotten already.
            self.shelf(bot).take_away(&known);
        }
    }

    /// Finds the node beside the runtime when that may take long.
    async fn look_up(&self, known: &Arc<Known>, text: &str) -> Reply<usize> {
        if let Some(reply) = known.knowledge.reply_within(AT_ONCE, text, &self.rules) {
            return reply;
        }
        let (known, text, rules) = (known.clone(), text.to_owned(), self.rules.clone());
        beside_the_runtime(move || known.knowledge.reply(&text, &rules)).await
    }

    async fn node(&self, known: &Known, place: usize) -> Result<Option<FaqNode>, StoreError> {
        let Some(edition) = known.edition else { return Ok(None) };
        Ok(self.store.faq_nodes(edition, place, ONE).await?.pop())
    }

    async fn known(&self, tenant: TenantId, bot: IntegrationId) -> Result<Arc<Known>, EngineError> {
        self.registry.faq_bot(tenant, bot)?;
        let shelf = self.shelf(bot);
        if let Some(known) = shelf.known() {
            return Ok(known);
        }
        let _in_force = shelf.in_force.lock().await;
        Ok(self.known_on(&shelf, tenant, bot).await?)
    }

    /// Lets a bot know these nodes and no others.
    ///
    /// # Errors
    /// [`LibraryError::Fault`] when one of them cannot be learnt; [`LibraryError::Refused`] when the tenant has no
    /// such bot, or when the store fails. The bot knows then what it knew.
    pub async fn replace(
        self: &Arc<Self>,
        by: Actor,
        bot: IntegrationId,
        nodes: Vec<FaqNode>,
    ) -> Result<NodeChanges, LibraryError> {
        self.change(by, bot, nodes, Change::Replace).await
    }

    /// Lets a bot know these nodes beside those of other names. Takes as long as [`replace`](Self::replace) with all.
    ///
    /// # Errors
    /// As [`replace`](Self::replace).
    pub async fn upsert(
        self: &Arc<Self>,
        by: Actor,
        bot: IntegrationId,
        nodes: Vec<FaqNode>,
    ) -> Result<NodeChanges, LibraryError> {
        self.change(by, bot, nodes, Change::Upsert).await
    }

    /// Keeps from now on what a bot knows: it goes to work.
    pub(super) fn keep(&self, bot: IntegrationId) {
        self.shelf(bot).keep();
    }

    /// Forgets what a bot knows that is not at work any more.
    pub(super) fn let_go(&self, bot: IntegrationId) {
        if let Some(shelf) = self.shelves.get(&bot) {
            shelf.let_go();
        }
    }

    /// Keeps the shelves of these bots: there are no others any more.
    pub(super) fn clear_out(&self, bots: &HashSet<IntegrationId>) {
        self.shelves.retain(|bot, _| bots.contains(bot));
    }

    /// In a task of its own: whoever asked may go away, and a change that was begun is carried out.
    async fn change(
        self: &Arc<Self>,
        by: Actor,
        bot: IntegrationId,
        nodes: Vec<FaqNode>,
        change: Change,
    ) -> Result<NodeChanges, LibraryError> {
        self.registry.faq_bot(by.tenant, bot).map_err(EngineError::from)?;
        let library = self.clone();
        let work = async move {
            let mut next = library.next_edition(by, bot).await?;
            let (compare, packing) = (next.compare(), next.packing());
            let (limits, rules) = (library.limits, library.rules.clone());
            let others = match change {
                Change::Replace => Vec::new(),
                Change::Upsert => library.nodes(next.edition_before()).await.map_err(EngineError::from)?,
            };
            let learn = move || {
                limits.check(&nodes)?;
                let after = merged(others, nodes);
                limits.check(after.iter().map(|node| &**node))?;
                let known = Knowledge::learn(after.iter().map(|node| &**node), &rules);
                let parts = packing.all(after.iter().map(|node| &**node));
                Ok::<_, FaqFault>((compare(&known), known, parts))
            };
            let (changes, known, parts) = beside_the_runtime(learn).await?;
            next.write(stream::iter(parts), |_| ()).await.map_err(EngineError::from)?;
            next.adopt(known, changes, Vec::new()).await?;
            Ok(changes)
        };
        carried_out(work).await
    }

    /// Begins an edition of what a tenant's bot knows. Another change of the same bot waits until it is done with.
    ///
    /// # Errors
    /// [`EngineError::Registry`] when the tenant has no such bot; when the store fails.
    pub(super) async fn next_edition(
        self: &Arc<Self>,
        by: Actor,
        bot: IntegrationId,
    ) -> Result<NextEdition, EngineError> {
        self.registry.faq_bot(by.tenant, bot)?;
        let shelf = self.shelf(bot);
        let turn = shelf.changing.clone().lock_owned().await;
        let before = match shelf.known() {
            Some(known) => Before { edition: known.edition, prints: known.knowledge.prints().clone() },
            None => self.before(by.tenant, bot).await?,
        };
        let id = FaqEditionId::new();
        let record = FaqEditionRecord { id, tenant: by.tenant, bot, begun: self.clock.now() };
        Ok(NextEdition::new(self.clone(), shelf, turn, before, by, record))
    }

    /// What is on a shelf, read when it is empty. The caller sees to it that nothing else comes into force meanwhile.
    async fn known_on(
        &self,
        shelf: &Shelf,
        tenant: TenantId,
        bot: IntegrationId,
    ) -> Result<Arc<Known>, StoreError> {
        if let Some(known) = shelf.known() {
            return Ok(known);
        }
        let known = Arc::new(self.learn(tenant, bot).await?);
        shelf.put(&known);
        Ok(known)
    }

    /// Learns what is in force.
    async fn learn(&self, tenant: TenantId, bot: IntegrationId) -> Result<Known, StoreError> {
        let (edition, learning) = self.read(tenant, bot, Learning::new(&self.rules), Learning::add).await?;
        let knowledge = beside_the_runtime(move || learning.finish()).await;
        Ok(Known { edition, knowledge })
    }

    /// What is in force of a bot whose shelf is empty, for no more than to compare it.
    async fn before(&self, tenant: TenantId, bot: IntegrationId) -> Result<Before, StoreError> {
        let (edition, prints) = self.read(tenant, bot, Prints::new(), Prints::add).await?;
        let prints = beside_the_runtime(move || Arc::new(prints.finish())).await;
        Ok(Before { edition, prints })
    }

    /// Reads what is in force, page by page; each node is added to `all`.
    async fn read<A: Send + 'static>(
        &self,
        tenant: TenantId,
        bot: IntegrationId,
        mut all: A,
        add: fn(&mut A, &FaqNode),
    ) -> Result<(Option<FaqEditionId>, A), StoreError> {
        let edition = self.store.faq_edition(tenant, bot).await?.map(|edition| edition.id);
        let mut read = 0;
        while let Some(edition) = edition {
            let part = self.store.faq_nodes(edition, read, READ_STEP).await?;
            if part.is_empty() {
                break;
            }
            read += part.len();
            let add_all = move || {
                part.iter().for_each(|node| add(&mut all, node));
                all
            };
            all = beside_the_runtime(add_all).await;
        }
        Ok((edition, all))
    }

    /// All nodes of an edition.
    async fn nodes(&self, edition: Option<FaqEditionId>) -> Result<Vec<Arc<FaqNode>>, StoreError> {
        let mut nodes = Vec::new();
        let Some(edition) = edition else { return Ok(nodes) };
        loop {
            let part = self.store.faq_nodes(edition, nodes.len(), READ_STEP).await?;
            if part.is_empty() {
                return Ok(nodes);
            }
            nodes.extend(part.into_iter().map(Arc::new));
        }
    }

    #[cfg(test)]
    pub(super) fn is_kept(&self, bot: IntegrationId) -> bool {
        self.shelf(bot).known().is_some()
    }

    fn shelf(&self, bot: IntegrationId) -> Arc<Shelf> {
        self.shelves.entry(bot).or_default().clone()
    }
}

/// The nodes that there were with others put in the place of those of their names, or behind them.
fn merged(mut all: Vec<Arc<FaqNode>>, nodes: Vec<FaqNode>) -> Vec<Arc<FaqNode>> {
    let places: HashMap<String, usize> =
        all.iter().enumerate().map(|(place, node)| (node.name.clone(), place)).collect();
    for node in nodes {
        match places.get(&node.name) {
            Some(place) => all[*place] = Arc::new(node),
            None => all.push(Arc::new(node)),
        }
    }
    all
}

/// Runs what takes long enough to hold up other work on this thread.
pub(super) async fn beside_the_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(end) => std::panic::resume_unwind(end.into_panic()),
    }
}
