//! Streaming sessions as the engine sees them: opened, acknowledged and ended in step with what is kept.
//! It must not know versions' JSON or HTTP.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use super::encode::EventNotice;
use super::engine::Engine;
use super::record::{Done, Step, Work, kept};
use super::session_record::spec_of;
use crate::broker::{
    AcknowledgeError, Acknowledged, Acknowledgement, Handover, PollError, PollRequest, Publication,
    SessionGone, SessionHead, SessionSpec, Stamp, TooManySessions, WireFormat,
};
use crate::domain::engagement::EngagementEvent;
use crate::domain::ids::{SessionId, TenantId, UserId};
use crate::domain::order::EventId;
use crate::store::{SessionRecord, StoreError, Write};

/// At most so many sessions end in one sweep, so that a wave of them does not hold up what is published.
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
        self.sessions.reserve(tenant, spec.id, most)?;
        let opened = self.recorder.record(tenant, vec![Step::OpenSession(Box::new(spec.clone()))]).await;
        if opened.is_err() {
            self.sessions.release(tenant, spec.id);
        }
        Ok(opened.map(|()| spec)?)
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
            let keep = Write::Acknowledge(id, outcome.acknowledged.clone());
            self.recorder.record(tenant, vec![Step::Keep(keep)]).await?;
        }
        Ok(outcome)
    }

    /// Ends sessions that nobody polled for too long, or that fell behind, and says whether more are due.
    pub async fn expire_sessions(&self) -> Result<More, StoreError> {
        let expired = self.sessions.expire(self.now(), EXPIRE_BATCH);
        let more = if expired.len() == EXPIRE_BATCH { More::Yes } else { More::No };
        // All are handed over before the first is waited for, so that they share a commit.
        let mut forgotten = Vec::new();
        for ended in expired {
            tracing::info!(session = %ended.session.id, ending = ?ended.ending, "session ended");
            forgotten.extend(self.forget_session(ended.session));
        }
        for done in forgotten {
            kept(done).await?;
        }
        Ok(more)
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

    /// Brings back the sessions that the store holds, each with the events that it has not acknowledged.
    pub(super) async fn restore_sessions(&self, records: Vec<SessionRecord>) -> Result<(), StoreError> {
        let mut by_tenant: std::collections::HashMap<TenantId, Vec<SessionRecord>> =
            std::collections::HashMap::new();
        for record in records {
            by_tenant.entry(record.tenant).or_default().push(record);
        }
        for (tenant, sessions) in by_tenant {
            // What came before the oldest of them is held by none.
            let Some(after) = sessions.iter().map(|session| session.after).min() else { continue };
            let events = self.stored_events(tenant, after).await?;
            for session in sessions {
                let held: Vec<_> = events
                    .iter()
                    .filter(|event| event.is_held_by(&session))
                    .map(|e| e.publication.clone())
                    .collect();
                let delivered = held.len();
                self.sessions.restore(spec_of(session, self.session_limits), held, delivered);
            }
        }
        Ok(())
    }

    async fn stored_events(&self, tenant: TenantId, after: EventId) -> Result<Vec<StoredEvent>, StoreError> {
        let records = self.store.events(tenant, after).await?;
        records
            .into_iter()
            .map(|record| {
                let event: EngagementEvent = serde_json::from_str(&record.body)
                    .map_err(|error| StoreError::Failed(format!("event {}: {error}", record.id)))?;
                let id = record.id;
                let publication = Publication::new(Stamp::Event(id), Box::new(EventNotice { event, id }));
                Ok(StoredEvent { id, audience: record.audience, publication })
            })
            .collect()
    }
}

/// Whether there is more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum More {
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

struct StoredEvent {
    id: EventId,
    audience: Option<Vec<UserId>>,
    publication: Arc<Publication>,
}

impl StoredEvent {
    fn is_held_by(&self, session: &SessionRecord) -> bool {
        let addressed = self.audience.as_ref().is_none_or(|users| users.contains(&session.user));
        addressed && self.id > session.after && session.acknowledged.binary_search(&self.id).is_err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::{Sessions, Stats, Topics};
    use crate::pipeline::EngineParts;
    use crate::pipeline::testing::Bench;
    use crate::store::{EventRecord, Store};

    /// Another engine on the same store, as after a restart.
    async fn restarted(bench: &Bench) -> Result<Arc<Engine>, StoreError> {
        let stats = Arc::new(Stats::default());
        let topics = Topics::new(stats.clone());
        let clock = Arc::new(bench.clock.clone());
        Engine::start(EngineParts {
            store: bench.store.clone(),
            registry: bench.registry.clone(),
            topics: topics.clone(),
            sessions: Arc::new(Sessions::new(topics, clock.clone(), stats)),
            clock,
            session_limits: bench.engine.session_limits,
        })
        .await
    }

    #[tokio::test]
    async fn a_restart_brings_back_what_a_session_holds_and_reads_nothing_older() {
        let mut bench = Bench::new().await;
        let unreadable = EventRecord {
            tenant: bench.tenant,
            id: EventId { ms: 1, n: 0 },
            audience: None,
            body: "read by nobody".to_owned(),
        };
        bench.store.commit(vec![Write::PutEvent(unreadable)]).await.unwrap();
        bench.engine = restarted(&bench).await.unwrap();
        let session = bench.session(&bench.user, Acknowledgement::Required).await;
        let conversation = bench.establish("a").await.unwrap().id;
        bench.say(conversation, "hello?").await.unwrap();
        let held = bench.heard(&session).await;
        assert_eq!(held.len(), 3);

        bench.engine = restarted(&bench).await.unwrap();
        assert_eq!(bench.heard(&session).await, held, "delivered and not acknowledged");
    }
}
