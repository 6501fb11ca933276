//! The task behind the recorder: arranging work into one commit, committing, and saying what came of it.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::announce::{Announcements, WorkNo};
use super::answer::Answer;
use super::ended::Ended;
use super::gathering::Gathering;
use super::subscribing::Touched;
use super::{Job, PendingActivity, Published, RecorderParts, Step, Work};
use crate::broker::{Acknowledgement, Publication, Side, Stamp, Topic};
use crate::domain::clock::Clock;
use crate::domain::conversation::Conversation;
use crate::domain::delivery::DeliveryNo;
use crate::domain::ids::TenantId;
use crate::domain::integration::IntegrationType;
use crate::domain::order::{EventId, Position};
use crate::pipeline::cursor::Cursor;
use crate::pipeline::deliveries::Outgoing;
use crate::pipeline::encode::{ActivityNotice, as_echo};
use crate::pipeline::lane::Live;
use crate::pipeline::session_record::session_record;
use crate::store::{ActivityRecord, StoreError, Write};

/// At most so many pieces of work share a commit: enough to share the cost of a sync, few enough that the first
/// of them does not wait long for the last.
const MAX_BATCH: usize = 1024;

/// How far an organization has come, as the recorder counts it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Order {
    pub(super) position: Position,
    pub(super) event: EventId,
    /// Sessions that require acknowledgement: while there are any, events are kept for them.
    pub(super) durable_sessions: usize,
}

/// The recorder at work.
pub(super) struct Task {
    pub(super) parts: RecorderParts,
    pub(super) tenants: HashMap<TenantId, Order>,
    /// Of batches that were kept and announced.
    pub(super) ended: Ended,
    /// The number that the last delivery was given; those of a commit that failed are nobody's.
    pub(super) newest_delivery: DeliveryNo,
    published: Arc<Published>,
    gathering: Gathering,
}

/// What one commit carries, and what follows it.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) writes: Vec<Write>,
    heads: Vec<(Arc<Live>, Box<Conversation>)>,
    pub(super) announcements: Announcements,
    pub(super) touched: Touched,
    /// What goes to webhooks once all else is told.
    pub(super) outgoing: Vec<Outgoing>,
}

/// Answers the work that was built on heads that could not be kept, and gives back the rest.
fn refuse_unfounded(jobs: Vec<Job>) -> Vec<Job> {
    let is_founded =
        |job: &Job| job.work.built_on.as_ref().is_none_or(|(live, epoch)| live.epoch() == *epoch);
    let (founded, unfounded): (Vec<_>, Vec<_>) = jobs.into_iter().partition(is_founded);
    for job in unfounded {
        let reason = StoreError::Failed("what this was built on could not be kept".to_owned());
        drop(job.done.send(Err(reason)));
    }
    founded
}

impl Task {
    /// No work done yet; `tenants` is how far each organization has come, `ended` what sessions have of versions.
    pub(super) fn new(
        parts: RecorderParts,
        tenants: HashMap<TenantId, Order>,
        ended: Ended,
        newest_delivery: DeliveryNo,
        published: Arc<Published>,
    ) -> Self {
        Self { parts, tenants, ended, newest_delivery, published, gathering: Gathering::default() }
    }

    /// Works until the last handle is gone.
    pub(super) async fn run(mut self, mut waiting: mpsc::UnboundedReceiver<Job>) {
        let mut jobs = Vec::new();
        while waiting.recv_many(&mut jobs, MAX_BATCH).await > 0 {
            self.gathering.complete(&mut jobs, &mut waiting, MAX_BATCH).await;
            let gathered = jobs.len();
            let told = self.record(std::mem::take(&mut jobs)).await;
            self.gathering.learn(gathered, told);
        }
    }

    /// Tells how many sockets were told of it.
    async fn record(&mut self, jobs: Vec<Job>) -> usize {
        let jobs = refuse_unfounded(jobs);
        // Positions that a failed commit was given are taken back, so that none is missing.
        let before: Vec<_> = jobs.iter().map(|job| (job.work.tenant, self.order(job.work.tenant))).collect();
        let mut batch = Batch::default();
        let mut done = Vec::with_capacity(jobs.len());
        for (number, job) in jobs.into_iter().enumerate() {
            self.arrange(WorkNo(number), job.work, &mut batch);
            done.push(job.done);
        }
        let outcome =
            if batch.writes.is_empty() { Ok(()) } else { self.parts.store.commit(batch.writes).await };
        match outcome {
            Ok(()) => {
                for (live, head) in batch.heads {
                    self.parts.conversations.head_kept(&live, *head);
                }
                self.ended.merge(batch.touched.ended);
                let answers: Vec<_> = done.into_iter().map(|done| Arc::new(Answer::new(done))).collect();
                let told = batch.announcements.make(&self.parts, &self.published, &answers);
                if !batch.outgoing.is_empty() {
                    self.parts.outgoing.take(batch.outgoing);
                }
                told
            }
            Err(error) => {
                tracing::error!(%error, requests = done.len(), "commit failed");
                self.tenants.extend(before);
                for (live, _) in batch.heads {
                    self.parts.conversations.head_lost(&live);
                }
                // Before the answers: the places of sessions that were not made are free when somebody tries again.
                drop(batch.announcements);
                for done in done {
                    // Whoever asked may have gone away.
                    drop(done.send(Err(error.clone())));
                }
                0
            }
        }
    }

    pub(super) fn order(&self, tenant: TenantId) -> Order {
        self.tenants.get(&tenant).copied().unwrap_or_default()
    }

    fn arrange(&mut self, number: WorkNo, work: Work, batch: &mut Batch) {
        let tenant = work.tenant;
        for step in work.steps {
            match step {
                Step::Activity(activity) => self.arrange_activity(number, tenant, *activity, batch),
                Step::Event(event, audience) => self.arrange_event(tenant, event, audience, batch),
                Step::Head(live, head) => {
                    batch.writes.push(Write::PutConversation(Conversation::clone(&head)));
                    batch.heads.push((live, head));
                }
                Step::Keep(write) => batch.writes.push(*write),
                Step::Deliver(delivery) => self.arrange_delivery(*delivery, batch),
                Step::OpenSession(opening) => {
                    let order = self.tenants.entry(tenant).or_default();
                    if opening.spec.acknowledgement == Acknowledgement::Required {
                        order.durable_sessions += 1;
                        batch.writes.push(Write::PutSession(session_record(&opening.spec, order.event)));
                    }
                    batch.announcements.open_session(opening);
                }
                Step::ForgetSession(id) => {
                    self.ended.forget(id);
                    batch.touched.ended.forget(id);
                    let order = self.tenants.entry(tenant).or_default();
                    order.durable_sessions = order.durable_sessions.saturating_sub(1);
                    batch.writes.push(Write::DeleteSession(id));
                }
                Step::Subscribe(ask) => self.arrange_subscribe(*ask, batch),
                Step::Unsubscribe(ask) => self.arrange_unsubscribe(*ask, batch),
            }
        }
    }

    fn arrange_activity(
        &mut self,
        number: WorkNo,
        tenant: TenantId,
        activity: PendingActivity,
        batch: &mut Batch,
    ) {
        let order = self.tenants.entry(tenant).or_default();
        let stamp = if activity.kept {
            order.position = order.position.next();
            batch.writes.push(Write::PutActivity(activity_record(
                tenant,
                order.position,
                &activity,
                &*self.parts.clock,
            )));
            batch.announcements.reached(tenant, order.position);
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
        let echo: Option<(_, Arc<str>)> =
            activity.echo.map(|sender| (sender, as_echo(&activity.body).into()));
        let told_again = echo.as_ref().map(|(_, body)| body.clone());
        let echo = echo.map(|(sender, body)| (sender, notice(body)));
        let conversation = activity.conversation.id;
        let is_told =
            activity.kept && activity.recipient.is_some_and(|(_, kind)| kind == IntegrationType::Customer);
        let told = is_told.then_some(order.position);
        batch.announcements.heard(activity.conversation.clone(), activity.event_id, told);
        let for_customer = self.for_customer(stamp, cursor, tenant, &activity);
        self.arrange_deliveries(&activity, told_again.as_ref(), batch);
        for side in activity.sides() {
            // The customer's side is one party, so that its echo is heard there as well. The business may be several.
            let heard = match (&echo, side) {
                (Some((_, echo)), Side::Customer) if activity.sender.1 == IntegrationType::Customer => echo,
                (_, Side::Customer) => for_customer.as_ref().unwrap_or(&publication),
                _ => &publication,
            };
            batch.announcements.activity(number, Topic::Conversation(conversation, side), heard.clone());
        }
        for integration in activity.also_to {
            batch.announcements.activity(number, Topic::Integration(integration), publication.clone());
        }
        if let Some((recipient, _)) = activity.recipient {
            let heard = for_customer.unwrap_or(publication);
            batch.announcements.activity(number, Topic::Integration(recipient), heard);
        }
        if let Some((sender, echo)) = echo {
            batch.announcements.activity(number, Topic::Integration(sender), echo);
        }
    }
}

impl Task {
    /// An activity as its customer's readers are given it, where that is not what all others are given.
    fn for_customer(
        &self,
        stamp: Stamp,
        cursor: Cursor,
        tenant: TenantId,
        activity: &PendingActivity,
    ) -> Option<Arc<Publication>> {
        if activity.unmasked.is_none() && !activity.is_awaited {
            return None;
        }
        let body = activity.unmasked.as_ref().unwrap_or(&activity.body).clone();
        let notice = Box::new(ActivityNotice { details: activity.details.clone(), body, cursor });
        if !activity.is_awaited {
            return Some(Publication::new(stamp, notice));
        }
        let ear = self.parts.fates.ear(tenant, activity.conversation.id, activity.event_id);
        Some(Publication::heard_by(ear, stamp, notice))
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
        body: activity.body.clone(),
    }
}
