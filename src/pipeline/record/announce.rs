//! What is said once a batch was committed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Published, RecorderParts};
use crate::broker::{Publication, SessionSpec, Topic};
use crate::domain::ids::TenantId;
use crate::domain::order::Position;
use crate::pipeline::lane::Live;

/// What is to be said, gathered while a batch is arranged.
#[derive(Default)]
pub(super) struct Announcements {
    /// What streaming sessions hear, and when they begin to: in one order, since a session follows several topics.
    events: Vec<Announcement>,
    /// What sockets hear: by topic, since a socket follows one, and a topic's share of the batch is one write.
    activities: HashMap<Topic, Vec<Arc<Publication>>>,
    heard: Vec<(Arc<Live>, i64)>,
    reached: HashMap<TenantId, Position>,
}

enum Announcement {
    Publish(Topic, Arc<Publication>),
    OpenSession(Box<SessionSpec>),
}

impl Announcements {
    /// An activity is heard on a topic.
    pub(super) fn activity(&mut self, topic: Topic, publication: Arc<Publication>) {
        self.activities.entry(topic).or_default().push(publication);
    }

    /// A conversation's readers are given this `eventId`.
    pub(super) fn heard(&mut self, conversation: Arc<Live>, event_id: i64) {
        self.heard.push((conversation, event_id));
    }

    /// An organization has come to this position.
    pub(super) fn reached(&mut self, tenant: TenantId, position: Position) {
        self.reached.insert(tenant, position);
    }

    /// An engagement event is heard on a topic.
    pub(super) fn event(&mut self, topic: Topic, publication: Arc<Publication>) {
        self.events.push(Announcement::Publish(topic, publication));
    }

    /// A session hears what is announced after this.
    pub(super) fn open_session(&mut self, spec: Box<SessionSpec>) {
        self.events.push(Announcement::OpenSession(spec));
    }

    /// Says it all. The position is moved before anybody is told: a reader that attaches while this goes on then takes
    /// what it hears up to that position for what it was told already, and misses nothing.
    pub(super) fn make(self, parts: &RecorderParts, published: &Published) {
        // Heads before positions: a snapshot's heads may be newer than its cursor, which follows them, and never older.
        for (conversation, event_id) in self.heard {
            conversation.set_published_event(event_id);
        }
        for (tenant, position) in self.reached {
            published.0.entry(tenant).or_default().store(position.0, Ordering::Release);
        }
        for (topic, batch) in &self.activities {
            parts.topics.publish(topic, batch);
        }
        for announcement in self.events {
            match announcement {
                Announcement::Publish(topic, publication) => parts.topics.publish(&topic, &[publication]),
                Announcement::OpenSession(spec) => parts.sessions.create(*spec),
            }
        }
    }
}
