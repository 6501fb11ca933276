//! What a bot is to know next, while it is written: in parts that nobody has to wait for, put in force by one commit.
//! It must not know where its nodes come from.

use std::sync::Arc;

use futures_util::{Stream, StreamExt, TryStreamExt};
use tokio::sync::OwnedMutexGuard;

use super::{Before, Known, Library, Shelf};
use crate::domain::audit::Actor;
use crate::domain::faq::NodeChanges;
use crate::domain::ids::{FaqEditionId, IntegrationId};
use crate::faq::Knowledge;
use crate::pipeline::EngineError;
use crate::store::{FaqEditionRecord, FaqPartRecord, IN_PASSING, Packing, StoreError, Write};

/// An edition that is being written: nobody sees it before it is adopted, and nobody ever does when it is not.
pub(in crate::bot) struct NextEdition {
    library: Arc<Library>,
    shelf: Arc<Shelf>,
    _turn: OwnedMutexGuard<()>,
    before: Before,
    by: Actor,
    bot: IntegrationId,
    id: FaqEditionId,
    /// Begins it in the store, until that is done.
    opening: Option<Write>,
}

impl NextEdition {
    pub(super) fn new(
        library: Arc<Library>,
        shelf: Arc<Shelf>,
        turn: OwnedMutexGuard<()>,
        before: Before,
        by: Actor,
        record: FaqEditionRecord,
    ) -> Self {
        let FaqEditionRecord { id, bot, .. } = record;
        let opening = Some(Write::PutFaqEdition(record));
        Self { library, shelf, _turn: turn, before, by, bot, id, opening }
    }

    /// Where the nodes are that the bot knows until then.
    pub(super) fn edition_before(&self) -> Option<FaqEditionId> {
        self.before.edition
    }

    /// Packs its nodes for [`write`](Self::write): to be used where that may take a while.
    pub(in crate::bot) fn packing(&self) -> Packing {
        Packing::of(self.id)
    }

    /// Adds parts of its nodes as they come. Each waits for a commit of somebody else that takes it along, or a while;
    /// several wait at a time. `written` is told of how many nodes each has, once it is kept.
    pub(in crate::bot) async fn write(
        &mut self,
        parts: impl Stream<Item = FaqPartRecord>,
        written: impl Fn(usize),
    ) -> Result<(), StoreError> {
        let (store, written) = (&self.library.store, &written);
        if let Some(opening) = self.opening.take() {
            store.commit(vec![opening]).await?;
        }
        let keep = |part: FaqPartRecord| async move {
            let count = part.count;
            store.commit_in_passing(vec![Write::PutFaqPart(part)]).await?;
            written(count);
            Ok(())
        };
        parts.map(keep).buffer_unordered(IN_PASSING).try_collect().await
    }

    /// What differs between what the bot knows and what it would know: to be asked where that may take a while.
    pub(in crate::bot) fn compare(&self) -> impl FnOnce(&Knowledge) -> NodeChanges + Send + 'static {
        let before = self.before.prints.clone();
        move |known| known.prints().changes_since(&before)
    }

    /// Puts the edition in force: from now on the bot answers from `known`, which was learnt from its nodes. What is
    /// to be kept `beside` is kept in the same commit.
    pub(in crate::bot) async fn adopt(
        mut self,
        known: Knowledge,
        changes: NodeChanges,
        beside: Vec<Write>,
    ) -> Result<(), EngineError> {
        if let Some(opening) = self.opening.take() {
            self.library.store.commit(vec![opening]).await?;
        }
        let _in_force = self.shelf.in_force.lock().await;
        self.library.registry.adopt_faq_edition(self.by, self.bot, self.id, beside).await?;
        self.shelf.put(&Arc::new(Known { edition: Some(self.id), knowledge: known }));
        tracing::info!(bot = %self.bot, ?changes, "a bot learnt");
        Ok(())
    }
}
