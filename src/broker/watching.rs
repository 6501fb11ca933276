//! What a session hears by subscription: the topics it follows for it, and each event once however many of its
//! subscriptions let it through.
//! It must not know how subscriptions are made or kept.

use std::sync::Arc;

use dashmap::DashMap;
use parking_lot::Mutex;

use super::live_session::LiveSession;
use super::{
    Acknowledgement, Attachment, Batch, Delivery, Publication, SessionHead, Subscriber, Topic, Topics,
};
use crate::domain::ids::TenantId;
use crate::domain::order::EventId;
use crate::domain::subscription::{EventSet, Subscription, SubscriptionId};

/// The subscriptions of one session, in the order of their creation.
#[derive(Default)]
pub(super) struct Watching {
    subscriptions: Vec<Watch>,
    newest: Newest,
}

/// A subscription in force.
pub(super) struct Watch {
    subscription: Arc<Subscription>,
    _attachment: Attachment,
}

/// The newest event that a subscription of the session has let through. Ids only grow, so what is not newer was heard
/// on another topic before. Guards that against two topics at once; taken before the session's lock.
type Newest = Arc<Mutex<EventId>>;

impl Watching {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.subscriptions.len()
    }

    /// All of them.
    pub(super) fn list(&self) -> Vec<Arc<Subscription>> {
        self.subscriptions.iter().map(|watch| Arc::clone(&watch.subscription)).collect()
    }

    /// What tells events that were heard before.
    pub(super) fn newest(&self) -> Newest {
        Arc::clone(&self.newest)
    }

    /// Puts one in the place of the one of its id, which is returned, or behind all others.
    pub(super) fn put(&mut self, watch: Watch) -> Option<Watch> {
        let id = &watch.subscription.id;
        match self.subscriptions.iter_mut().find(|former| former.subscription.id == *id) {
            Some(former) => Some(std::mem::replace(former, watch)),
            None => {
                self.subscriptions.push(watch);
                None
            }
        }
    }

    /// Takes one out.
    pub(super) fn remove(&mut self, id: &SubscriptionId) -> Option<Watch> {
        let place = self.subscriptions.iter().position(|watch| watch.subscription.id == *id)?;
        Some(self.subscriptions.remove(place))
    }
}

impl Watch {
    /// Lets a session follow what a subscription is for.
    pub(super) fn begin(
        topics: &Topics,
        session: &Arc<LiveSession>,
        newest: Newest,
        subscription: Arc<Subscription>,
    ) -> Self {
        let tenant = session.head().tenant;
        let followed: Vec<_> =
            subscription.filter.keys().into_iter().map(|key| Topic::Watch(tenant, key)).collect();
        let events = subscription.filter.event_set();
        let watcher = Watcher { session: Arc::clone(session), events, newest };
        Self { subscription, _attachment: topics.attach(&followed, Arc::new(watcher)) }
    }
}

/// Hears topics for a session.
struct Watcher {
    session: Arc<LiveSession>,
    events: EventSet,
    newest: Newest,
}

impl Watcher {
    fn lets_through(&self, publication: &Publication) -> bool {
        publication.watched_event().is_some_and(|event| self.events.contains(event))
    }
}

impl Subscriber for Watcher {
    fn deliver(&self, batch: &Batch) -> Delivery {
        // Looked at first without the lock: most of those who are asked in vain are so for the event's sake.
        let mut events: Vec<_> = batch
            .publications()
            .iter()
            .filter(|publication| self.lets_through(publication))
            .cloned()
            .collect();
        if events.is_empty() {
            return Delivery::Taken;
        }
        let mut newest = self.newest.lock();
        events.retain(|event| event.stamp().event_id() > Some(*newest));
        match events.last().and_then(|last| last.stamp().event_id()) {
            Some(last) => {
                *newest = last;
                self.session.take(&events)
            }
            None => Delivery::Taken,
        }
    }
}

/// How many subscriptions are in force in an organization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubscriptionCount {
    /// All of them.
    pub all: usize,
    /// Those of sessions that require acknowledgement.
    pub durable: usize,
}

/// The counts of all organizations that have any.
#[derive(Default)]
pub(super) struct SubscriptionCounts(DashMap<TenantId, SubscriptionCount>);

impl SubscriptionCounts {
    pub(super) fn of(&self, tenant: TenantId) -> SubscriptionCount {
        self.0.get(&tenant).map(|count| *count).unwrap_or_default()
    }

    /// One more of a session.
    pub(super) fn rise(&self, session: &SessionHead) {
        let mut count = self.0.entry(session.tenant).or_default();
        count.all += 1;
        count.durable += usize::from(session.acknowledgement == Acknowledgement::Required);
    }

    /// So many fewer of a session, which were counted.
    pub(super) fn fall(&self, session: &SessionHead, by: usize) {
        if by == 0 {
            return;
        }
        if let Some(mut count) = self.0.get_mut(&session.tenant) {
            count.all -= by;
            if session.acknowledgement == Acknowledgement::Required {
                count.durable -= by;
            }
        }
        self.0.remove_if(&session.tenant, |_, count| count.all == 0);
    }
}
