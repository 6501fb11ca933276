//! Filters: which events of a group a subscription lets through, and of whom.
//! It must not know how they are asked for.

use serde::{Deserialize, Serialize};

use super::{EventSet, Resource, Watched, WatchedEvent, WatchedGroup};
use crate::domain::ids::{TeamId, UserId};

/// What a subscription lets through. It is also what the store keeps of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Kept under the name that it has on the wire.
    #[serde(rename = "catalog")]
    group: WatchedGroup,
    events: Events,
    resources: Resources,
}

/// Which events of the group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Events {
    /// All of them.
    All,
    /// These, in the order in which they were asked for.
    Named(Vec<WatchedEvent>),
}

/// Whose events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resources {
    /// Everybody's.
    Any,
    /// Those of users.
    Users(Ids<UserId>),
    /// Those of teams.
    Teams(Ids<TeamId>),
}

/// Which resources of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ids<T> {
    /// All of them.
    All,
    /// These, each once.
    Listed(Vec<T>),
}

impl<T: for<'a> From<&'a str> + Clone + Eq + std::hash::Hash> Ids<T> {
    /// The id that stands for all.
    const WILDCARD: &'static str = "*";

    /// Those that a list names: all of them when it is empty or holds the wildcard `*`.
    pub fn listed(ids: Vec<T>) -> Self {
        let mut known = std::collections::HashSet::new();
        let ids: Vec<_> = ids.into_iter().filter(|id| known.insert(id.clone())).collect();
        if ids.is_empty() || known.contains(&T::from(Self::WILDCARD)) { Self::All } else { Self::Listed(ids) }
    }

    fn has(&self, id: &T) -> bool {
        match self {
            Self::All => true,
            Self::Listed(ids) => ids.contains(id),
        }
    }
}

/// Why a filter cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// It names no event.
    #[error("a filter needs at least one event")]
    NoEvents,
    /// It names an event of another group.
    #[error("{} is no event of {}", .0.event_type(), .1.as_str())]
    ForeignEvent(WatchedEvent, WatchedGroup),
    /// Third-party events are those of users.
    #[error("third-party events have users, not teams")]
    TeamsOfThirdParty,
}

impl Filter {
    /// A filter. An event that is named again is named once.
    ///
    /// One that asks for changes of users by the resources and of teams by the events can be: it lets nothing
    /// through.
    pub fn new(group: WatchedGroup, events: Events, resources: Resources) -> Result<Self, FilterError> {
        if (group, matches!(resources, Resources::Teams(_)))
            == (WatchedGroup::EngagementCenterThirdParty, true)
        {
            return Err(FilterError::TeamsOfThirdParty);
        }
        let events = match events {
            Events::All => Events::All,
            Events::Named(named) => Events::Named(each_once(group, named)?),
        };
        Ok(Self { group, events, resources })
    }

    /// The group of its events.
    pub fn group(&self) -> WatchedGroup {
        self.group
    }

    /// Which events.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// Whose events.
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    /// The events that it lets through, of whomever.
    pub fn event_set(&self) -> EventSet {
        match &self.events {
            Events::All => EventSet::ALL,
            Events::Named(events) => events.iter().copied().collect(),
        }
    }

    /// Whether it lets this through. What belongs to nobody in particular is everybody's.
    pub fn matches(&self, watched: &Watched) -> bool {
        let resource_matches = match (&self.resources, &watched.resource) {
            (Resources::Any, _) | (Resources::Users(Ids::All), None) => true,
            (Resources::Users(ids), Some(Resource::User(user))) => ids.has(user),
            (Resources::Teams(ids), Some(Resource::Team(team))) => ids.has(team),
            _ => false,
        };
        let event_matches = match &self.events {
            Events::All => true,
            Events::Named(events) => events.contains(&watched.event),
        };
        watched.event.group() == self.group && event_matches && resource_matches
    }
}

fn each_once(group: WatchedGroup, named: Vec<WatchedEvent>) -> Result<Vec<WatchedEvent>, FilterError> {
    let mut events = Vec::with_capacity(named.len());
    for event in named {
        if event.group() != group {
            return Err(FilterError::ForeignEvent(event, group));
        }
        if !events.contains(&event) {
            events.push(event);
        }
    }
    if events.is_empty() { Err(FilterError::NoEvents) } else { Ok(events) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THIRD_PARTY: WatchedGroup = WatchedGroup::EngagementCenterThirdParty;

    fn idle() -> WatchedEvent {
        WatchedEvent::find(THIRD_PARTY, "Idle").unwrap()
    }

    fn of(user: &str) -> Watched {
        Watched { event: idle(), resource: Some(Resource::User(UserId::from(user))) }
    }

    #[test]
    fn a_filter_that_cannot_be_tells_why() {
        let named = |events: &[WatchedEvent]| {
            Filter::new(THIRD_PARTY, Events::Named(events.to_vec()), Resources::Any)
        };
        assert_eq!(named(&[]), Err(FilterError::NoEvents));
        let foreign = FilterError::ForeignEvent(WatchedEvent::USER, THIRD_PARTY);
        assert_eq!(named(&[idle(), WatchedEvent::USER]), Err(foreign));
        let teams = Filter::new(THIRD_PARTY, Events::All, Resources::Teams(Ids::All));
        assert_eq!(teams, Err(FilterError::TeamsOfThirdParty));
        assert_eq!(named(&[idle(), idle()]).unwrap().events(), &Events::Named(vec![idle()]));
    }

    #[test]
    fn a_list_that_is_empty_or_holds_the_wildcard_is_all() {
        let ids = |list: &[&str]| Ids::listed(list.iter().map(|id| UserId::from(*id)).collect());
        assert_eq!(ids(&[]), Ids::All);
        assert_eq!(ids(&["*"]), Ids::All);
        assert_eq!(ids(&["ann", "*"]), Ids::All);
        assert_eq!(ids(&["bob", "ann", "bob"]), Ids::Listed(vec!["bob".into(), "ann".into()]));
    }

    #[test]
    fn listed_users_are_heard_and_no_others() {
        let listed = Resources::Users(Ids::listed(vec![UserId::from("ann")]));
        let filter = Filter::new(THIRD_PARTY, Events::All, listed).unwrap();
        assert!(filter.matches(&of("ann")));
        assert!(!filter.matches(&of("bob")));
    }

    #[test]
    fn an_event_of_the_whole_organization_is_heard_by_filters_for_all_users_only() {
        let watched = Watched { event: idle(), resource: None };
        let heard = |resources| Filter::new(THIRD_PARTY, Events::All, resources).unwrap().matches(&watched);
        assert!(heard(Resources::Any));
        assert!(heard(Resources::Users(Ids::All)));
        assert!(!heard(Resources::Users(Ids::listed(vec![UserId::from("ann")]))));
    }

    #[test]
    fn changes_of_users_and_of_teams_are_told_apart() {
        let team =
            Watched { event: WatchedEvent::TEAM, resource: Some(Resource::Team(TeamId::from("sales"))) };
        let user =
            Watched { event: WatchedEvent::USER, resource: Some(Resource::User(UserId::from("sales"))) };
        let filter =
            |resources| Filter::new(WatchedGroup::ChangeNotification, Events::All, resources).unwrap();
        let teams = filter(Resources::Teams(Ids::listed(vec![TeamId::from("sales")])));
        assert_eq!((teams.matches(&team), teams.matches(&user)), (true, false));
        let users = filter(Resources::Users(Ids::All));
        assert_eq!((users.matches(&team), users.matches(&user)), (false, true));
        assert!(!filter(Resources::Any).matches(&of("ann")), "another group");
    }

    #[test]
    fn a_filter_survives_its_document() {
        let events = Events::Named(vec![idle()]);
        let listed = Resources::Users(Ids::listed(vec![UserId::from("ann")]));
        let filter = Filter::new(THIRD_PARTY, events, listed).unwrap();
        let document = serde_json::to_string(&filter).unwrap();
        assert_eq!(serde_json::from_str::<Filter>(&document).unwrap(), filter);
    }
}
