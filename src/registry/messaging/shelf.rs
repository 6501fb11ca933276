//! Variables and templates of one tenant, found by their ids and by what templates and messages name them by.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::MessagingThing;
use crate::domain::ids::MessagingId;

/// Things of one kind, in the order of their creation.
pub struct Shelf<T> {
    things: BTreeMap<MessagingId, Arc<T>>,
    /// By name. Things of one name have an entry together, and a name of nothing has none.
    named: HashMap<String, BTreeSet<MessagingId>>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { things: BTreeMap::new(), named: HashMap::new() }
    }
}

impl<T: MessagingThing> Shelf<T> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.things.len()
    }

    /// All, in the order of their creation.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<T>> {
        self.things.values()
    }

    /// The one of an id.
    pub(super) fn get(&self, id: MessagingId) -> Option<&Arc<T>> {
        self.things.get(&id)
    }

    /// Those of a name, in the order of their creation.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = &Arc<T>> {
        self.named.get(name).into_iter().flatten().filter_map(|id| self.things.get(id))
    }

    /// Puts a thing in the place of the one of its id.
    pub(super) fn insert(&mut self, thing: Arc<T>) {
        let id = thing.id();
        self.remove(id);
        self.named.entry(thing.asked_by().to_owned()).or_default().insert(id);
        self.things.insert(id, thing);
    }

    /// Takes a thing away.
    pub(super) fn remove(&mut self, id: MessagingId) {
        let Some(gone) = self.things.remove(&id) else { return };
        if let Some(ids) = self.named.get_mut(gone.asked_by()) {
            ids.remove(&id);
            if ids.is_empty() {
                self.named.remove(gone.asked_by());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::messaging::Variable;

    fn variable(key: &str) -> Arc<Variable> {
        Arc::new(Variable {
            id: MessagingId::new(),
            key: key.to_owned(),
            description: String::new(),
            group: String::new(),
            kind: "TEXT".to_owned(),
            value: json!("a value"),
            disabled: false,
            channel: None,
        })
    }

    fn named(shelf: &Shelf<Variable>, name: &str) -> Vec<MessagingId> {
        shelf.named(name).map(|variable| variable.id).collect()
    }

    #[test]
    fn things_are_found_by_the_name_that_they_have_now() {
        let mut shelf = Shelf::default();
        let (one, other) = (variable("shop"), variable("shop"));
        shelf.insert(one.clone());
        shelf.insert(other.clone());
        assert_eq!(named(&shelf, "shop"), [one.id, other.id]);
        shelf.insert(Arc::new(Variable { key: "store".to_owned(), ..Variable::clone(&one) }));
        assert_eq!((named(&shelf, "shop"), named(&shelf, "store")), (vec![other.id], vec![one.id]));
        shelf.remove(other.id);
        assert_eq!((named(&shelf, "shop"), shelf.len()), (vec![], 1));
        assert!(!shelf.named.contains_key("shop"), "of a name that nothing has nothing is remembered");
    }
}
