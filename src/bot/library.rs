//! What each embedded bot knows. It is changed as one: written to the store in parts that nobody has to wait for,
//! learnt beside the runtime, put in force by one commit; until then the bot answers from what it knew.
//! It must not know who asks for a change, nor how a question is found.

use std::collections::HashSet;
use std::sync::Arc;

use dashmap::DashMap;
use parking_lot::RwLock;
use tokio::sync::OwnedMutexGuard;
use tracing::Instrument;

use crate::domain::audit::Actor;
use crate::domain::clock::Clock;
use crate::domain::faq::{FaqNode, NodeChanges};
use crate::domain::ids::{FaqEditionId, IntegrationId, TenantId};
use crate::faq::{FaqFault, Knowledge, Limits, Rules};
use crate::pipeline::EngineError;
use crate::registry::Registry;
use crate::store::{FaqEditionRecord, FaqNodesRecord, Page, Store, StoreError, Write};

/// Nodes in one commit: some milliseconds' work, between two of which the store does what waits.
const COMMIT_NODES: usize = 500;
/// How much of an edition one read brings.
const READ_STEP: Page = Page { rows: 2_000, bytes: 4 << 20 };

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

/// What one bot knows.
#[derive(Default)]
struct Shelf {
    /// Held while it is read or changed; asynchronous, since the store is awaited under it.
    changing: Arc<tokio::sync::Mutex<()>>,
    /// A lock for a moment: whoever answers takes a copy of the pointer. None until somebody asks.
    known: RwLock<Option<Arc<Knowledge>>>,
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

    /// What a tenant's bot knows, as it is in force. The first call reads it.
    ///
    /// # Errors
    /// [`EngineError::Registry`] when the tenant has no such bot; when the store fails.
    pub async fn knowledge(
        &self,
        tenant: TenantId,
        bot: IntegrationId,
    ) -> Result<Arc<Knowledge>, EngineError> {
        self.registry.faq_bot(tenant, bot)?;
        let shelf = self.shelf(bot);
        if let Some(known) = shelf.known.read().clone() {
            return Ok(known);
        }
        let _changing = shelf.changing.lock().await;
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

    /// Forgets what a bot knows that is not at work, until somebody asks for it.
    pub(super) fn let_go(&self, bot: IntegrationId) {
        if let Some(shelf) = self.shelves.get(&bot) {
            *shelf.known.write() = None;
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
            let (before, limits, rules) = (next.before().clone(), library.limits, library.rules.clone());
            let learn = move || {
                limits.check(&nodes)?;
                let after = merged(&before, nodes, change);
                limits.check(after.iter().map(|node| &**node))?;
                Ok::<_, FaqFault>(Knowledge::learn(after, &rules))
            };
            let known = beside_the_runtime(learn).await?;
            for part in known.nodes().chunks(COMMIT_NODES) {
                next.write(part.to_vec()).await.map_err(EngineError::from)?;
            }
            let changes = next.compare(&known);
            next.adopt(known, changes, Vec::new()).await?;
            Ok(changes)
        };
        match tokio::spawn(work.in_current_span()).await {
            Ok(outcome) => outcome,
            Err(end) => match end.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // Only the end of the process cancels a change.
                Err(_) => Err(EngineError::Store(StoreError::Closed).into()),
            },
        }
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
        let before = self.known_on(&shelf, by.tenant, bot).await?;
        let id = FaqEditionId::new();
        let record = FaqEditionRecord { id, tenant: by.tenant, bot, begun: self.clock.now() };
        let opening = Some(Write::PutFaqEdition(record));
        Ok(NextEdition {
            library: self.clone(),
            shelf,
            _turn: turn,
            before,
            by,
            bot,
            id,
            opening,
            written: 0,
        })
    }

    /// What is on a shelf, read when it is empty. The caller holds the shelf.
    async fn known_on(
        &self,
        shelf: &Shelf,
        tenant: TenantId,
        bot: IntegrationId,
    ) -> Result<Arc<Knowledge>, StoreError> {
        if let Some(known) = shelf.known.read().clone() {
            return Ok(known);
        }
        let nodes = self.read(tenant, bot).await?;
        let rules = self.rules.clone();
        let known = Arc::new(beside_the_runtime(move || Knowledge::learn(nodes, &rules)).await);
        *shelf.known.write() = Some(known.clone());
        Ok(known)
    }

    async fn read(&self, tenant: TenantId, bot: IntegrationId) -> Result<Vec<Arc<FaqNode>>, StoreError> {
        let mut nodes = Vec::new();
        let Some(edition) = self.store.faq_edition(tenant, bot).await? else { return Ok(nodes) };
        loop {
            let part = self.store.faq_nodes(edition.id, nodes.len(), READ_STEP).await?;
            if part.is_empty() {
                return Ok(nodes);
            }
            nodes.extend(part.into_iter().map(Arc::new));
        }
    }

    fn shelf(&self, bot: IntegrationId) -> Arc<Shelf> {
        self.shelves.entry(bot).or_default().clone()
    }
}

/// An edition that is being written: nobody sees it before it is adopted, and nobody ever does when it is not.
pub(super) struct NextEdition {
    library: Arc<Library>,
    shelf: Arc<Shelf>,
    _turn: OwnedMutexGuard<()>,
    before: Arc<Knowledge>,
    by: Actor,
    bot: IntegrationId,
    id: FaqEditionId,
    /// Begins it in the store, until that is done.
    opening: Option<Write>,
    /// How many nodes it has so far.
    written: usize,
}

impl NextEdition {
    /// What the bot knows until then.
    pub(super) fn before(&self) -> &Arc<Knowledge> {
        &self.before
    }

    /// Adds nodes, in one commit.
    pub(super) async fn write(&mut self, nodes: Vec<Arc<FaqNode>>) -> Result<(), StoreError> {
        let count = nodes.len();
        let part = FaqNodesRecord { edition: self.id, first: self.written, nodes };
        self.library
            .store
            .commit(self.opening.take().into_iter().chain([Write::PutFaqNodes(part)]).collect())
            .await?;
        self.written += count;
        Ok(())
    }

    /// What differs between what the bot knows and what it would know.
    pub(super) fn compare(&self, known: &Knowledge) -> NodeChanges {
        between(&self.before, known)
    }

    /// Puts the edition in force: from now on the bot answers from `known`, which was learnt from its nodes. What is to
    /// be kept `beside` is kept in the same commit.
    pub(super) async fn adopt(
        mut self,
        known: Knowledge,
        changes: NodeChanges,
        beside: Vec<Write>,
    ) -> Result<(), EngineError> {
        if let Some(opening) = self.opening.take() {
            self.library.store.commit(vec![opening]).await?;
        }
        self.library.registry.adopt_faq_edition(self.by, self.bot, self.id, beside).await?;
        *self.shelf.known.write() = Some(Arc::new(known));
        tracing::info!(bot = %self.bot, ?changes, "a bot learnt");
        Ok(())
    }
}

/// What differs between what a bot knew and what it is to know.
pub(super) fn between(before: &Knowledge, after: &Knowledge) -> NodeChanges {
    let mut changes = NodeChanges::default();
    for node in after.nodes() {
        match before.place(&node.name).map(|place| &before.nodes()[place]) {
            None => changes.created += 1,
            Some(old) if old == node => changes.unchanged += 1,
            Some(_) => changes.updated += 1,
        }
    }
    changes.removed = before.nodes().len() - changes.updated - changes.unchanged;
    changes
}

/// All nodes after a change. One that was there keeps its place.
fn merged(before: &Knowledge, nodes: Vec<FaqNode>, change: Change) -> Vec<Arc<FaqNode>> {
    let nodes = nodes.into_iter().map(Arc::new);
    match change {
        Change::Replace => nodes.collect(),
        Change::Upsert => {
            let mut all = before.nodes().to_vec();
            for node in nodes {
                match before.place(&node.name) {
                    Some(place) => all[place] = node,
                    None => all.push(node),
                }
            }
            all
        }
    }
}

/// Runs what takes long enough to hold up other work on this thread.
pub(super) async fn beside_the_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(end) => std::panic::resume_unwind(end.into_panic()),
    }
}
