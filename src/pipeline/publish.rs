//! What trusted producers publish to streaming sessions: put into its envelope, addressed, kept and heard.
//! It must not know the producer's JSON or HTTP.

use serde_json::Value;
use uuid::Uuid;

use super::engine::Engine;
use super::idempotency::Answered;
use super::record::{Step, Work};
use crate::domain::catalogue::{Payload, Wrapping};
use crate::domain::engagement::{Audience, EngagementEvent, Envelope};
use crate::domain::ids::{TeamId, TenantId, UserId};
use crate::store::StoreError;

/// Whom a published event is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addressee {
    /// One user, in the directory or not.
    User(UserId),
    /// Everyone in a team.
    Team(TeamId),
    /// The whole organization.
    Organization,
}

/// An event as its producer gave it, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedEvent {
    /// Whom it is for.
    pub addressee: Addressee,
    /// The producer's correlation id.
    pub correlation_id: Option<String>,
    /// Its type and what it says, with or without the envelope.
    pub payload: Payload,
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

impl Engine {
    /// Makes an event ready for everyone it goes to.
    pub fn prepare_event(
        &self,
        tenant: TenantId,
        event: PublishedEvent,
    ) -> Result<PreparedEvent, TeamNotFound> {
        let PublishedEvent { addressee, correlation_id, payload } = event;
        let event_type = payload.event_type();
        let correlation_id = correlation_id.unwrap_or_else(|| Uuid::new_v4().to_string());
        let step = |user: Option<UserId>, payload: Payload| {
            let payload = self.enveloped(tenant, user.as_ref(), payload);
            let event = EngagementEvent {
                event_type: event_type.as_str().to_owned(),
                correlation_id: correlation_id.clone(),
                published: self.now(),
                payload: payload.into(),
            };
            Step::Event(event, user.map_or(Audience::Organization, |user| Audience::Users(vec![user])))
        };
        let steps = match addressee {
            Addressee::User(user) => vec![step(Some(user), payload)],
            Addressee::Organization => vec![step(None, payload)],
            Addressee::Team(team) => {
                let team = self.registry.team(tenant, &team).ok_or(TeamNotFound)?;
                team.members.iter().map(|user| step(Some(user.clone()), payload.clone())).collect()
            }
        };
        Ok(PreparedEvent { correlation_id, steps })
    }

    /// Publishes events in their order, all or none, and with them keeps the answer to a request that may be repeated.
    pub async fn publish_events(
        &self,
        tenant: TenantId,
        events: Vec<PreparedEvent>,
        answered: Option<Answered>,
    ) -> Result<(), StoreError> {
        let mut steps: Vec<_> = events.into_iter().flat_map(|event| event.steps).collect();
        let Some(answered) = answered else {
            return self.recorder.record(tenant, steps).await;
        };
        steps.push(Step::Keep(answered.write(self.now())));
        let done = self.recorder.submit(Work::new(tenant, steps));
        // In a task, so that the turn lasts until the commit even when the caller goes away meanwhile: it is then that
        // a client repeats its request, and a repetition that looked too early would publish everything again.
        let committed = tokio::spawn(async move {
            let outcome = done.await;
            drop(answered);
            outcome
        });
        match committed.await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Err(StoreError::Closed),
        }
    }

    /// The payload in the documented envelope, where its type has one and the producer did not make it.
    fn enveloped(&self, tenant: TenantId, user: Option<&UserId>, payload: Payload) -> String {
        let wrapping = payload.wrapping();
        let members = payload.into_members();
        if wrapping == Wrapping::Done {
            return Value::Object(members).to_string();
        }
        let nobody = UserId::from("");
        let envelope = match user {
            Some(user) => Envelope::new(user, self.user_number(tenant, user), members),
            None => Envelope::new(&nobody, 0, members),
        };
        serde_json::to_string(&envelope).expect("a payload has text keys, which JSON can always say")
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
}
