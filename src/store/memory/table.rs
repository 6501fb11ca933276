//! Rows by key, and how a commit is taken back: until it is settled, each change remembers what it replaced.
//! Knows neither records nor commits.

use std::collections::BTreeMap;
use std::ops::RangeBounds;

/// Rows in the order of their keys.
pub(super) struct Table<K, V> {
    rows: BTreeMap<K, V>,
    /// What the changes since the last settlement replaced, in their order.
    replaced: Vec<(K, Option<V>)>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), replaced: Vec::new() }
    }
}

impl<K: Ord + Clone, V> Table<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key)
    }

    pub(super) fn contains(&self, key: &K) -> bool {
        self.rows.contains_key(key)
    }

    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.rows.values()
    }

    pub(super) fn range(&self, keys: impl RangeBounds<K>) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.rows.range(keys)
    }

    /// Puts a row in place of the one of its key, for as long as the commit is not taken back.
    pub(super) fn put(&mut self, key: K, row: V) {
        let former = self.rows.insert(key.clone(), row);
        self.replaced.push((key, former));
    }

    /// Removes a row if there is one, for as long as the commit is not taken back.
    pub(super) fn remove(&mut self, key: &K) {
        if let Some(former) = self.rows.remove(key) {
            self.replaced.push((key.clone(), Some(former)));
        }
    }

    /// Makes all changes final.
    pub(super) fn settle(&mut self) {
        self.replaced.clear();
    }

    /// Undoes the changes since the last settlement.
    pub(super) fn take_back(&mut self) {
        for (key, former) in self.replaced.drain(..).rev() {
            match former {
                Some(row) => drop(self.rows.insert(key, row)),
                None => drop(self.rows.remove(&key)),
            }
        }
    }

    /// Removes rows for good, between two commits.
    pub(super) fn discard(&mut self, keys: &[K]) {
        for key in keys {
            self.rows.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_settled_is_taken_back_to_the_last_settlement() {
        let mut table = Table::default();
        table.put(1, "kept");
        table.put(2, "kept too");
        table.settle();
        table.put(1, "changed");
        table.put(1, "changed again");
        table.put(3, "new");
        table.remove(&2);
        table.remove(&4);
        table.take_back();
        assert_eq!(table.rows().copied().collect::<Vec<_>>(), ["kept", "kept too"]);
        table.take_back();
        assert_eq!(table.get(&1), Some(&"kept"), "it was settled before");
    }
}
