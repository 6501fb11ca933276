//! One errand: a call is made, and what became of it is kept and told. It must not know what else is to be sent.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use uuid::Uuid;

use super::body::body;
use super::call::{Call, Outcome, Post};
use super::notice::{GivenUp, HearSettled, Reason, TellOperators, Unsent};
use super::retries::Chance;
use super::schedule::LineKey;
use super::settings::{AGAIN_AFTER, WebhookSettings};
use super::target::Target;
use crate::domain::clock::{Clock, Millis};
use crate::domain::delivery::{Attempt, Delivery, DeliveryNo, DeliveryStatus, Endpoint, Progress};
use crate::domain::ids::DeliveryId;
use crate::store::{DeliveryRecord, LeftAlone, StoppedEndpoint, Store, StoreError, Write};

/// What errands are done with.
pub(super) struct Errands {
    pub(super) settings: WebhookSettings,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) post: Arc<dyn Post>,
    pub(super) operators: Arc<dyn TellOperators>,
    pub(super) settled: Arc<dyn HearSettled>,
}

/// What an errand came to.
pub(super) struct Done {
    pub(super) line: LineKey,
    pub(super) outcome: Vec<(DeliveryNo, Progress)>,
    /// The endpoint wants nothing any more, as it was set to at this moment.
    pub(super) stopped: Option<Millis>,
    /// The endpoint is to be left alone until this moment.
    pub(super) left_alone: Option<Millis>,
    /// What operators are still to be told.
    pub(super) given_up: Option<GivenUp>,
}

impl Errands {
    /// Sends deliveries of a line in one call. Whatever comes of it is kept when this ends.
    ///
    /// # Errors
    /// When the store is closed: nothing is known of the call then, and it is made again after the next start.
    pub(super) async fn send(
        &self,
        line: LineKey,
        target: Target,
        deliveries: Vec<DeliveryRecord>,
    ) -> Result<Done, StoreError> {
        let (at, configured) = (self.clock.now(), target.changed);
        let carried: Vec<_> = deliveries.iter().map(|record| &record.delivery).collect();
        let outcome = self.call(at, target, &carried).await;
        let ended = self.clock.now();
        let attempt = attempt(at, &outcome);
        let noted = self.noted(&deliveries, &outcome, &attempt, ended);
        let dead = deliveries.iter().zip(&noted).filter(|(_, (_, one))| one.status == DeliveryStatus::Dead);
        let dead: Vec<_> = dead.map(|(record, _)| record.delivery.id).collect();
        let given_up = (!dead.is_empty()).then(|| given_up(&line, dead, &outcome, (attempt, ended)));
        let stopped = outcome.is_gone().then_some(configured);
        if outcome.is_taken() {
            carried.iter().for_each(|delivery| self.settled.taken(delivery));
        }
        let left_alone = self.left_alone(&outcome, ended);
        let mut kept = self.kept_besides(&line, given_up.as_ref(), stopped);
        kept.extend(left_alone.map(|until| leave_alone(&line, until)));
        self.keep(&noted, kept).await?;
        self.tell_settled(&deliveries, &noted);
        Ok(Done { line, outcome: noted, stopped, left_alone, given_up })
    }

    /// What is kept of a call besides how far its deliveries have come.
    fn kept_besides(
        &self,
        line: &LineKey,
        given_up: Option<&GivenUp>,
        stopped: Option<Millis>,
    ) -> Vec<Write> {
        let mut kept: Vec<_> =
            given_up.into_iter().flat_map(|given_up| self.operators.kept(given_up)).collect();
        kept.extend(stopped.map(|configured| {
            let (tenant, endpoint) = (line.tenant, line.endpoint.clone());
            Write::StopEndpoint(StoppedEndpoint { tenant, endpoint, configured })
        }));
        kept
    }

    /// Tells operators what an errand has left to be told. It is kept, and whoever decides what is sent next has
    /// taken note of it: an operator may ask for a replay as soon as this is heard.
    pub(super) async fn tell(&self, given_up: GivenUp) {
        tracing::warn!(
            tenant = %given_up.tenant, conversation = %given_up.conversation, endpoint = %given_up.endpoint,
            deliveries = given_up.deliveries.len(), reason = ?given_up.reason, "deliveries were given up"
        );
        // Its line goes on also when that breaks down; the panic hook has told of it.
        let _ = AssertUnwindSafe(self.operators.tell(given_up)).catch_unwind().await;
    }

    /// How far deliveries have come by a call that has ended at a moment.
    fn noted(
        &self,
        deliveries: &[DeliveryRecord],
        outcome: &Outcome,
        attempt: &Attempt,
        ended: Millis,
    ) -> Vec<(DeliveryNo, Progress)> {
        // One for all: they go together again.
        let chance = chance();
        let progress = |record: &DeliveryRecord| {
            let mut progress = record.progress.clone();
            let tries = progress.tries.saturating_add(1);
            let next = self.settings.retries.next(tries, ended, outcome.retry_after, chance);
            let (status, next) = match next {
                _ if outcome.is_taken() => (DeliveryStatus::Delivered, None),
                Some(next) if !outcome.is_gone() => (DeliveryStatus::Pending, Some(next)),
                _ => (DeliveryStatus::Dead, None),
            };
            progress.note(attempt.clone(), status, next, self.settings.remembered_attempts);
            (record.number, progress)
        };
        deliveries.iter().map(progress).collect()
    }

    /// Sends something that nobody keeps, whatever comes of it. What is said of all that the endpoint may be sent is
    /// kept: `Retry-After`, and a 410, which is told as one that gives no delivery up.
    ///
    /// # Errors
    /// When the store is closed.
    pub(super) async fn send_passing(
        &self,
        line: LineKey,
        target: Target,
        delivery: Delivery,
    ) -> Result<Done, StoreError> {
        let (at, configured) = (self.clock.now(), target.changed);
        let outcome = self.call(at, target, &[&delivery]).await;
        tracing::trace!(endpoint = %line.endpoint, status = outcome.status, "a passing event was sent");
        let left_alone = self.left_alone(&outcome, self.clock.now());
        if !outcome.is_gone() {
            if let Some(until) = left_alone {
                self.keep(&[], vec![leave_alone(&line, until)]).await?;
            }
            return Ok(Done { line, outcome: Vec::new(), stopped: None, left_alone, given_up: None });
        }
        let last = (attempt(at, &outcome), self.clock.now());
        let (given_up, stopped) = (Some(given_up(&line, Vec::new(), &outcome, last)), Some(configured));
        self.keep(&[], self.kept_besides(&line, given_up.as_ref(), stopped)).await?;
        Ok(Done { line, outcome: Vec::new(), stopped, left_alone, given_up })
    }

    /// Gives deliveries up that cannot be sent, without a call.
    ///
    /// # Errors
    /// When the store is closed.
    pub(super) async fn give_up(
        &self,
        line: LineKey,
        why: Unsent,
        deliveries: Vec<DeliveryRecord>,
    ) -> Result<Done, StoreError> {
        let now = self.clock.now();
        let noted: Vec<_> = deliveries
            .iter()
            .map(|DeliveryRecord { number, progress, .. }| {
                let mut progress = progress.clone();
                let attempt = Attempt::new(now, None, Some(why.text().to_owned()), Duration::ZERO);
                progress.note(attempt, DeliveryStatus::Dead, None, self.settings.remembered_attempts);
                (*number, progress)
            })
            .collect();
        self.keep(&noted, Vec::new()).await?;
        tracing::debug!(
            tenant = %line.tenant, conversation = %line.conversation, endpoint = %line.endpoint,
            deliveries = deliveries.len(), ?why, "deliveries were given up without a call"
        );
        self.operators.count_unsent(why, deliveries.len());
        self.tell_settled(&deliveries, &noted);
        Ok(Done { line, outcome: noted, stopped: None, left_alone: None, given_up: None })
    }

    /// Who wants nothing any more is not called anyway.
    fn left_alone(&self, outcome: &Outcome, ended: Millis) -> Option<Millis> {
        let asked_for = outcome.retry_after.filter(|_| !outcome.is_gone());
        self.settings.retries.left_alone(ended, asked_for)
    }

    fn tell_settled(&self, deliveries: &[DeliveryRecord], noted: &[(DeliveryNo, Progress)]) {
        for (record, (_, progress)) in deliveries.iter().zip(noted) {
            self.settled.settled(&record.delivery, progress.status);
        }
    }

    /// Forgets that an endpoint is stopped.
    ///
    /// # Errors
    /// When the store is closed.
    pub(super) async fn go_on(&self, endpoint: Endpoint) -> Result<(), StoreError> {
        self.keep(&[], vec![Write::ResumeEndpoint(endpoint)]).await
    }

    async fn call(&self, at: Millis, target: Target, deliveries: &[&Delivery]) -> Outcome {
        let Some(first) = deliveries.first() else { return Outcome::default() };
        let call = Call {
            target,
            tenant: first.tenant,
            endpoint: first.endpoint.clone(),
            hub: first.hub,
            conversation: first.conversation,
            first: first.id,
            count: deliveries.len(),
            at,
            body: body(deliveries),
        };
        // A line whose errand breaks down would wait for ever; the panic hook has told of it.
        AssertUnwindSafe(self.post.post(call)).catch_unwind().await.unwrap_or_else(|_| Outcome {
            error: Some("the call broke down".to_owned()),
            ..Outcome::default()
        })
    }

    /// Keeps how far deliveries have come, however long the store fails: a call that was answered is not made again.
    async fn keep(&self, noted: &[(DeliveryNo, Progress)], also: Vec<Write>) -> Result<(), StoreError> {
        loop {
            let noted = noted.iter().map(|(number, progress)| Write::NoteDelivery(*number, progress.clone()));
            match self.store.commit(noted.chain(also.iter().cloned()).collect()).await {
                Err(StoreError::Failed(_)) => tokio::time::sleep(AGAIN_AFTER).await,
                kept => return kept,
            }
        }
    }
}

fn attempt(at: Millis, outcome: &Outcome) -> Attempt {
    let refused = || outcome.status.map(|status| format!("the endpoint answered with status {status}"));
    let error = if outcome.is_taken() { None } else { outcome.error.clone().or_else(refused) };
    Attempt::new(at, outcome.status, error, outcome.duration)
}

/// What is kept of the wish to be left alone: it is honoured after a restart too.
fn leave_alone(line: &LineKey, until: Millis) -> Write {
    Write::LeaveEndpointAlone(LeftAlone { tenant: line.tenant, endpoint: line.endpoint.clone(), until })
}

/// What operators are told of deliveries that are dead by a call which was not taken; `last` is the attempt, and when
/// it ended.
fn given_up(
    line: &LineKey,
    dead: Vec<DeliveryId>,
    outcome: &Outcome,
    (last, at): (Attempt, Millis),
) -> GivenUp {
    GivenUp {
        tenant: line.tenant,
        endpoint: line.endpoint.clone(),
        conversation: line.conversation,
        deliveries: dead,
        reason: if outcome.is_gone() { Reason::Stopped } else { Reason::Exhausted },
        last,
        at,
    }
}

fn chance() -> Chance {
    // The high half: the low one holds the version's mark.
    Chance(Uuid::new_v4().as_u64_pair().0)
}
