//! What of one bot is in memory. It must not know how that is read or changed.

use std::sync::Arc;

use parking_lot::RwLock;

use crate::domain::ids::FaqEditionId;
use crate::faq::{Knowledge, Prints};

/// What one bot knows.
#[derive(Default)]
pub(super) struct Shelf {
    /// Held while it is changed, from the first node to the last. This one and the next are asynchronous, since the
    /// store is awaited under them.
    pub(super) changing: Arc<tokio::sync::Mutex<()>>,
    /// Held while what is in force is read, and while something else comes into force: what was read before that does
    /// not take its place.
    pub(super) in_force: tokio::sync::Mutex<()>,
    /// A lock for a moment: whoever answers takes a copy of the pointer.
    kept: RwLock<Kept>,
}

/// What stays in memory of a bot.
#[derive(Default)]
struct Kept {
    /// Whether the bot is at work. What another one knows is not kept: there may be any number of them.
    is_at_work: bool,
    /// None until somebody asks.
    known: Option<Arc<Known>>,
}

impl Shelf {
    /// The bot goes to work.
    pub(super) fn keep(&self) {
        self.kept.write().is_at_work = true;
    }

    /// The bot is not at work any more.
    pub(super) fn let_go(&self) {
        *self.kept.write() = Kept::default();
    }

    /// What is kept of what the bot knows.
    pub(super) fn known(&self) -> Option<Arc<Known>> {
        self.kept.read().known.clone()
    }

    /// Keeps what a bot at work knows.
    pub(super) fn put(&self, known: &Arc<Known>) {
        let mut kept = self.kept.write();
        kept.known = kept.is_at_work.then(|| known.clone());
    }

    /// Takes away what turned out not to be in force any more.
    pub(super) fn take_away(&self, old: &Arc<Known>) {
        self.kept.write().known.take_if(|known| Arc::ptr_eq(known, old));
    }
}

/// What is in force of a bot.
pub(super) struct Known {
    /// Where its nodes are; none when it was never taught.
    pub(super) edition: Option<FaqEditionId>,
    pub(super) knowledge: Knowledge,
}

/// What a change is compared with.
pub(super) struct Before {
    /// Where the nodes are; none when the bot was never taught.
    pub(super) edition: Option<FaqEditionId>,
    pub(super) prints: Arc<Prints>,
}

impl Drop for Known {
    /// Giving back hundreds of thousands of pieces of memory takes long enough to hold up what this thread serves.
    fn drop(&mut self) {
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let knowledge = std::mem::take(&mut self.knowledge);
            runtime.spawn_blocking(move || drop(knowledge));
        }
    }
}
