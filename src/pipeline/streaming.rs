//! Streaming sessions as the engine sees them: opened, acknowledged and ended in step with what is kept.
//! It must not know versions' JSON or HTTP.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::engine::Engine;
use super::record::{Done, Opening, Step, Work, kept};
use crate::broker::{
    AcknowledgeError, Acknowledged, Acknowledgement, Handover, PollError, PollRequest, SessionGone,
    SessionHead, SessionSpec, TooManySessions, WireFormat,
};
use crate::domain::ids::{SessionId, TenantId, UserId};
use crate::domain::order::EventId;
use crate::store::{StoreError, Write};

/// At most so many sessions whose time is up are looked at, and end, between two publishes that wait, so that a wave of
/// them holds nobody up.
const EXPIRE_BATCH: usize = 256;

/// A session to be opened.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The user whose events it gets.
    pub user: UserId,
    /// The version of the API, by its wire format.
    pub format: WireFormat,
    /// How long it lives without a poll.
    pub inactivity: Duration,
    /// Whether delivered events stay until they are acknowledged.
    pub acknowledgement: Acknowledgement,
}

impl Engine {
    /// Opens a session, one of at most `most` that the organization may have at a time. It hears everything that is
    /// published after the answer.
    ///
    /// A caller that goes away before the answer leaves a session that ends by its inactivity delay.
    pub async fn open_session(
        &self,
        tenant: TenantId,
        new: NewSession,
        most: Option<NonZeroUsize>,
    ) -> Result<SessionSpec, OpenSessionError> {
        let spec = SessionSpec {
            id: SessionId::new(),
            tenant,
            user: new.user,
            format: new.format,
            inactivity: new.inactivity,
            acknowledgement: new.acknowledgement,
            created: self.now(),
            limits: self.session_limits,
        };
        let place = self.sessions.reserve(tenant, spec.id, most)?;
        let opening = Box::new(Opening { spec: spec.clone(), place });
        self.recorder.record(tenant, vec![Step::OpenSession(opening)]).await?;
        Ok(spec)
    }

    /// Ends a session.
    pub async fn end_session(&self, tenant: TenantId, id: SessionId) -> Result<(), EndSessionError> {
        let session = self.sessions.find(tenant, &id).ok_or(SessionGone)?;
        self.sessions.end(tenant, &id)?;
        if let Some(done) = self.forget_session(session) {
            kept(done).await?;
        }
        Ok(())
    }

    /// Waits for events of a session.
    pub async fn poll(&self, request: PollRequest) -> Result<Handover, PollError> {
        self.sessions.poll(request).await
    }

    /// What a session is, while it lives.
    pub fn session(&self, tenant: TenantId, id: SessionId) -> Option<SessionHead> {
        self.sessions.find(tenant, &id)
    }

    /// Acknowledges events of a session; answered once that is kept.
    pub async fn acknowledge(
        &self,
        tenant: TenantId,
        id: SessionId,
        events: &[EventId],
    ) -> Result<Acknowledged, SessionAcknowledgeError> {
        let outcome = self.sessions.acknowledge(tenant, &id, events)?;
        if !outcome.acknowledged.is_empty() {
            self.recorder.record(tenant, kept_of(id, &outcome)).await?;
        }
        Ok(outcome)
    }

    /// Ends all sessions that nobody polled for too long, or that fell behind.
    ///
    /// A wave of them is ended in batches. Between two batches everything is published that waited for that when the
    /// first was over, however many batches follow.
    pub async fn expire_sessions(&self) -> Result<(), StoreError> {
        while self.expire_batch().await? == More::Yes {}
        Ok(())
    }

    async fn expire_batch(&self) -> Result<More, StoreError> {
        let sweep = self.sessions.expire(self.now(), EXPIRE_BATCH);
        // A line for each would cost a wave of them more than their ends do.
        if !sweep.ended.is_empty() {
            tracing::info!(sessions = sweep.ended.len(), "sessions ended");
        }
        // All are handed over before the first is waited for, so that they share a commit.
        let mut forgotten = Vec::new();
        for ended in sweep.ended {
            tracing::debug!(session = %ended.session.id, ending = ?ended.ending, "session ended");
            forgotten.extend(self.forget_session(ended.session));
        }
        for done in forgotten {
            kept(done).await?;
        }
        let Some(tenant) = sweep.stopped_at else { return Ok(More::No) };
        self.recorder.catch_up(tenant).await?;
        Ok(More::Yes)
    }

    /// Takes a session out of the store, if it is there.
    fn forget_session(&self, session: SessionHead) -> Option<Done> {
        match session.acknowledgement {
            Acknowledgement::Required => {
                let forget = vec![Step::ForgetSession(session.id)];
                Some(self.recorder.submit(Work::new(session.tenant, forget)))
            }
            Acknowledgement::NotRequired => None,
        }
    }
}

/// What is kept of an acknowledgement. Most clients name what their last poll brought: then it is how far the session
/// has come, and no event by itself.
fn kept_of(session: SessionId, outcome: &Acknowledged) -> Vec<Step> {
    let singly = |id: &&EventId| outcome.up_to.is_none_or(|up_to| **id > up_to);
    let singly: Vec<_> = outcome.acknowledged.iter().filter(singly).copied().collect();
    let up_to = outcome.up_to.map(|up_to| Write::AcknowledgeUpTo(session, up_to));
    let singly = (!singly.is_empty()).then_some(Write::Acknowledge(session, singly));
    up_to.into_iter().chain(singly).map(Step::keep).collect()
}

/// Whether there is more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum More {
    /// There is.
    Yes,
    /// There is not.
    No,
}

/// Why a session was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenSessionError {
    /// The organization has as many as it may have.
    #[error(transparent)]
    TooMany(#[from] TooManySessions),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a session was not ended.
#[derive(Debug, thiserror::Error)]
pub enum EndSessionError {
    /// There is no such session.
    #[error(transparent)]
    Gone(#[from] SessionGone),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an acknowledgement was refused.
#[derive(Debug, thiserror::Error)]
pub enum SessionAcknowledgeError {
    /// The session does not take it.
    #[error(transparent)]
    Refused(#[from] AcknowledgeError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::FutureExt;

    use super::*;
    use crate::pipeline::Addressee;
    use crate::pipeline::testing::Bench;

    /// Publishes as long as there are sessions, one event after the other, and tells how many sessions were left
    /// after each.
    async fn publish_until_all_have_gone(bench: Arc<Bench>) -> Vec<usize> {
        let mut left = Vec::new();
        while left.last() != Some(&0) {
            bench.publish("engagementCenter.Idle", Addressee::Organization).await;
            left.push(bench.engine.sessions().count());
        }
        left
    }

    #[tokio::test(start_paused = true)]
    async fn of_ten_thousand_sessions_that_expire_at_most_256_end_between_two_publishes_that_wait() {
        // Without acknowledgement nothing is to be forgotten, so that no commit holds up the next batch.
        expire_amid_publishes(Acknowledgement::NotRequired).await;
        expire_amid_publishes(Acknowledgement::Required).await;
    }

    async fn expire_amid_publishes(acknowledgement: Acknowledgement) {
        const SESSIONS: usize = 10_000;
        let bench = Arc::new(Bench::new().await);
        for _ in 0..SESSIONS {
            bench.session(&UserId::from("silent"), acknowledgement).await;
        }
        bench.clock.advance(Duration::from_secs(60));
        let publishing = tokio::spawn(publish_until_all_have_gone(bench.clone()));
        bench.engine.expire_sessions().await.unwrap();
        let left = publishing.await.unwrap();
        let mut before = SESSIONS;
        for left in left {
            assert!(before - left <= 256, "{before} sessions before a publish, {left} after it");
            before = left;
        }
        assert_eq!(before, 0);
    }

    /// Sessions that are polled come up as well, once for each delay. They stay, and looking at them takes its time too.
    #[tokio::test(start_paused = true)]
    async fn of_ten_thousand_polled_sessions_at_most_256_are_looked_at_between_two_publishes_that_wait() {
        const SESSIONS: usize = 10_000;
        let bench = Arc::new(Bench::new().await);
        let mut sessions = Vec::with_capacity(SESSIONS);
        for _ in 0..SESSIONS {
            sessions.push(bench.session(&UserId::from("eager"), Acknowledgement::NotRequired).await);
        }
        bench.clock.advance(Duration::from_secs(30));
        for session in &sessions {
            bench.taken(session).await;
        }
        bench.clock.advance(Duration::from_secs(30));
        let published = Arc::new(AtomicUsize::new(0));
        let publishing = tokio::spawn({
            let (bench, published) = (bench.clone(), published.clone());
            async move {
                loop {
                    bench.publish("engagementCenter.Idle", Addressee::Organization).await;
                    published.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        bench.engine.expire_sessions().await.unwrap();
        publishing.abort();
        assert_eq!(bench.engine.sessions().count(), SESSIONS);
        let published = published.load(Ordering::Relaxed);
        assert!(published >= SESSIONS / 256, "{published} publishes amid {SESSIONS} looks");
    }

    #[tokio::test]
    async fn a_place_is_free_again_when_a_session_could_not_be_kept_whose_opener_went_away() {
        let bench = Bench::new().await;
        let open = || {
            let new = NewSession {
                user: UserId::from("ann"),
                format: WireFormat::StreamV3,
                inactivity: Duration::from_secs(60),
                acknowledgement: Acknowledgement::Required,
            };
            bench.engine.open_session(bench.tenant, new, NonZeroUsize::new(1))
        };
        bench.store.break_down();
        assert!(open().now_or_never().is_none(), "it waits for its commit");
        bench.engine.recorder.catch_up(bench.tenant).await.unwrap_err();
        bench.store.repair();
        open().await.unwrap();
        assert!(matches!(open().await, Err(OpenSessionError::TooMany(_))));
    }
}
