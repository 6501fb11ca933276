//! Turns to do something with one of many things, by its key. Nothing is held of things with which nobody does anything
//! just now.

use std::hash::Hash;
use std::sync::Arc;

use dashmap::DashMap;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The things with which somebody does something, or waits to.
pub(super) struct Turns<K: Eq + Hash>(Arc<DashMap<K, Arc<Mutex<()>>>>);

/// A turn, or a wait for one, until it is dropped.
pub(super) struct Turn<K: Eq + Hash> {
    turns: Arc<DashMap<K, Arc<Mutex<()>>>>,
    key: K,
    /// None while it is waited for, and while this is dropped.
    held: Option<OwnedMutexGuard<()>>,
}

impl<K: Eq + Hash> Default for Turns<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash + Clone> Turns<K> {
    /// Waits for a turn.
    pub(super) async fn take(&self, key: K) -> Turn<K> {
        let lock = self.0.entry(key.clone()).or_default().clone();
        // There before it waits: whoever goes away while it waits may be the last one.
        let mut turn = Turn { turns: self.0.clone(), key, held: None };
        turn.held = Some(lock.lock_owned().await);
        turn
    }
}

#[cfg(test)]
impl<K: Eq + Hash> Turns<K> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Eq + Hash> Drop for Turn<K> {
    fn drop(&mut self) {
        self.held = None;
        // Whoever waits has a part of it, and got that while the entry was held.
        self.turns.remove_if(&self.key, |_, turn| Arc::strong_count(turn) == 1);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn there_is_one_turn_at_a_time_and_an_entry_only_while_there_is_one() {
        let turns = Turns::default();
        let (one, other) = ("one", "other");
        let first = turns.take(one).await;
        drop(turns.take(other).await);
        assert_eq!(turns.0.len(), 1);
        let mut second = Box::pin(turns.take(one));
        assert!(second.as_mut().now_or_never().is_none(), "it waits for the first");
        drop(first);
        let second = second.await;
        assert!(turns.take(one).now_or_never().is_none(), "it waits for the second, and goes away");
        drop(second);
        assert!(turns.is_empty());
    }

    #[tokio::test]
    async fn whoever_goes_away_when_its_turn_has_come_leaves_no_entry() {
        let turns = Turns::default();
        let first = turns.take("one").await;
        let mut second = Box::pin(turns.take("one"));
        assert!(second.as_mut().now_or_never().is_none(), "it waits for the first");
        drop(first);
        drop(second);
        assert!(turns.is_empty());
    }
}
