//! What may happen to a session: steps, and how likely each is.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::domain::ids::{TeamId, UserId};
use crate::domain::subscription::{
    Events, Filter, Ids, Resource, Resources, Watched, WatchedEvent, WatchedGroup,
};

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// To the user, or to the whole organization.
    Publish {
        count: u32,
        to_user: bool,
    },
    /// One event for those who watch for it.
    PublishWatched(Watched),
    /// Puts a subscription in force, in place of the one of its name.
    Subscribe(&'static str, Filter),
    Unsubscribe(&'static str),
    /// Takes over from a poll that waits. Its reader may name the last event that it has, counted back from the latest
    /// published, known or not.
    Poll {
        max: usize,
        after: Option<u32>,
    },
    /// The reader of the hand-over that is out goes on with what follows the event that it names, as a stream does.
    Follow {
        max: usize,
        after: Option<u32>,
    },
    /// The waiting poll's connection breaks.
    GiveUp,
    /// The first event of the hand-over that is out arrives.
    CompleteFirst,
    /// The hand-over that is out arrives.
    Complete,
    /// The connection breaks before it does.
    Break,
    /// Ids counted back from the latest published, known or not, any number of times.
    Acknowledge(Vec<u32>),
    Advance {
        seconds: u64,
    },
    Expire,
    /// A session that requires acknowledgement is brought back; another one goes on.
    Restart,
    End,
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..5u32, any::<bool>()).prop_map(|(count, to_user)| Step::Publish { count, to_user }),
        4 => watched().prop_map(Step::PublishWatched),
        3 => (name(), filter()).prop_map(|(name, filter)| Step::Subscribe(name, filter)),
        1 => name().prop_map(Step::Unsubscribe),
        6 => (1..5usize, after()).prop_map(|(max, after)| Step::Poll { max, after }),
        3 => (1..5usize, after()).prop_map(|(max, after)| Step::Follow { max, after }),
        1 => Just(Step::GiveUp),
        2 => Just(Step::CompleteFirst),
        4 => Just(Step::Complete),
        2 => Just(Step::Break),
        4 => vec(0..14u32, 0..6).prop_map(Step::Acknowledge),
        2 => (0..40u64).prop_map(|seconds| Step::Advance { seconds }),
        2 => Just(Step::Expire),
        1 => Just(Step::Restart),
        1 => prop::bool::weighted(0.2).prop_map(|end| if end { Step::End } else { Step::Expire }),
    ]
}

/// Most readers name none.
fn after() -> impl Strategy<Value = Option<u32>> {
    prop::option::weighted(0.3, 0..14u32)
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["one", "two", "three"])
}

fn idle() -> WatchedEvent {
    WatchedEvent::third_party("engagementCenter.Idle").unwrap()
}

/// Filters that overlap.
fn filter() -> impl Strategy<Value = Filter> {
    let (third_party, changes) = (WatchedGroup::EngagementCenterThirdParty, WatchedGroup::ChangeNotification);
    let of =
        |users: &[&str]| Resources::Users(Ids::listed(users.iter().copied().map(UserId::from).collect()));
    let filters = [
        Filter::new(third_party, Events::All, Resources::Any),
        Filter::new(third_party, Events::All, of(&["ann", "bob"])),
        Filter::new(third_party, Events::Named(vec![idle()]), of(&["ann"])),
        Filter::new(third_party, Events::Named(vec![idle()]), of(&[])),
        Filter::new(changes, Events::All, of(&["ann"])),
        Filter::new(changes, Events::Named(vec![WatchedEvent::TEAM]), Resources::Any),
    ];
    prop::sample::select(filters.map(Result::unwrap).to_vec())
}

fn watched() -> impl Strategy<Value = Watched> {
    let wrap = WatchedEvent::third_party("engagementCenter.Wrap").unwrap();
    let user = |id: &str| Some(Resource::User(UserId::from(id)));
    let watched = [
        (idle(), user("ann")),
        (wrap, user("ann")),
        (idle(), user("bob")),
        (wrap, user("carl")),
        (idle(), None),
        (WatchedEvent::USER, user("ann")),
        (WatchedEvent::TEAM, Some(Resource::Team(TeamId::from("ann")))),
    ];
    prop::sample::select(watched.map(|(event, resource)| Watched { event, resource }).to_vec())
}
