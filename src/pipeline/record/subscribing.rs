//! Subscribing as steps of the recorder: what becomes of subscriptions, decided in the order of its queue.
//! It must not know who asks.
//!
//! A batch changes a copy of each list that it touches; the broker's own changes when the batch is announced, between
//! the events before a step and those after it.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::ended::Ended;
use super::task::{Batch, Task};
use crate::broker::{Acknowledgement, SessionGone, SessionHead, Sessions, SubscriptionCount};
use crate::domain::clock::Millis;
use crate::domain::ids::{SessionId, TenantId};
use crate::domain::order::EventId;
use crate::domain::subscription::{Filter, Subscription, SubscriptionId};
use crate::pipeline::subscriptions::SubscriptionError;
use crate::store::{SubscriptionRecord, Write};

/// So many versions of each subscription that it may have, ended ones included, may a session have. Versions end when
/// subscriptions are replaced or ended, and are needed until the events of their time are acknowledged: nobody who
/// acknowledges what came has many of them.
const VERSIONS_OF_EACH: NonZeroUsize = NonZeroUsize::new(10).unwrap();

/// A subscription to be put in force.
pub(in crate::pipeline) struct Subscribing {
    /// The session that hears by it.
    pub session: SessionHead,
    /// The id that its client has chosen; without one it is a new subscription.
    pub id: Option<SubscriptionId>,
    /// What its client calls it.
    pub description: String,
    /// What it lets through.
    pub filter: Filter,
    /// How many the session may have.
    pub most: NonZeroUsize,
    /// How many the sessions of the organization may have together.
    pub most_of_tenant: Option<NonZeroUsize>,
    /// Told what becomes of it, which counts once the work is done.
    pub answer: oneshot::Sender<Result<(Arc<Subscription>, Put), SubscriptionError>>,
}

/// A subscription to be ended.
pub(in crate::pipeline) struct Unsubscribing {
    /// The session.
    pub session: SessionHead,
    /// The subscription.
    pub id: SubscriptionId,
    /// Told what becomes of it, which counts once the work is done.
    pub answer: oneshot::Sender<Result<(), SubscriptionError>>,
}

/// What a put came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// There was none of its id.
    Created,
    /// It has taken the place of the one of its id.
    Replaced,
}

/// The subscriptions of the sessions that a batch touches, as they are after its steps so far.
#[derive(Default)]
pub(super) struct Touched {
    lists: HashMap<SessionId, Vec<Arc<Subscription>>>,
    /// How many the batch has put in force, replaced ones included.
    put: HashMap<TenantId, SubscriptionCount>,
    /// How many more an organization has after the batch than before it; fewer, where it is below 0.
    more: HashMap<TenantId, isize>,
    /// Versions that the batch has ended, of sessions that outlive the process.
    pub(super) ended: Ended,
}

impl Touched {
    /// Puts a subscription in force; `ended_before` counts the versions of its session that ended before the batch.
    pub(super) fn put(
        &mut self,
        ask: &Subscribing,
        sessions: &Sessions,
        now: Millis,
        ended_before: usize,
    ) -> Result<(Arc<Subscription>, Put), SubscriptionError> {
        let ended = ended_before + self.ended.count(ask.session.id);
        let is_full = self.is_full(ask, sessions);
        let list = self.list(&ask.session, sessions)?;
        if list.len() + ended >= ask.most.saturating_mul(VERSIONS_OF_EACH).get() {
            return Err(SubscriptionError::TooMany);
        }
        let replaces = ask.id.as_ref().is_some_and(|id| list.iter().any(|it| it.id == *id));
        if !replaces && is_full {
            return Err(SubscriptionError::TooManyOfTenant);
        }
        let (subscription, put) = put_in(list, ask, now)?;
        *self.more.entry(ask.session.tenant).or_default() += isize::from(put == Put::Created);
        let count = self.put.entry(ask.session.tenant).or_default();
        count.all += 1;
        count.durable += usize::from(is_durable(&ask.session));
        Ok((subscription, put))
    }

    /// Ends a subscription.
    pub(super) fn end(&mut self, ask: &Unsubscribing, sessions: &Sessions) -> Result<(), SubscriptionError> {
        let list = self.list(&ask.session, sessions)?;
        let place = list.iter().position(|it| it.id == ask.id);
        list.remove(place.ok_or(SubscriptionError::NotFound)?);
        *self.more.entry(ask.session.tenant).or_default() -= 1;
        Ok(())
    }

    /// Whether an organization has as many subscriptions as it may have, after the steps so far. Those of sessions that
    /// are ending count until they have ended.
    fn is_full(&self, ask: &Subscribing, sessions: &Sessions) -> bool {
        let tenant = ask.session.tenant;
        let more = self.more.get(&tenant).copied().unwrap_or_default();
        ask.most_of_tenant.is_some_and(|most| {
            sessions.subscription_count(tenant).all.saturating_add_signed(more) >= most.get()
        })
    }

    /// How many there may be in an organization. Those that the batch ends count, and those that it replaces count
    /// twice: it is only asked whether there are any.
    pub(super) fn count(&self, tenant: TenantId, sessions: &Sessions) -> SubscriptionCount {
        let (before, put) = (sessions.subscription_count(tenant), self.count_put(tenant));
        SubscriptionCount { all: before.all + put.all, durable: before.durable + put.durable }
    }

    /// How many the batch itself has put in force in an organization.
    pub(super) fn count_put(&self, tenant: TenantId) -> SubscriptionCount {
        self.put.get(&tenant).copied().unwrap_or_default()
    }

    fn list(
        &mut self,
        session: &SessionHead,
        sessions: &Sessions,
    ) -> Result<&mut Vec<Arc<Subscription>>, SessionGone> {
        // Asked each time: a session may end while a batch is put together, and what is kept of it is removed by work
        // that comes after its end.
        let current = sessions.subscriptions(session.tenant, &session.id)?;
        Ok(self.lists.entry(session.id).or_insert(current))
    }
}

impl Task {
    pub(super) fn arrange_subscribe(&mut self, ask: Subscribing, batch: &mut Batch) {
        self.shed_ended(&ask.session, batch);
        let ended = self.ended.count(ask.session.id);
        let put = batch.touched.put(&ask, &self.parts.sessions, self.parts.clock.now(), ended);
        if let Ok((subscription, put)) = &put {
            let after = self.order(ask.session.tenant).event;
            batch.writes.extend(put_writes(&ask.session, *put, subscription, after));
            if *put == Put::Replaced && is_durable(&ask.session) {
                batch.touched.ended.push(ask.session.id, after);
            }
            batch.announcements.put_subscription(ask.session, Arc::clone(subscription));
        }
        // Whoever asked may have gone away.
        let _ = ask.answer.send(put);
    }

    pub(super) fn arrange_unsubscribe(&mut self, ask: Unsubscribing, batch: &mut Batch) {
        let ended = batch.touched.end(&ask, &self.parts.sessions);
        if ended.is_ok() {
            let until = self.order(ask.session.tenant).event;
            batch.writes.extend(end_write(&ask.session, ask.id.clone(), until));
            if is_durable(&ask.session) {
                batch.touched.ended.push(ask.session.id, until);
            }
            batch.announcements.end_subscription(ask.session, ask.id);
        }
        let _ = ask.answer.send(ended);
    }

    /// Forgets the versions of a session which ended before the oldest event that it holds. Those of the batch itself are
    /// not looked at: the session has yet to be given the batch's events.
    fn shed_ended(&mut self, session: &SessionHead, batch: &mut Batch) {
        let oldest_held = self.parts.sessions.oldest_held(session.tenant, &session.id);
        let up_to = self.ended.shed(session.id, oldest_held);
        batch.writes.extend(up_to.map(|up_to| Write::AcknowledgeUpTo(session.id, up_to)));
    }
}

/// What is kept of a put; nothing of a session that does not outlive the process. `after` is the newest event before
/// it.
fn put_writes(session: &SessionHead, put: Put, subscription: &Subscription, after: EventId) -> Vec<Write> {
    if !is_durable(session) {
        return Vec::new();
    }
    let record = SubscriptionRecord { subscription: subscription.clone(), after, until: None };
    let former = (put == Put::Replaced).then(|| end_write(session, subscription.id.clone(), after));
    former.into_iter().flatten().chain([Write::PutSubscription(session.id, record)]).collect()
}

/// What is kept of an end, as for [`put_writes`].
fn end_write(session: &SessionHead, id: SubscriptionId, until: EventId) -> Option<Write> {
    is_durable(session).then_some(Write::EndSubscription(session.id, id, until))
}

fn is_durable(session: &SessionHead) -> bool {
    session.acknowledgement == Acknowledgement::Required
}

fn put_in(
    list: &mut Vec<Arc<Subscription>>,
    ask: &Subscribing,
    now: Millis,
) -> Result<(Arc<Subscription>, Put), SubscriptionError> {
    let id = ask.id.clone().unwrap_or_else(|| unused_id(list));
    let make = |created: Millis| {
        Arc::new(Subscription {
            id: id.clone(),
            description: ask.description.clone(),
            filter: ask.filter.clone(),
            created,
            modified: now.max(created),
        })
    };
    if let Some(former) = list.iter_mut().find(|former| former.id == id) {
        *former = make(former.created);
        return Ok((Arc::clone(former), Put::Replaced));
    }
    if list.len() >= ask.most.get() {
        return Err(SubscriptionError::TooMany);
    }
    // The clock, bumped so that the moment of creation is an order.
    let created = list.last().map_or(now, |last| now.max(last.created.plus(Duration::from_millis(1))));
    let subscription = make(created);
    list.push(Arc::clone(&subscription));
    Ok((subscription, Put::Created))
}

fn unused_id(list: &[Arc<Subscription>]) -> SubscriptionId {
    loop {
        let id = SubscriptionId::new();
        if list.iter().all(|other| other.id != id) {
            return id;
        }
    }
}
