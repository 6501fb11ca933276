//! What is said once a batch was committed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::answer::Answer;
use super::{Opening, Published, RecorderParts};
use crate::broker::{Batch, Followed, FollowedKey, Held, Publication, SessionHead, Topic, Topics};
use crate::domain::ids::TenantId;
use crate::domain::order::Position;
use crate::domain::subscription::{Subscription, SubscriptionId};
use crate::pipeline::lane::Live;

/// What is to be said, gathered while a batch is arranged.
#[derive(Default)]
pub(super) struct Announcements {
    /// What streaming sessions hear, and when they begin to and end: in one order, since a session follows several
    /// topics.
    events: Vec<Announcement>,
    /// What sockets hear; a socket follows one topic.
    activities: Vec<Spoken>,
    heard: Vec<Heard>,
    reached: HashMap<TenantId, Position>,
}

/// What a conversation's readers are given.
struct Heard {
    conversation: Arc<Live>,
    event_id: i64,
    /// Where it stands, when it is kept and said to the customer.
    told: Option<Position>,
}

/// An activity on one of its topics.
struct Spoken {
    topic: Topic,
    publication: Arc<Publication>,
    work: WorkNo,
}

/// The place of a piece of work in its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WorkNo(pub(super) usize);

enum Announcement {
    Publish(Topic, Arc<Publication>),
    OpenSession(Box<Opening>),
    PutSubscription(SessionHead, Arc<Subscription>),
    EndSubscription(SessionHead, SubscriptionId),
}

impl Announcements {
    /// An activity is heard on a topic.
    pub(super) fn activity(&mut self, work: WorkNo, topic: Topic, publication: Arc<Publication>) {
        self.activities.push(Spoken { topic, publication, work });
    }

    /// A conversation's readers are given this `eventId`, which is at `told` when it is kept and said to the
    /// customer.
    pub(super) fn heard(&mut self, conversation: Arc<Live>, event_id: i64, told: Option<Position>) {
        self.heard.push(Heard { conversation, event_id, told });
    }

    /// An organization has come to this position.
    pub(super) fn reached(&mut self, tenant: TenantId, position: Position) {
        self.reached.insert(tenant, position);
    }

    /// An engagement event is heard on these topics.
    pub(super) fn event(&mut self, topics: impl IntoIterator<Item = Topic>, publication: &Arc<Publication>) {
        self.events.extend(topics.into_iter().map(|topic| Announcement::Publish(topic, publication.clone())));
    }

    /// A session hears what is announced after this.
    pub(super) fn open_session(&mut self, opening: Box<Opening>) {
        self.events.push(Announcement::OpenSession(opening));
    }

    /// A session hears what its subscription is for, of all that is announced after this.
    pub(super) fn put_subscription(&mut self, session: SessionHead, subscription: Arc<Subscription>) {
        self.events.push(Announcement::PutSubscription(session, subscription));
    }

    /// A session hears nothing by a subscription of what is announced after this.
    pub(super) fn end_subscription(&mut self, session: SessionHead, id: SubscriptionId) {
        self.events.push(Announcement::EndSubscription(session, id));
    }

    /// Says it all. The position is moved before anybody is told: a reader that attaches while this goes on then takes
    /// what it hears up to that position for what it was told already, and misses nothing.
    ///
    /// `answers` has one for each piece of work. Whoever is being told of the work shares it, and it is given when
    /// all of them have been. Tells how many sockets are told.
    pub(super) fn make(self, parts: &RecorderParts, published: &Published, answers: &[Arc<Answer>]) -> usize {
        // Heads before positions: a snapshot's heads may be newer than its cursor, which follows them, and never older.
        for Heard { conversation, event_id, told } in self.heard {
            conversation.set_published_event(event_id);
            if let Some(position) = told {
                conversation.takers.set_told(position);
            }
        }
        for (tenant, position) in self.reached {
            published.0.entry(tenant).or_default().store(position.0, Ordering::Release);
        }
        let told = speak(self.activities, &parts.topics, answers);
        report(self.events, parts);
        told
    }
}

/// Brings activities to sockets: a topic's share of them is one batch, and with it one write to each socket.
fn speak(activities: Vec<Spoken>, topics: &Topics, answers: &[Arc<Answer>]) -> usize {
    topics.count_published(activities.len());
    let mut shares: HashMap<FollowedKey, Share> = HashMap::new();
    for Spoken { topic, publication, work } in activities {
        if let Some(followed) = topics.followed(&topic) {
            let share = shares.entry(followed.key()).or_insert_with(|| Share::of(followed));
            share.publications.push(publication);
            share.held.extend(answers.get(work.0).map(|answer| Arc::clone(answer) as Held));
        }
    }
    let told = shares
        .into_values()
        .map(|Share { followed, publications, held }| followed.publish(&Batch::new(publications, held)));
    told.sum()
}

/// A topic's share of the activities, and the answers that wait for it.
struct Share {
    followed: Followed,
    publications: Vec<Arc<Publication>>,
    held: Vec<Held>,
}

impl Share {
    fn of(followed: Followed) -> Self {
        Self { followed, publications: Vec::new(), held: Vec::new() }
    }
}

/// Brings engagement events to streaming sessions, opens sessions and changes what they have subscribed to, in
/// order. What follows one another on a topic is one batch.
fn report(events: Vec<Announcement>, parts: &RecorderParts) {
    let mut events = events.into_iter().peekable();
    while let Some(announcement) = events.next() {
        match announcement {
            Announcement::OpenSession(opening) => {
                let Opening { spec, place } = *opening;
                parts.sessions.create(spec);
                // The session has it now.
                drop(place);
            }
            Announcement::PutSubscription(session, subscription) => {
                parts.sessions.put_subscription(session.tenant, &session.id, subscription);
            }
            Announcement::EndSubscription(session, id) => {
                parts.sessions.end_subscription(session.tenant, &session.id, &id);
            }
            Announcement::Publish(topic, first) => {
                let mut publications = vec![first];
                while let Some(next) = events.next_if(|next| next.is_on(&topic)) {
                    publications.extend(next.publication());
                }
                parts.topics.count_published(publications.len());
                if let Some(followed) = parts.topics.followed(&topic) {
                    followed.publish_at_once(&Batch::new(publications, Vec::new()));
                }
            }
        }
    }
}

impl Announcement {
    fn is_on(&self, topic: &Topic) -> bool {
        matches!(self, Self::Publish(other, _) if other == topic)
    }

    fn publication(self) -> Option<Arc<Publication>> {
        match self {
            Self::Publish(_, publication) => Some(publication),
            Self::OpenSession(_) | Self::PutSubscription(..) | Self::EndSubscription(..) => None,
        }
    }
}
