//! What happens and may be subscribed to, and the keys under which filters and happenings meet.
//! It must not know who watches.

use serde::{Deserialize, Serialize};

use super::{Events, Filter, Ids, Resources, WatchedEvent, WatchedGroup};
use crate::domain::ids::{TeamId, UserId};

/// Something that filters are for: an event of a group, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// The event.
    pub event: WatchedEvent,
    /// Whose it is; nobody's in particular when it is for the whole organization.
    pub resource: Option<Resource>,
}

/// Somebody whose events may be subscribed to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Resource {
    /// A user.
    User(UserId),
    /// A team.
    Team(TeamId),
}

/// A key of an index over filters. A filter lets something through when the two share a key and the event is among
/// the filter's events.
///
/// A filter for listed users or teams has a key for each of them and not for each pair with an event: there may be a
/// thousand of them and 57 events. Those who watch the same user for other events are asked in vain; those who watch
/// everybody are not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum WatchKey {
    /// Everything of a group.
    Group(WatchedGroup),
    /// An event, whosever it is.
    Event(WatchedEvent),
    /// What happens to a user.
    User(WatchedGroup, UserId),
    /// What happens to a team.
    Team(WatchedGroup, TeamId),
}

impl Filter {
    /// The keys under which the filter is found, each once; none when it lets nothing through.
    pub fn keys(&self) -> Vec<WatchKey> {
        let group = self.group();
        match (self.resources(), self.events()) {
            (Resources::Any, Events::All) => vec![WatchKey::Group(group)],
            (Resources::Any, Events::Named(events)) => events.iter().copied().map(WatchKey::Event).collect(),
            (Resources::Users(ids), _) => self.keys_of(WatchedEvent::USER, ids, WatchKey::User),
            (Resources::Teams(ids), _) => self.keys_of(WatchedEvent::TEAM, ids, WatchKey::Team),
        }
    }

    /// The keys of a filter for one kind of resources, changes of which are `change`.
    fn keys_of<T: Clone>(
        &self,
        change: WatchedEvent,
        ids: &Ids<T>,
        key: impl Fn(WatchedGroup, T) -> WatchKey,
    ) -> Vec<WatchKey> {
        let group = self.group();
        let is_change = group == WatchedGroup::ChangeNotification;
        if is_change && !self.event_set().contains(change) {
            return Vec::new();
        }
        match (ids, self.events()) {
            (Ids::Listed(ids), _) => ids.iter().map(|id| key(group, id.clone())).collect(),
            (Ids::All, _) if is_change => vec![WatchKey::Event(change)],
            (Ids::All, Events::All) => vec![WatchKey::Group(group)],
            (Ids::All, Events::Named(events)) => events.iter().copied().map(WatchKey::Event).collect(),
        }
    }
}

impl Watched {
    /// The keys under which filters are found that may let this through.
    pub fn keys(&self) -> impl Iterator<Item = WatchKey> + use<> {
        let group = self.event.group();
        let resource = self.resource.clone().map(|resource| match resource {
            Resource::User(user) => WatchKey::User(group, user),
            Resource::Team(team) => WatchKey::Team(group, team),
        });
        [WatchKey::Group(group), WatchKey::Event(self.event)].into_iter().chain(resource)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::watched_event::tests::event_of;
    use super::*;

    fn ids<T: From<&'static str> + std::fmt::Debug + Clone + 'static>() -> impl Strategy<Value = Vec<T>> {
        vec(prop::sample::select(vec!["a", "b", "c", "d"]).prop_map(T::from), 0..4)
    }

    fn group() -> impl Strategy<Value = WatchedGroup> {
        prop::sample::select(vec![WatchedGroup::EngagementCenterThirdParty, WatchedGroup::ChangeNotification])
    }

    fn filter() -> impl Strategy<Value = Filter> {
        let resources = prop_oneof![
            Just(Resources::Any),
            ids().prop_map(|users| Resources::Users(Ids::listed(users))),
            ids().prop_map(|teams| Resources::Teams(Ids::listed(teams))),
        ];
        let events =
            |group| prop_oneof![Just(Events::All), vec(event_of(group), 1..5).prop_map(Events::Named)];
        let parts = group().prop_flat_map(move |group| (Just(group), events(group)));
        (parts, resources)
            .prop_filter_map("third-party events have no teams", |((group, events), resources)| {
                Filter::new(group, events, resources).ok()
            })
    }

    /// What can happen: changes are those of a user or a team.
    fn watched() -> impl Strategy<Value = Watched> {
        let user = prop::sample::select(vec!["a", "b", "e"]).prop_map(|id| Resource::User(id.into()));
        let team = prop::sample::select(vec!["a", "b", "e"]).prop_map(|id| Resource::Team(id.into()));
        let third_party =
            (event_of(WatchedGroup::EngagementCenterThirdParty), prop::option::of(user.clone()));
        prop_oneof![
            third_party.prop_map(|(event, resource)| Watched { event, resource }),
            user.prop_map(|user| Watched { event: WatchedEvent::USER, resource: Some(user) }),
            team.prop_map(|team| Watched { event: WatchedEvent::TEAM, resource: Some(team) }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn a_filter_matches_what_it_shares_a_key_and_the_event_with(filter in filter(), watched in watched()) {
            let own: HashSet<_> = filter.keys().into_iter().collect();
            let shared = watched.keys().filter(|key| own.contains(key)).count();
            let found = shared > 0 && filter.event_set().contains(watched.event);
            prop_assert_eq!(found, filter.matches(&watched));
            prop_assert!(shared <= 1, "one filter is asked once");
            prop_assert_eq!(own.len(), filter.keys().len(), "each key once");
        }
    }
}
