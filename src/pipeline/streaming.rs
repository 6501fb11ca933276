//! Streaming sessions as the engine sees them: opened, acknowledged and ended in step with what is kept, and fed
//! by trusted producers. It must not know versions' JSON or HTTP.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::encode::EventNotice;
use super::engine::Engine;
use super::record::Step;
use crate::broker::{
    AcknowledgeError, Acknowledged, Acknowledgement, Handover, PollError, PollRequest, Publication,
    QueueLimits, SessionGone, SessionSpec, Stamp, WireFormat,
};
use crate::domain::engagement::{Audience, EngagementEvent, envelope};
use crate::domain::ids::{SessionId, TeamId, TenantId, UserId};
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

/// Whom a published event is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addressee {
    /// One user.
    User(UserId),
    /// Everyone in a team.
    Team(TeamId),
    /// The whole organization.
    Organization,
}

/// An event as its producer gave it, checked.
#[derive(Clone, Debug)]
pub struct PublishedEvent {
    /// Its type, such as `engagementCenter.Idle`.
    pub event_type: String,
    /// Whom it is for.
    pub addressee: Addressee,
    /// The producer's correlation id.
    pub correlation_id: Option<String>,
    /// What it says, with or without the envelope.
    pub payload: Map<String, Value>,
}

/// The team is not in the directory.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such team")]
pub struct TeamNotFound;

/// An event with everyone it goes to, ready to be recorded.
pub struct PreparedEvent {
    /// Relates it to what the producer did.
    pub correlation_id: String,
    steps: Vec<Step>,
}

/// The number that the store keeps for a version of the streaming API.
pub(super) fn version_of(format: WireFormat) -> u8 {
    if format == WireFormat::StreamV2 { 2 } else { 3 }
}

fn format_of(version: u8) -> WireFormat {
    if version == 2 { WireFormat::StreamV2 } else { WireFormat::StreamV3 }
}

impl Engine {
    /// Opens a session. It hears everything that is published after the answer.
    pub async fn open_session(&self, tenant: TenantId, new: NewSession) -> Result<SessionSpec, StoreError> {
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
        self.recorder.record(tenant, vec![Step::OpenSession(Box::new(spec.clone()))]).await?;
        Ok(spec)
    }

    /// Ends a session.
    pub async fn end_session(&self, tenant: TenantId, id: SessionId) -> Result<(), EndSessionError> {
        let spec = self.sessions.find(tenant, &id).ok_or(SessionGone)?;
        self.sessions.end(tenant, &id)?;
        self.forget_session(&spec).await?;
        Ok(())
    }

    /// Waits for events of a session.
    pub async fn poll(&self, request: PollRequest) -> Result<Handover, PollError> {
        self.sessions.poll(request).await
    }

    /// A session's description.
    pub fn session(&self, tenant: TenantId, id: SessionId) -> Option<SessionSpec> {
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

    /// Makes an event ready for everyone it goes to.
    pub fn prepare_event(
        &self,
        tenant: TenantId,
        event: PublishedEvent,
    ) -> Result<PreparedEvent, TeamNotFound> {
        let correlation_id = event.correlation_id.unwrap_or_else(|| Uuid::new_v4().to_string());
        let made = |payload: Value| EngagementEvent {
            event_type: event.event_type.clone(),
            correlation_id: correlation_id.clone(),
            published: self.now(),
            payload: Arc::from(payload.to_string()),
        };
        let for_user = |user: UserId| {
            let payload = self.enveloped(tenant, Some(&user), &event.event_type, event.payload.clone());
            Step::Event(made(payload), Audience::Users(vec![user]))
        };
        let steps = match event.addressee {
            Addressee::User(user) => vec![for_user(user)],
            Addressee::Team(team) => {
                let team = self.registry.team(tenant, &team).ok_or(TeamNotFound)?;
                team.members.iter().cloned().map(for_user).collect()
            }
            Addressee::Organization => {
                let payload = self.enveloped(tenant, None, &event.event_type, event.payload.clone());
                vec![Step::Event(made(payload), Audience::Organization)]
            }
        };
        Ok(PreparedEvent { correlation_id, steps })
    }

    /// Publishes events in their order, all or none.
    pub async fn publish_events(
        &self,
        tenant: TenantId,
        events: Vec<PreparedEvent>,
        keep: Option<Write>,
    ) -> Result<(), StoreError> {
        let steps = events.into_iter().flat_map(|event| event.steps).chain(keep.map(Step::Keep)).collect();
        self.recorder.record(tenant, steps).await
    }

    /// The payload in the documented envelope. Outreach events have none, and a producer may have made it.
    fn enveloped(
        &self,
        tenant: TenantId,
        user: Option<&UserId>,
        event_type: &str,
        payload: Map<String, Value>,
    ) -> Value {
        let is_enveloped =
            payload.get("payload").is_some_and(Value::is_object) && payload.contains_key("userId");
        if event_type.starts_with("outreach.") || is_enveloped {
            return Value::Object(payload);
        }
        match user {
            Some(user) => envelope(user, self.user_number(tenant, user), payload),
            None => envelope(&UserId::from(""), 0, payload),
        }
    }

    /// The number of a user: from the directory, else one made from the id that stays the same.
    fn user_number(&self, tenant: TenantId, user: &UserId) -> i64 {
        const OUTSIDE_THE_DIRECTORY: i64 = 1 << 30;
        self.registry.user(tenant, user).map_or_else(
            || {
                let mixed = user
                    .as_str()
                    .bytes()
                    .fold(5381_i64, |sum, byte| (sum * 33 + i64::from(byte)) & 0x3fff_ffff);
                OUTSIDE_THE_DIRECTORY + mixed
            },
            |user| user.number,
        )
    }

    /// Ends sessions that nobody polled for too long; `true` when more are due.
    pub async fn expire_sessions(&self) -> Result<More, StoreError> {
        let expired = self.sessions.expire(self.now(), EXPIRE_BATCH);
        let more = if expired.len() == EXPIRE_BATCH { More::Yes } else { More::No };
        for ended in expired {
            tracing::info!(session = %ended.spec.id, ending = ?ended.ending, "session ended");
            self.forget_session(&ended.spec).await?;
        }
        Ok(more)
    }

    async fn forget_session(&self, spec: &SessionSpec) -> Result<(), StoreError> {
        match spec.acknowledgement {
            Acknowledgement::Required => {
                self.recorder.record(spec.tenant, vec![Step::ForgetSession(spec.id)]).await
            }
            Acknowledgement::NotRequired => Ok(()),
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
            let events = self.stored_events(tenant).await?;
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

    async fn stored_events(&self, tenant: TenantId) -> Result<Vec<StoredEvent>, StoreError> {
        let records = self.store.events(tenant).await?;
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

fn spec_of(record: SessionRecord, limits: QueueLimits) -> SessionSpec {
    SessionSpec {
        id: record.id,
        tenant: record.tenant,
        user: record.user,
        format: format_of(record.version),
        inactivity: Duration::from_secs(record.inactivity_seconds.into()),
        acknowledgement: Acknowledgement::Required,
        created: record.created,
        limits,
    }
}
