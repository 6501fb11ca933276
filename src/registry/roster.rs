//! A list of things that are told apart by their names, in any case of letters.
//! It must not know what it lists, nor who owns it.

use std::collections::HashMap;
use std::slice;
use std::sync::Arc;

use crate::domain::hub::Hub;
use crate::domain::ids::{HubId, IntegrationId};
use crate::domain::integration::Integration;

/// What can stand in a roster.
pub(super) trait Listed {
    /// Ids sort in the order of creation.
    type Id: Copy + Ord;

    fn id(&self) -> Self::Id;

    fn name(&self) -> &str;
}

impl Listed for Hub {
    type Id = HubId;

    fn id(&self) -> HubId {
        self.id
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Listed for Integration {
    type Id = IntegrationId;

    fn id(&self) -> IntegrationId {
        self.id
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// Things in the order of their creation, so that lists are stable pages of it. Neither names nor pages are found by a
/// walk, for a tenant may have tens of thousands: so it is a vector, in which the newest comes last, and not a tree, in
/// which the last page is as far away as there are things.
pub(super) struct Roster<T: Listed> {
    by_id: Vec<Arc<T>>,
    /// By lower-case name.
    by_name: HashMap<String, T::Id>,
}

impl<T: Listed> Default for Roster<T> {
    fn default() -> Self {
        Self { by_id: Vec::new(), by_name: HashMap::new() }
    }
}

impl<T: Listed> FromIterator<Arc<T>> for Roster<T> {
    fn from_iter<I: IntoIterator<Item = Arc<T>>>(things: I) -> Self {
        let mut roster = Self::default();
        things.into_iter().for_each(|thing| roster.put(thing));
        roster
    }
}

impl<T: Listed> Roster<T> {
    /// Lists `thing`, in place of the one of its id.
    pub(super) fn put(&mut self, thing: Arc<T>) {
        self.remove(thing.id());
        self.by_name.insert(thing.name().to_lowercase(), thing.id());
        let place = self.by_id.partition_point(|other| other.id() < thing.id());
        self.by_id.insert(place, thing);
    }

    pub(super) fn remove(&mut self, id: T::Id) {
        let Ok(place) = self.by_id.binary_search_by_key(&id, |thing| thing.id()) else { return };
        let gone = self.by_id.remove(place);
        let name = gone.name().to_lowercase();
        if self.by_name.get(&name) == Some(&id) {
            self.by_name.remove(&name);
        }
    }

    /// The thing of that name.
    pub(super) fn named(&self, name: &str) -> Option<T::Id> {
        self.by_name.get(&name.to_lowercase()).copied()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = T::Id> {
        self.by_id.iter().map(|thing| thing.id())
    }

    pub(super) fn iter(&self) -> slice::Iter<'_, Arc<T>> {
        self.by_id.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing(u8, &'static str);

    impl Listed for Thing {
        type Id = u8;

        fn id(&self) -> u8 {
            self.0
        }

        fn name(&self) -> &str {
            self.1
        }
    }

    fn roster(things: &[(u8, &'static str)]) -> Roster<Thing> {
        things.iter().map(|(id, name)| Arc::new(Thing(*id, name))).collect()
    }

    #[test]
    fn a_name_is_found_in_any_case_of_letters() {
        let roster = roster(&[(1, "Verkäufe"), (2, "Support")]);
        assert_eq!(roster.named("VERKÄUFE"), Some(1));
        assert_eq!(roster.named("sales"), None);
    }

    #[test]
    fn things_are_listed_in_the_order_of_their_ids() {
        let roster = roster(&[(2, "a"), (3, "b"), (1, "c")]);
        assert_eq!(roster.ids().collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(roster.iter().map(|thing| thing.1).collect::<String>(), "cab");
    }

    #[test]
    fn a_new_name_frees_the_old_one_and_a_removal_the_last() {
        let mut roster = roster(&[(1, "Old")]);
        roster.put(Arc::new(Thing(1, "New")));
        assert_eq!((roster.named("old"), roster.named("new"), roster.len()), (None, Some(1), 1));
        roster.remove(1);
        assert_eq!((roster.named("new"), roster.len()), (None, 0));
    }

    #[test]
    fn removing_one_of_two_namesakes_leaves_the_name_to_the_other() {
        let mut roster = roster(&[(1, "same"), (2, "Same")]);
        roster.remove(1);
        assert_eq!(roster.named("same"), Some(2));
    }
}
