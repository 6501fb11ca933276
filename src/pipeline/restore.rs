//! Bringing back the sessions that the store holds, with their subscriptions and the events that each has not
//! acknowledged.
//! It must not know how the store keeps them.

use std::collections::HashMap;
use std::sync::Arc;

use super::encode::EventNotice;
use super::engine::Engine;
use super::session_record::spec_of;
use crate::broker::{Publication, Stamp};
use crate::domain::engagement::{Audience, EngagementEvent};
use crate::domain::ids::{TenantId, UserId};
use crate::domain::order::EventId;
use crate::domain::subscription::{EventSet, Subscription, WatchKey, Watched};
use crate::store::{EventRecord, Page, SessionRecord, StoreError, SubscriptionRecord};

/// How many events one step of a restart reads: what is held by nobody is in memory for that step alone.
const STEP: Page = Page { rows: 256, bytes: 4 << 20 };

impl Engine {
    /// Brings back `records`, all sessions that require acknowledgement.
    pub(super) async fn restore_sessions(&self, records: Vec<SessionRecord>) -> Result<(), StoreError> {
        let mut by_tenant: HashMap<TenantId, Vec<SessionRecord>> = HashMap::new();
        for record in records {
            by_tenant.entry(record.tenant).or_default().push(record);
        }
        for (tenant, sessions) in by_tenant {
            self.restore_tenant(tenant, sessions).await?;
        }
        Ok(())
    }

    async fn restore_tenant(&self, tenant: TenantId, sessions: Vec<SessionRecord>) -> Result<(), StoreError> {
        let held = self.held_by_each(tenant, &sessions).await?;
        for (mut session, held) in sessions.into_iter().zip(held) {
            let subscriptions = in_force(std::mem::take(&mut session.subscriptions));
            // Which of them were delivered is not kept, and a client may hold any.
            let (id, delivered) = (session.id, held.len());
            self.sessions.restore(spec_of(session, self.session_limits), held, delivered);
            for subscription in subscriptions {
                self.sessions.put_subscription(tenant, &id, Arc::new(subscription));
            }
        }
        Ok(())
    }

    /// The events that each of the sessions holds, oldest first.
    async fn held_by_each(
        &self,
        tenant: TenantId,
        sessions: &[SessionRecord],
    ) -> Result<Vec<Vec<Arc<Publication>>>, StoreError> {
        let hearers = Hearers::of(sessions);
        let mut held = vec![Vec::new(); sessions.len()];
        // What came before is acknowledged by all of them.
        let mut after = sessions.iter().map(|session| session.after).min().unwrap_or_default();
        loop {
            let events = self.store.events(tenant, after, STEP).await?;
            let Some(last) = events.last() else { return Ok(held) };
            after = last.id;
            hold(&mut held, sessions, &hearers, events)?;
        }
    }
}

/// The subscriptions that have not ended, in the order of their creation.
fn in_force(versions: Vec<SubscriptionRecord>) -> Vec<Subscription> {
    let mut subscriptions: Vec<_> = versions
        .into_iter()
        .filter(|version| version.until.is_none())
        .map(|version| version.subscription)
        .collect();
    subscriptions.sort_by_key(|subscription| subscription.created);
    subscriptions
}

/// Adds `events` to what is held by those of the sessions that heard and have not acknowledged them.
fn hold(
    held: &mut [Vec<Arc<Publication>>],
    sessions: &[SessionRecord],
    hearers: &Hearers<'_>,
    events: Vec<EventRecord>,
) -> Result<(), StoreError> {
    for record in events {
        let mut holders = hearers.of_event(&record);
        holders.retain(|place| {
            let session = &sessions[*place];
            record.id > session.after && session.acknowledged.binary_search(&record.id).is_err()
        });
        // What nobody holds need not even be read.
        if !holders.is_empty() {
            let publication = publication(record)?;
            holders.iter().for_each(|place| held[*place].push(Arc::clone(&publication)));
        }
    }
    Ok(())
}

fn publication(record: EventRecord) -> Result<Arc<Publication>, StoreError> {
    let EventRecord { id, body, audience, .. } = record;
    let event: EngagementEvent =
        serde_json::from_str(&body).map_err(|error| StoreError::Failed(format!("event {id}: {error}")))?;
    let notice = Box::new(EventNotice { event, id });
    Ok(match audience {
        Audience::Watchers(watched) => Publication::watched(Stamp::Event(id), watched.event, notice),
        Audience::Users(_) | Audience::Organization => Publication::new(Stamp::Event(id), notice),
    })
}

/// Which of the sessions, by their places, hear what: the broker's topics as they were.
struct Hearers<'a> {
    count: usize,
    by_user: HashMap<&'a UserId, Vec<usize>>,
    by_key: HashMap<WatchKey, Vec<Version>>,
}

/// A version of a subscription of the session at a place.
struct Version {
    place: usize,
    events: EventSet,
    after: EventId,
    until: Option<EventId>,
}

impl<'a> Hearers<'a> {
    fn of(sessions: &'a [SessionRecord]) -> Self {
        let mut hearers = Self { count: sessions.len(), by_user: HashMap::new(), by_key: HashMap::new() };
        for (place, session) in sessions.iter().enumerate() {
            hearers.by_user.entry(&session.user).or_default().push(place);
            for SubscriptionRecord { subscription, after, until } in &session.subscriptions {
                let events = subscription.filter.event_set();
                for key in subscription.filter.keys() {
                    let version = Version { place, events, after: *after, until: *until };
                    hearers.by_key.entry(key).or_default().push(version);
                }
            }
        }
        hearers
    }

    /// The places of those who heard an event, each once.
    fn of_event(&self, record: &EventRecord) -> Vec<usize> {
        let mut places = match &record.audience {
            Audience::Organization => return (0..self.count).collect(),
            Audience::Users(users) => {
                users.iter().filter_map(|user| self.by_user.get(user)).flatten().copied().collect()
            }
            Audience::Watchers(watched) => self.watchers(watched, record.id),
        };
        places.sort_unstable();
        places.dedup();
        places
    }

    fn watchers(&self, watched: &Watched, id: EventId) -> Vec<usize> {
        let versions = watched.keys().filter_map(|key| self.by_key.get(&key)).flatten();
        let heard = versions.filter(|version| version.lets_through(watched, id));
        heard.map(|version| version.place).collect()
    }
}

impl Version {
    fn lets_through(&self, watched: &Watched, id: EventId) -> bool {
        self.events.contains(watched.event) && id > self.after && self.until.is_none_or(|until| id <= until)
    }
}

#[cfg(test)]
mod tests;
