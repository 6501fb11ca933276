//! Hand-overs that were announced: kept with the heads of their conversations, and done when they are due, also when
//! the process has died meanwhile. It must not know who gets a conversation.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::Display;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};
use tokio::time::sleep;

use super::close::CLOSE_BATCH;
use super::engine::Engine;
use super::error::EngineError;
use super::keep_going::{keep_going_for, unbroken};
use super::lane::Lane;
use super::past::Past;
use super::record::{Done, Work, kept};
use super::submit::{CountdownEnd, Passage};
use super::waiting::COME_BACK;
use crate::domain::clock::Millis;
use crate::domain::conversation::{Conversation, ScheduledHandover, Wanted};
use crate::domain::directory::Team;
use crate::domain::ids::{ConversationId, TenantId};

/// When to look at which conversation, the earliest first.
///
/// What is due is said by the head alone: an entry whose hand-over was called off is looked at for nothing. So
/// nothing has to be taken out when a commit fails, and a conversation has as many entries as it was announced anew
/// within the longest countdown.
#[derive(Default)]
pub(super) struct Countdowns {
    /// A plain lock: it is held for one insertion, for taking a batch or for one look through, and across no await.
    entries: Mutex<BTreeSet<(Millis, TenantId, ConversationId)>>,
    /// Wakes who waits for the earliest entry when there is an earlier one.
    changed: Notify,
}

impl Countdowns {
    /// Takes note of what a head says.
    pub(super) fn note(&self, head: &Conversation) {
        if let Some(handover) = &head.scheduled {
            self.look_at(handover.due, head.tenant, head.id);
        }
    }

    fn look_at(&self, due: Millis, tenant: TenantId, conversation: ConversationId) {
        let mut entries = self.entries.lock();
        let is_earliest = entries.first().is_none_or(|(first, ..)| due < *first);
        entries.insert((due, tenant, conversation));
        if is_earliest {
            self.changed.notify_one();
        }
    }

    /// Takes out what is due by now, at most so much of it.
    fn take_due(&self, now: Millis, most: usize) -> Vec<(TenantId, ConversationId)> {
        let mut entries = self.entries.lock();
        let mut due = Vec::new();
        while due.len() < most {
            let Some(first) = entries.first().copied().filter(|(due, ..)| *due <= now) else { break };
            entries.remove(&first);
            due.push((first.1, first.2));
        }
        due
    }

    /// The conversations of a tenant that may have a countdown, each once.
    fn of(&self, tenant: TenantId) -> BTreeSet<ConversationId> {
        let entries = self.entries.lock();
        entries.iter().filter(|(_, whose, _)| *whose == tenant).map(|(.., id)| *id).collect()
    }

    /// How long it is until the earliest entry.
    fn next(&self, now: Millis) -> Option<Duration> {
        self.entries.lock().first().map(|(due, ..)| due.since(now))
    }
}

impl Engine {
    /// Announces that a conversation goes to agents when `countdown` is over, in place of what was announced before;
    /// the moment at which it does. Answered once that is kept: it is done then whatever becomes of the process.
    ///
    /// # Errors
    /// [`EngineError::ConversationClosed`] and [`EngineError::ConversationNotFound`].
    pub async fn announce_handover(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        wanted: Wanted,
        countdown: Duration,
    ) -> Result<Millis, EngineError> {
        let live = self.live(tenant, conversation).await?;
        let (due, done) = {
            let mut lane = live.enter();
            if lane.head.closed.is_some() {
                return Err(EngineError::ConversationClosed);
            }
            let mut passage = Passage::new(self, &live, &mut lane);
            // After the passage's own moment, so that whole seconds of it are shown as such.
            let due = self.now().plus(countdown);
            // Before the team is looked up: whoever changes it looks for countdowns after that and waits for the lane.
            self.countdowns.look_at(due, tenant, conversation);
            passage.begin_countdown(ScheduledHandover { due, wanted });
            let steps = passage.finish();
            (due, self.recorder.submit(Work::in_lane(&live, steps)))
        };
        kept(done).await?;
        Ok(due)
    }

    /// Those of a team that is gone are shown no countdown to it. What was announced is done when it is due all the
    /// same, without the team.
    pub(super) fn withdraw_countdowns_to(&self, gone: &Team) {
        self.pass_through_countdowns_to(gone, |passage| {
            passage.withdraw_countdown(gone, CountdownEnd::Cancelled, None);
        });
    }

    /// Those who are in a team no more are shown no countdown to it: `left` is the team with them alone.
    pub(super) fn withdraw_countdowns_from(&self, left: &Team) {
        self.pass_through_countdowns_to(left, |passage| passage.withdraw_previews(left, None));
    }

    /// Does something in each conversation that is to go to a team. Nothing is awaited.
    fn pass_through_countdowns_to(&self, team: &Team, visit: impl Fn(&mut Passage<'_>)) {
        for id in self.countdowns.of(team.tenant) {
            let Some(live) = self.conversations.get(team.tenant, id) else { continue };
            let mut lane = live.enter();
            let announced = lane.head.scheduled.as_ref().and_then(|handover| handover.wanted.team.as_ref());
            if announced == Some(&team.id) {
                let mut passage = Passage::new(self, &live, &mut lane);
                visit(&mut passage);
                let steps = passage.finish();
                // Nobody waits for it: what it is about was kept already.
                drop(self.recorder.submit(Work::in_lane(&live, steps)));
            }
        }
    }

    /// Looks after the countdowns from now on.
    pub(super) fn attend_countdowns(self: &Arc<Self>, gone: oneshot::Receiver<Infallible>) {
        let (engine, countdowns) = (Arc::downgrade(self), self.countdowns.clone());
        tokio::spawn(async move {
            keep_going_for(gone, "countdowns", COME_BACK, || attend(&engine, &countdowns)).await;
        });
    }

    /// Does all that is due. What could not be done, since the store failed or something broke down, is come back to
    /// a moment later, and holds up nothing else.
    ///
    /// It is done in batches, whose commits are shared; what others publish meanwhile comes between two of them.
    pub(super) async fn hand_over_due(&self) {
        loop {
            let due = self.countdowns.take_due(self.now(), CLOSE_BATCH);
            if due.is_empty() {
                return;
            }
            let mut begun = Vec::new();
            for (tenant, id) in due {
                match unbroken(self.hand_over_if_due(tenant, id)).await {
                    Some(Ok(done)) => begun.extend(done.map(|done| (tenant, id, done))),
                    Some(Err(error)) => self.come_back_to(tenant, id, &error),
                    None => self.come_back_to(tenant, id, &"it broke down"),
                }
            }
            for (tenant, id, done) in begun {
                if let Err(error) = kept(done).await {
                    self.come_back_to(tenant, id, &error);
                }
            }
        }
    }

    fn come_back_to(&self, tenant: TenantId, id: ConversationId, why: &dyn Display) {
        tracing::error!(conversation = %id, error = %why, "a hand-over that is due could not be done yet");
        self.countdowns.look_at(self.now().plus(COME_BACK), tenant, id);
    }

    /// Hands a conversation over unless that was called off meanwhile, or announced anew.
    async fn hand_over_if_due(
        &self,
        tenant: TenantId,
        id: ConversationId,
    ) -> Result<Option<Done>, EngineError> {
        let Some(live) = self.conversations.get(tenant, id) else { return Ok(None) };
        // The store is read for those only that go.
        if self.due_in(&live.enter().head).is_none() {
            return Ok(None);
        }
        let visit = |lane: &mut Lane, past: Past| {
            let handover = self.due_in(&lane.head)?;
            let mut passage = Passage::with_past(self, &live, lane, past);
            passage.hand_over_as_announced(&handover);
            let steps = passage.finish();
            Some(self.recorder.submit(Work::in_lane(&live, steps)))
        };
        self.visit_with_past(&live, visit).await
    }

    /// The hand-over that is due in a conversation by now.
    fn due_in(&self, head: &Conversation) -> Option<Arc<ScheduledHandover>> {
        let now = self.now();
        head.scheduled.clone().filter(|handover| head.closed.is_none() && handover.due <= now)
    }
}

async fn attend(engine: &Weak<Engine>, countdowns: &Countdowns) {
    loop {
        // Not held while nothing happens: the engine would hold itself.
        let Some(engine) = engine.upgrade() else { return };
        engine.hand_over_due().await;
        let next = countdowns.next(engine.now());
        drop(engine);
        tokio::select! {
            () = sleep(next.unwrap_or_default()), if next.is_some() => {}
            () = countdowns.changed.notified() => {}
        }
    }
}

#[cfg(test)]
mod tests;
