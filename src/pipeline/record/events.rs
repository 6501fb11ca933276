//! Engagement events as steps of the recorder: numbered, kept for those who need them later, and brought to the
//! topics on which they are heard.

use super::task::{Batch, Task};
use crate::broker::{Publication, Stamp, Topic};
use crate::domain::engagement::{Audience, EngagementEvent};
use crate::domain::ids::TenantId;
use crate::domain::order::EventId;
use crate::domain::subscription::{Resource, Watched};
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
        let watched = self.third_party_forms(tenant, &event, &audience, batch);
        match audience {
            Audience::Watchers(watched) => self.arrange_watched(tenant, event, watched, batch),
            addressed => self.arrange_addressed(tenant, event, addressed, batch),
        }
        for (event, watched) in watched {
            self.arrange_watched(tenant, event, watched, batch);
        }
    }

    fn arrange_addressed(
        &mut self,
        tenant: TenantId,
        event: EngagementEvent,
        audience: Audience,
        batch: &mut Batch,
    ) {
        let id = self.next_event_id(tenant);
        let topics: Vec<_> = match &audience {
            Audience::Users(users) => users.iter().map(|user| Topic::User(tenant, user.clone())).collect(),
            Audience::Organization | Audience::Watchers(_) => vec![Topic::Organization(tenant)],
        };
        if self.order(tenant).durable_sessions > 0 {
            batch.writes.push(Write::PutEvent(event_record(tenant, id, &event, audience)));
        }
        let publication = Publication::new(Stamp::Event(id), Box::new(EventNotice { event, id }));
        batch.announcements.event(topics, &publication);
    }

    /// An event for those who watch for it; it is not made when nobody does.
    fn arrange_watched(
        &mut self,
        tenant: TenantId,
        event: EngagementEvent,
        watched: Watched,
        batch: &mut Batch,
    ) {
        if !self.is_watched(tenant, &watched, batch) {
            return;
        }
        let id = self.next_event_id(tenant);
        let topics = watched.keys().map(|key| Topic::Watch(tenant, key));
        let catalog_event = watched.event;
        let durable = batch.touched.count(tenant, &self.parts.sessions).durable;
        let record = (durable > 0).then(|| event_record(tenant, id, &event, Audience::Watchers(watched)));
        batch.writes.extend(record.map(Write::PutEvent));
        let notice = Box::new(EventNotice { event, id });
        let publication = Publication::watched(Stamp::Event(id), catalog_event, notice);
        batch.announcements.event(topics, &publication);
    }

    /// What others than those whom an event is addressed to hear of it: something of each of its users, or of nobody in
    /// particular.
    fn third_party_forms(
        &self,
        tenant: TenantId,
        event: &EngagementEvent,
        audience: &Audience,
        batch: &Batch,
    ) -> Vec<(EngagementEvent, Watched)> {
        // Most organizations have no subscriptions, and most events come here.
        if batch.touched.count(tenant, &self.parts.sessions).all == 0 {
            return Vec::new();
        }
        let Some((catalog_event, form)) = event.third_party_form() else { return Vec::new() };
        let watched = |resource| (form.clone(), Watched { event: catalog_event, resource });
        match audience {
            Audience::Users(users) => {
                users.iter().map(|user| watched(Some(Resource::User(user.clone())))).collect()
            }
            Audience::Organization => vec![watched(None)],
            Audience::Watchers(_) => Vec::new(),
        }
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
