//! The ids that events were heard with: one for each event, whoever hears it and however often, in the order of the
//! events.

use std::collections::BTreeMap;

use crate::harness::place;

/// Ids by the numbers of their events.
#[derive(Default)]
pub(super) struct Ids(BTreeMap<i64, String>);

impl Ids {
    /// An event was heard with an id.
    pub(super) fn note(&mut self, number: i64, id: &str) {
        let known = self.0.entry(number).or_insert_with(|| id.to_owned());
        assert_eq!(known, id, "event {number} has two ids");
        let before = self.0.range(..number).next_back();
        let after = self.0.range(number + 1..).next();
        let in_order = before.is_none_or(|(_, before)| place(before) < place(id))
            && after.is_none_or(|(_, after)| place(id) < place(after));
        assert!(in_order, "{before:?}, then {number} with {id}, then {after:?}");
    }

    /// The id of an event that somebody has heard.
    pub(super) fn of(&self, number: i64) -> &str {
        &self.0[&number]
    }

    /// The id of an event, if somebody has heard it.
    pub(super) fn find(&self, number: i64) -> Option<&str> {
        self.0.get(&number).map(String::as_str)
    }

    /// All numbers that have one.
    pub(super) fn numbers(&self) -> impl Iterator<Item = i64> {
        self.0.keys().copied()
    }
}
