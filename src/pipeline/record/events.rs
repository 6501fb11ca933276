//! Engagement events as steps of the recorder: numbered, kept for those who need them later, and brought to the
//! topics on which they are heard.

use super::task::{Batch, Task};
use crate::broker::{Publication, Stamp, Topic};
use crate::domain::engagement::{Audience, EngagementEvent};
use crate::domain::ids::{TenantId, UserId};
use crate::domain::order::EventId;
use crate::domain::subscription::{Resource, Watched, WatchedEvent};
use crate::pipeline::encode::EventNotice;
use crate::store::{EventRecord, Write};

impl Task {
    /// An event, followed by its third-party form for those who have subscribed to that.
    pub(super) fn arrange_event(
        &mut self,
        tenant: TenantId,
        event: EngagementEvent,
        audience: Audience,
        batch: &mut Batch,
    ) {
        let third_parties: Vec<_> = self
            .third_parties(tenant, &event, &audience, batch)
            .into_iter()
            .map(|watched| (event.in_form_of(watched.event), watched))
            .collect();
        match audience {
            Audience::Watchers(watched) if !self.is_watched(tenant, &watched, batch) => {}
            Audience::Watchers(watched) => self.arrange_watched(tenant, event, watched, batch),
            Audience::Users(users) => self.arrange_addressed(tenant, event, Some(users), batch),
            Audience::Organization => self.arrange_addressed(tenant, event, None, batch),
        }
        for (event, watched) in third_parties {
            self.arrange_watched(tenant, event, watched, batch);
        }
    }

    /// An event for these users, or for the whole organization.
    fn arrange_addressed(
        &mut self,
        tenant: TenantId,
        event: EngagementEvent,
        users: Option<Vec<UserId>>,
        batch: &mut Batch,
    ) {
        let id = self.next_event_id(tenant);
        if self.order(tenant).durable_sessions > 0 {
            let audience = users.clone().map_or(Audience::Organization, Audience::Users);
            batch.writes.push(Write::PutEvent(event_record(tenant, id, &event, audience)));
        }
        let publication = Publication::new(Stamp::Event(id), Box::new(EventNotice { event, id }));
        match users {
            Some(users) => {
                let topics = users.into_iter().map(|user| Topic::User(tenant, user));
                batch.announcements.event(topics, &publication);
            }
            None => batch.announcements.event([Topic::Organization(tenant)], &publication),
        }
    }

    /// An event for those who watch for it, of whom there are some.
    fn arrange_watched(
        &mut self,
        tenant: TenantId,
        event: EngagementEvent,
        watched: Watched,
        batch: &mut Batch,
    ) {
        let id = self.next_event_id(tenant);
        let topics = watched.keys().map(|key| Topic::Watch(tenant, key));
        let watched_event = watched.event;
        let durable = batch.touched.count(tenant, &self.parts.sessions).durable;
        let record = (durable > 0).then(|| event_record(tenant, id, &event, Audience::Watchers(watched)));
        batch.writes.extend(record.map(Write::PutEvent));
        let notice = Box::new(EventNotice { event, id });
        let publication = Publication::watched(Stamp::Event(id), watched_event, notice);
        batch.announcements.event(topics, &publication);
    }

    /// What others than those whom an event is addressed to watch of it: something of each of its users, or of nobody
    /// in particular.
    fn third_parties(
        &self,
        tenant: TenantId,
        event: &EngagementEvent,
        audience: &Audience,
        batch: &Batch,
    ) -> Vec<Watched> {
        // Most organizations have no subscriptions, and every event comes here.
        if batch.touched.count(tenant, &self.parts.sessions).all == 0 {
            return Vec::new();
        }
        let Some(event) = WatchedEvent::third_party(&event.event_type) else { return Vec::new() };
        let mut watched: Vec<_> = match audience {
            Audience::Users(users) => {
                let resources = users.iter().map(|user| Some(Resource::User(user.clone())));
                resources.map(|resource| Watched { event, resource }).collect()
            }
            Audience::Organization => vec![Watched { event, resource: None }],
            Audience::Watchers(_) => Vec::new(),
        };
        watched.retain(|watched| self.is_watched(tenant, watched, batch));
        watched
    }

    /// Whether somebody watches for this, or may do so when the batch is announced.
    fn is_watched(&self, tenant: TenantId, watched: &Watched, batch: &Batch) -> bool {
        let is_followed = |key| self.parts.topics.followed(&Topic::Watch(tenant, key)).is_some();
        batch.touched.count_put(tenant).all > 0 || watched.keys().any(is_followed)
    }

    fn next_event_id(&mut self, tenant: TenantId) -> EventId {
        let now = self.parts.clock.now().0;
        let order = self.tenants.entry(tenant).or_default();
        order.event = order.event.after(now);
        order.event
    }
}

fn event_record(tenant: TenantId, id: EventId, event: &EngagementEvent, audience: Audience) -> EventRecord {
    let body =
        serde_json::to_string(event).expect("an event is texts and a number, which JSON can always say");
    EventRecord { tenant, id, audience, body }
}
