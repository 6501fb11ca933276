//! Things that a tenant numbers in the order of their creation.
//! It must not know what it lists, nor who owns it.

use std::collections::{BTreeMap, HashMap, btree_map};
use std::hash::Hash;
use std::sync::Arc;

/// What has a number of its own beside its id.
pub(super) trait HasNumber {
    /// Chosen by whoever made the thing, so that it says nothing about the order.
    type Id: Clone + Eq + Hash;

    fn id(&self) -> &Self::Id;

    /// From 1, in the order of creation.
    fn number(&self) -> i64;
}

/// Things in the order of their numbers, so that lists are stable pages of it. Ids are found without a walk, and so
/// is the next number: a directory may have tens of thousands of users.
pub(super) struct Numbered<T: HasNumber> {
    by_number: BTreeMap<i64, Arc<T>>,
    numbers: HashMap<T::Id, i64>,
    /// The highest number that was ever listed here: while the list lives, one that was let go is not given again.
    /// Nothing keeps it, so that after a restart the highest of those that are left counts.
    last: i64,
}

impl<T: HasNumber> Default for Numbered<T> {
    fn default() -> Self {
        Self { by_number: BTreeMap::new(), numbers: HashMap::new(), last: 0 }
    }
}

impl<T: HasNumber> FromIterator<Arc<T>> for Numbered<T> {
    fn from_iter<I: IntoIterator<Item = Arc<T>>>(things: I) -> Self {
        let mut numbered = Self::default();
        for thing in things {
            numbered.put(thing);
        }
        numbered
    }
}

impl<T: HasNumber> Numbered<T> {
    /// Lists `thing`; gives the one of its id, whose place it takes.
    pub(super) fn put(&mut self, thing: Arc<T>) -> Option<Arc<T>> {
        let former = self.remove(thing.id());
        self.last = self.last.max(thing.number());
        self.numbers.insert(thing.id().clone(), thing.number());
        self.by_number.insert(thing.number(), thing);
        former
    }

    /// Removes the thing of that id, and gives it.
    pub(super) fn remove(&mut self, id: &T::Id) -> Option<Arc<T>> {
        let number = self.numbers.remove(id)?;
        self.by_number.remove(&number)
    }

    pub(super) fn get(&self, id: &T::Id) -> Option<&Arc<T>> {
        self.at(*self.numbers.get(id)?)
    }

    pub(super) fn at(&self, number: i64) -> Option<&Arc<T>> {
        self.by_number.get(&number)
    }

    pub(super) fn contains(&self, id: &T::Id) -> bool {
        self.numbers.contains_key(id)
    }

    /// The number for the thing that is made next.
    pub(super) fn next_number(&self) -> i64 {
        self.last + 1
    }

    pub(super) fn iter(&self) -> btree_map::Values<'_, i64, Arc<T>> {
        self.by_number.values()
    }

    pub(super) fn len(&self) -> usize {
        self.by_number.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Eq)]
    struct Thing(i64, &'static str);

    impl HasNumber for Thing {
        type Id = &'static str;

        fn id(&self) -> &Self::Id {
            &self.1
        }

        fn number(&self) -> i64 {
            self.0
        }
    }

    fn numbered(things: &[(i64, &'static str)]) -> Numbered<Thing> {
        things.iter().map(|(number, id)| Arc::new(Thing(*number, id))).collect()
    }

    #[test]
    fn things_are_listed_by_number_and_found_by_id() {
        let numbered = numbered(&[(2, "a"), (3, "b"), (1, "c")]);
        assert_eq!(numbered.iter().map(|thing| thing.1).collect::<String>(), "cab");
        assert_eq!(numbered.get(&"a"), Some(&Arc::new(Thing(2, "a"))));
        assert_eq!((numbered.get(&"d"), numbered.contains(&"d"), numbered.len()), (None, false, 3));
    }

    #[test]
    fn a_thing_takes_the_place_of_the_one_of_its_id() {
        let mut numbered = numbered(&[(1, "a"), (2, "b")]);
        assert_eq!(numbered.put(Arc::new(Thing(3, "a"))), Some(Arc::new(Thing(1, "a"))));
        assert_eq!(numbered.iter().map(|thing| thing.0).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(numbered.at(1), None);
    }

    #[test]
    fn a_number_is_not_given_again_while_the_list_lives() {
        let mut numbered = numbered(&[(1, "a"), (7, "b")]);
        assert_eq!(numbered.remove(&"b"), Some(Arc::new(Thing(7, "b"))));
        assert_eq!(numbered.remove(&"b"), None);
        assert_eq!((numbered.next_number(), Numbered::<Thing>::default().next_number()), (8, 1));
    }
}
