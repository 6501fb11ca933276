//! The recorder: the one place where order is made. It takes finished work, gives positions and event ids in the
//! order of its queue, commits what must be kept, and publishes in that same order.
//! It must not know why the work was done.
//!
//! While one commit is under way the queue gathers the next, so a commit carries everything that waits for it.
//! Work that needs no commit still waits behind earlier work, and a request is answered after its work was
//! published: who was answered finds it in every session and on every socket.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::DashMap;
use tokio::sync::{mpsc, oneshot};

use super::cursor::Cursor;
use super::encode::{ActivityNotice, ConversationDetails, EventNotice, as_echo};
use super::lane::Live;
use crate::broker::{Acknowledgement, Publication, SessionSpec, Sessions, Side, Stamp, Topic, Topics};
use crate::domain::clock::Clock;
use crate::domain::engagement::{Audience, EngagementEvent};
use crate::domain::ids::{IntegrationId, SessionId, TenantId};
use crate::domain::integration::IntegrationType;
use crate::domain::order::{EventId, Position};
use crate::store::{ActivityRecord, EventRecord, SessionRecord, Store, StoreError, TenantOrder, Write};

/// At most so many pieces of work share a commit: enough to share the cost of a sync, few enough that the first
/// of them does not wait long for the last.
const MAX_BATCH: usize = 1024;

/// A piece of work: kept as a whole or not at all, and published in the order of its steps.
pub(super) struct Work {
    /// Whose it is.
    pub tenant: TenantId,
    /// What is to be done, in order.
    pub steps: Vec<Step>,
}

/// One step of a piece of work.
pub(super) enum Step {
    /// An activity is heard, and kept when it says so.
    Activity(Box<PendingActivity>),
    /// An engagement event is heard.
    Event(EngagementEvent, Audience),
    /// Something is kept.
    Keep(Write),
    /// A streaming session begins to hear.
    OpenSession(Box<SessionSpec>),
    /// A streaming session that required acknowledgement is forgotten.
    ForgetSession(SessionId),
}

/// An activity on its way to its readers.
pub(super) struct PendingActivity {
    /// Where it was said.
    pub conversation: Arc<Live>,
    /// What surrounds it in payloads.
    pub details: ConversationDetails,
    /// Its place in the conversation.
    pub event_id: i64,
    /// Whom it comes from.
    pub sender: (IntegrationId, IntegrationType),
    /// Whom it goes to.
    pub recipient: Option<(IntegrationId, IntegrationType)>,
    /// Who hears it again as an echo.
    pub echo: Option<IntegrationId>,
    /// Whether it is kept.
    pub kept: bool,
    /// The activity in the platform's common JSON format.
    pub body: Arc<str>,
}

/// How far an organization has come, as the recorder counts it.
#[derive(Clone, Copy, Debug, Default)]
struct Order {
    position: Position,
    event: EventId,
    /// Sessions that require acknowledgement: while there are any, events are kept for them.
    durable_sessions: usize,
}

struct Job {
    work: Work,
    done: oneshot::Sender<Result<(), StoreError>>,
}

/// Takes work for the recorder.
#[derive(Clone)]
pub(super) struct Recorder {
    queue: mpsc::UnboundedSender<Job>,
    published: Arc<Published>,
}

/// How far each organization has been published.
#[derive(Default)]
struct Published(DashMap<TenantId, AtomicU64>);

/// The answer to a piece of work.
pub(super) type Done = oneshot::Receiver<Result<(), StoreError>>;

/// Waits until a piece of work is kept and published. A recorder that is gone keeps nothing.
pub(super) async fn kept(done: Done) -> Result<(), StoreError> {
    done.await.unwrap_or(Err(StoreError::Closed))
}

impl Recorder {
    /// Starts the recorder, which ends when the last clone of its handle is gone and all work is done.
    ///
    /// `durable_sessions` names the tenant of each session that requires acknowledgement.
    pub(super) fn start(
        parts: RecorderParts,
        orders: &[TenantOrder],
        durable_sessions: impl IntoIterator<Item = TenantId>,
    ) -> Self {
        let mut tenants: HashMap<TenantId, Order> = orders
            .iter()
            .map(|order| {
                let at = Order { position: order.position, event: order.event, durable_sessions: 0 };
                (order.tenant, at)
            })
            .collect();
        for tenant in durable_sessions {
            tenants.entry(tenant).or_default().durable_sessions += 1;
        }
        let published = Published::default();
        for (tenant, order) in &tenants {
            published.0.insert(*tenant, AtomicU64::new(order.position.0));
        }
        let published = Arc::new(published);
        // Unbounded because each piece is awaited by a request or a socket, and their number is bounded.
        let (queue, waiting) = mpsc::unbounded_channel();
        let task = Task { parts, tenants, published: published.clone() };
        tokio::spawn(task.run(waiting));
        Self { queue, published }
    }

    /// Puts work into the queue at once; what is put in first is done first.
    pub(super) fn submit(&self, tenant: TenantId, steps: Vec<Step>) -> Done {
        let (done, answer) = oneshot::channel();
        // A recorder that is gone drops the job, and with it `done`: the caller reads that as a closed store.
        drop(self.queue.send(Job { work: Work { tenant, steps }, done }));
        answer
    }

    /// Does work and waits until it is kept and published.
    pub(super) async fn record(&self, tenant: TenantId, steps: Vec<Step>) -> Result<(), StoreError> {
        kept(self.submit(tenant, steps)).await
    }

    /// The position up to which an organization has been published, or is being published right now.
    pub(super) fn published(&self, tenant: TenantId) -> Position {
        Position(self.published.0.get(&tenant).map_or(0, |at| at.load(Ordering::Acquire)))
    }
}

/// What the recorder works with.
pub(super) struct RecorderParts {
    /// Keeps.
    pub store: Arc<dyn Store>,
    /// Fans out.
    pub topics: Topics,
    /// Holds streaming sessions.
    pub sessions: Arc<Sessions>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

struct Task {
    parts: RecorderParts,
    tenants: HashMap<TenantId, Order>,
    published: Arc<Published>,
}

/// What is to be said once a batch was committed.
#[derive(Default)]
struct Announcements {
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

impl Task {
    async fn run(mut self, mut waiting: mpsc::UnboundedReceiver<Job>) {
        let mut jobs = Vec::new();
        while waiting.recv_many(&mut jobs, MAX_BATCH).await > 0 {
            self.record(std::mem::take(&mut jobs)).await;
        }
    }

    async fn record(&mut self, jobs: Vec<Job>) {
        // Positions that a failed commit was given are taken back, so that none is missing.
        let before: Vec<_> = jobs.iter().map(|job| (job.work.tenant, self.order(job.work.tenant))).collect();
        let mut writes = Vec::new();
        let mut announcements = Announcements::default();
        let mut answers = Vec::with_capacity(jobs.len());
        for Job { work, done } in jobs {
            self.arrange(work, &mut writes, &mut announcements);
            answers.push(done);
        }
        let outcome = if writes.is_empty() { Ok(()) } else { self.parts.store.commit(writes).await };
        match &outcome {
            Ok(()) => self.announce(announcements),
            Err(error) => {
                tracing::error!(%error, requests = answers.len(), "commit failed");
                self.tenants.extend(before);
            }
        }
        for done in answers {
            // Whoever asked may have gone away; the work is done all the same.
            drop(done.send(outcome.clone()));
        }
    }

    fn order(&self, tenant: TenantId) -> Order {
        self.tenants.get(&tenant).copied().unwrap_or_default()
    }

    fn arrange(&mut self, work: Work, writes: &mut Vec<Write>, announcements: &mut Announcements) {
        let tenant = work.tenant;
        for step in work.steps {
            match step {
                Step::Activity(activity) => self.arrange_activity(tenant, *activity, writes, announcements),
                Step::Event(event, audience) => {
                    self.arrange_event(tenant, event, audience, writes, announcements);
                }
                Step::Keep(write) => writes.push(write),
                Step::OpenSession(spec) => {
                    let order = self.tenants.entry(tenant).or_default();
                    if spec.acknowledgement == Acknowledgement::Required {
                        order.durable_sessions += 1;
                        writes.push(Write::PutSession(session_record(&spec, order.event)));
                    }
                    announcements.events.push(Announcement::OpenSession(spec));
                }
                Step::ForgetSession(id) => {
                    let order = self.tenants.entry(tenant).or_default();
                    order.durable_sessions = order.durable_sessions.saturating_sub(1);
                    writes.push(Write::DeleteSession(id));
                }
            }
        }
    }

    fn arrange_activity(
        &mut self,
        tenant: TenantId,
        activity: PendingActivity,
        writes: &mut Vec<Write>,
        announcements: &mut Announcements,
    ) {
        let order = self.tenants.entry(tenant).or_default();
        let stamp = if activity.kept {
            order.position = order.position.next();
            writes.push(Write::PutActivity(activity_record(
                tenant,
                order.position,
                &activity,
                &*self.parts.clock,
            )));
            announcements.reached.insert(tenant, order.position);
            Stamp::Activity { position: order.position }
        } else {
            Stamp::Transient { position: order.position }
        };
        let cursor = Cursor { store: self.parts.store.identity(), position: order.position };
        let notice = |body: Arc<str>| {
            let details = activity.details.clone();
            Publication::new(stamp, Box::new(ActivityNotice { details, body, cursor }))
        };
        let publication = notice(activity.body.clone());
        let conversation = activity.conversation.id;
        announcements.heard.push((activity.conversation.clone(), activity.event_id));
        for side in [Side::Customer, Side::Business] {
            announcements.activity(Topic::Conversation(conversation, side), publication.clone());
        }
        if let Some((recipient, _)) = activity.recipient {
            announcements.activity(Topic::Integration(recipient), publication);
        }
        if let Some(sender) = activity.echo {
            announcements.activity(Topic::Integration(sender), notice(as_echo(&activity.body).into()));
        }
    }

    fn arrange_event(
        &mut self,
        tenant: TenantId,
        event: EngagementEvent,
        audience: Audience,
        writes: &mut Vec<Write>,
        announcements: &mut Announcements,
    ) {
        let order = self.tenants.entry(tenant).or_default();
        let id = order.event.after(self.parts.clock.now().0);
        order.event = id;
        if order.durable_sessions > 0 {
            writes.push(Write::PutEvent(event_record(tenant, id, &event, &audience)));
        }
        let publication = Publication::new(Stamp::Event(id), Box::new(EventNotice { event, id }));
        match audience {
            Audience::Organization => announcements.event(Topic::Organization(tenant), publication),
            Audience::Users(users) => {
                for user in users {
                    announcements.event(Topic::User(tenant, user), publication.clone());
                }
            }
        }
    }

    /// Says what was committed. The position is moved before anything is said: a reader that attaches while this
    /// goes on then takes what it hears up to that position for what it was told already, and misses nothing.
    fn announce(&self, announcements: Announcements) {
        for (tenant, position) in announcements.reached {
            let at = self.published.0.entry(tenant).or_default();
            at.store(position.0, Ordering::Release);
        }
        for (conversation, event_id) in announcements.heard {
            conversation.set_published_event(event_id);
        }
        for (topic, batch) in &announcements.activities {
            self.parts.topics.publish(topic, batch);
        }
        for announcement in announcements.events {
            match announcement {
                Announcement::Publish(topic, publication) => {
                    self.parts.topics.publish(&topic, &[publication]);
                }
                Announcement::OpenSession(spec) => self.parts.sessions.create(*spec),
            }
        }
    }
}

impl Announcements {
    fn activity(&mut self, topic: Topic, publication: Arc<Publication>) {
        self.activities.entry(topic).or_default().push(publication);
    }

    fn event(&mut self, topic: Topic, publication: Arc<Publication>) {
        self.events.push(Announcement::Publish(topic, publication));
    }
}

fn activity_record(
    tenant: TenantId,
    position: Position,
    activity: &PendingActivity,
    clock: &dyn Clock,
) -> ActivityRecord {
    ActivityRecord {
        tenant,
        position,
        conversation: activity.conversation.id,
        event_id: activity.event_id,
        sender: activity.sender.0,
        sender_kind: activity.sender.1,
        recipient: activity.recipient.map(|(id, _)| id),
        recipient_kind: activity.recipient.map(|(_, kind)| kind),
        echo: activity.echo,
        taken: clock.now(),
        body: activity.body.to_string(),
    }
}

fn event_record(tenant: TenantId, id: EventId, event: &EngagementEvent, audience: &Audience) -> EventRecord {
    let audience = match audience {
        Audience::Organization => None,
        Audience::Users(users) => Some(users.clone()),
    };
    let body =
        serde_json::to_string(event).expect("an event is texts and a number, which JSON can always say");
    EventRecord { tenant, id, audience, body }
}

fn session_record(spec: &SessionSpec, after: EventId) -> SessionRecord {
    SessionRecord {
        id: spec.id,
        tenant: spec.tenant,
        user: spec.user.clone(),
        version: super::streaming::version_of(spec.format),
        inactivity_seconds: u32::try_from(spec.inactivity.as_secs()).unwrap_or(u32::MAX),
        created: spec.created,
        after,
        acknowledged: Vec::new(),
    }
}
