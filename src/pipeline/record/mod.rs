//! The recorder: the one place where order is made. It takes finished work, gives positions and event ids in the
//! order of its queue, commits what must be kept, and publishes in that same order.
//! It must not know why the work was done.
//!
//! While one commit is under way the queue gathers the next, so a commit carries everything that waits for it.
//! Work that needs no commit still waits behind earlier work, and a request is answered after its work was
//! published: who was answered finds it in every session and on every socket.
//!
//! What follows a commit, or its failure, is done here and not by who asked: a client that hangs up meanwhile must
//! not leave memory and store apart.

mod announce;
mod answer;
mod deliveries;
mod ended;
mod events;
mod gathering;
mod subscribing;
mod task;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::DashMap;
use tokio::sync::{mpsc, oneshot};

use super::deliveries::{Hearer, TakeOutgoing};
use super::encode::ConversationDetails;
use super::fates::Fates;
use super::lane::{Conversations, Epoch, Live};
use crate::broker::{Place, SessionSpec, Sessions, Side, Topics};
use crate::domain::clock::Clock;
use crate::domain::conversation::Conversation;
use crate::domain::delivery::{Delivery, DeliveryNo};
use crate::domain::engagement::{Audience, EngagementEvent};
use crate::domain::ids::{IntegrationId, SessionId, TenantId};
use crate::domain::integration::IntegrationType;
use crate::domain::order::Position;
use crate::store::{SessionRecord, Store, StoreError, TenantOrder, Write};

use ended::Ended;
pub use subscribing::Put;
pub(super) use subscribing::{Subscribing, Unsubscribing};
use task::{Order, Task};

/// A piece of work: kept as a whole or not at all, and published in the order of its steps.
pub(super) struct Work {
    tenant: TenantId,
    built_on: Option<(Arc<Live>, Epoch)>,
    steps: Vec<Step>,
}

impl Work {
    /// Work that is done whatever became of earlier work.
    pub(super) fn new(tenant: TenantId, steps: Vec<Step>) -> Self {
        Self { tenant, built_on: None, steps }
    }

    /// Work that was made in a conversation's lane, which the caller is still in. It is refused when what it was built
    /// on could not be kept.
    pub(super) fn in_lane(live: &Arc<Live>, steps: Vec<Step>) -> Self {
        Self { tenant: live.tenant, built_on: Some((live.clone(), live.epoch())), steps }
    }
}

/// One step of a piece of work.
pub(super) enum Step {
    /// An activity is heard, and kept when it says so.
    Activity(Box<PendingActivity>),
    /// An engagement event is heard.
    Event(EngagementEvent, Audience),
    /// A conversation's head is kept; until then it can be taken back.
    Head(Arc<Live>, Box<Conversation>),
    /// Something is kept.
    Keep(Box<Write>),
    /// Something goes to a webhook.
    Deliver(Box<Delivery>),
    /// A streaming session begins to hear.
    OpenSession(Box<Opening>),
    /// A streaming session that required acknowledgement is forgotten.
    ForgetSession(SessionId),
    /// A subscription is put in force.
    Subscribe(Box<Subscribing>),
    /// A subscription is ended.
    Unsubscribe(Box<Unsubscribing>),
}

impl Step {
    /// Something is kept.
    pub(super) fn keep(write: Write) -> Self {
        Self::Keep(Box::new(write))
    }
}

/// A session that is about to be made, and its place, which is free again if it is not.
pub(super) struct Opening {
    /// The session.
    pub spec: SessionSpec,
    /// Its place.
    pub place: Place,
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
    /// Integrations of the business that hear it beside the recipient, where it is not kept: who comes later hears
    /// only what was kept for the recipient.
    pub also_to: Vec<IntegrationId>,
    /// Who hears it again as an echo.
    pub echo: Option<IntegrationId>,
    /// The webhooks that hear it.
    pub hearers: Vec<Hearer>,
    /// Whether it is kept.
    pub kept: bool,
    /// It as the customer hears it now, where that is not what is kept.
    pub unmasked: Option<Arc<str>>,
    /// Whether somebody waits to hear its fate.
    pub is_awaited: bool,
    /// The activity in the platform's common JSON format.
    pub body: Arc<str>,
}

impl PendingActivity {
    /// The sides of the conversation that see it: the business's sees all; the customer's what it says or is told.
    fn sides(&self) -> impl Iterator<Item = Side> + use<> {
        let is_customer = |party: (IntegrationId, IntegrationType)| party.1 == IntegrationType::Customer;
        let concerns_customer = is_customer(self.sender) || self.recipient.is_some_and(is_customer);
        concerns_customer.then_some(Side::Customer).into_iter().chain([Side::Business])
    }
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
    /// Deliveries are numbered on from `newest_delivery`. `durable_sessions` are the sessions that require acknowledgement. They may know of newer events than any that
    /// is kept: ids are given to what is kept for nobody as well. Ids go on from the newest known.
    pub(super) fn start(
        parts: RecorderParts,
        orders: &[TenantOrder],
        durable_sessions: &[SessionRecord],
        newest_delivery: DeliveryNo,
    ) -> Self {
        let mut tenants: HashMap<TenantId, Order> = orders
            .iter()
            .map(|order| {
                let at = Order { position: order.position, event: order.event, durable_sessions: 0 };
                (order.tenant, at)
            })
            .collect();
        for session in durable_sessions {
            let order = tenants.entry(session.tenant).or_default();
            order.durable_sessions += 1;
            order.event = order.event.max(session.newest_known());
        }
        let published = Published::default();
        for (tenant, order) in &tenants {
            published.0.insert(*tenant, AtomicU64::new(order.position.0));
        }
        let published = Arc::new(published);
        // Unbounded because each piece belongs to a request or a socket that has no other under way, and what one
        // that hung up has left here is a single piece.
        let (queue, waiting) = mpsc::unbounded_channel();
        let ended = Ended::of(durable_sessions);
        let task = Task::new(parts, tenants, ended, newest_delivery, published.clone());
        tokio::spawn(task.run(waiting));
        Self { queue, published }
    }

    /// Puts work into the queue at once; what is put in first is done first, whether or not the answer is awaited.
    pub(super) fn submit(&self, work: Work) -> Done {
        let (done, answer) = oneshot::channel();
        // A recorder that is gone drops the job, and with it `done`: the caller reads that as a closed store.
        drop(self.queue.send(Job { work, done }));
        answer
    }

    /// Does work and waits until it is kept and published.
    pub(super) async fn record(&self, tenant: TenantId, steps: Vec<Step>) -> Result<(), StoreError> {
        kept(self.submit(Work::new(tenant, steps))).await
    }

    /// Waits until all work is done that is in the queue now; `tenant` is any that there is.
    pub(super) async fn catch_up(&self, tenant: TenantId) -> Result<(), StoreError> {
        self.record(tenant, Vec::new()).await
    }

    /// Waits until all work is done that is in the queue now, whoever's it is.
    pub(super) async fn settle(&self) -> Result<(), StoreError> {
        // No work is nobody's: the id names no organization.
        self.catch_up(TenantId::default()).await
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
    /// Learns which heads were kept and which were not.
    pub conversations: Arc<Conversations>,
    /// Fans out.
    pub topics: Topics,
    /// Holds streaming sessions.
    pub sessions: Arc<Sessions>,
    /// Takes what goes to webhooks.
    pub outgoing: Arc<dyn TakeOutgoing>,
    /// Hears when a customer's side has taken what somebody waits for.
    pub fates: Fates,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}
