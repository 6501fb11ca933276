//! What trusted producers publish to streaming sessions: put into its envelope, addressed, kept and heard.
//! It must not know the producer's JSON or HTTP.

mod allowance;

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::to_raw_value;
use uuid::Uuid;

use self::allowance::BeyondAllowance;
pub use self::allowance::TeamAllowance;
use super::engine::Engine;
use super::idempotency::Answered;
use super::record::{Step, Work};
use crate::domain::catalogue::{Payload, Wrapping};
use crate::domain::engagement::{Audience, EngagementEvent, Envelope};
use crate::domain::ids::{TeamId, TenantId, UserId};
use crate::store::StoreError;

/// Why a payload can be written.
const ALWAYS_JSON: &str = "a payload has text keys, which JSON can always say";

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

/// Why an event does not reach the team that it is for.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreachableTeam {
    /// It is not in the directory.
    #[error("there is no such team")]
    NotFound,
    /// With all its members the batch would go further than it may.
    #[error("the team is too large for what the batch may still come to")]
    TooLarge,
}

impl From<BeyondAllowance> for UnreachableTeam {
    fn from(_: BeyondAllowance) -> Self {
        Self::TooLarge
    }
}

/// An event with everyone it goes to, ready to be recorded.
pub struct PreparedEvent {
    /// Relates it to what the producer did.
    pub correlation_id: String,
    steps: Vec<Step>,
}

impl Engine {
    /// Makes an event ready for everyone it goes to. One for a team takes its share of what its batch may come to.
    pub fn prepare_event(
        &self,
        tenant: TenantId,
        event: PublishedEvent,
        allowance: &mut TeamAllowance,
    ) -> Result<PreparedEvent, UnreachableTeam> {
        let PublishedEvent { addressee, correlation_id, payload } = event;
        let event_type = payload.event_type();
        let correlation_id = correlation_id.unwrap_or_else(|| Uuid::new_v4().to_string());
        let addressed = match addressee {
            Addressee::User(user) => {
                let text = self.payload_text(tenant, Some(&user), payload);
                vec![(text.into(), Audience::Users(vec![user]))]
            }
            Addressee::Organization => {
                vec![(self.payload_text(tenant, None, payload).into(), Audience::Organization)]
            }
            Addressee::Team(team) => {
                let team = self.registry.team(tenant, &team).ok_or(UnreachableTeam::NotFound)?;
                self.for_members(tenant, &team.members, payload, allowance)?
            }
        };
        let step = |(payload, audience)| {
            let event = EngagementEvent {
                event_type: event_type.as_str().to_owned(),
                correlation_id: correlation_id.clone(),
                published: self.now(),
                payload,
            };
            Step::Event(event, audience)
        };
        let steps = addressed.into_iter().map(step).collect();
        Ok(PreparedEvent { correlation_id, steps })
    }

    /// The payload for each member of a team. One that says itself whose it is says the same to all: it is one event
    /// of them all. Around any other each has an envelope of its own, but what is in it is written once.
    fn for_members(
        &self,
        tenant: TenantId,
        members: &[UserId],
        payload: Payload,
        allowance: &mut TeamAllowance,
    ) -> Result<Vec<(Arc<str>, Audience)>, BeyondAllowance> {
        let wrapping = payload.wrapping();
        let inside = to_raw_value(&payload.into_members()).expect(ALWAYS_JSON);
        let copies = if wrapping == Wrapping::Done { 1 } else { members.len() };
        allowance.take(members.len(), inside.get().len().saturating_mul(copies))?;
        if members.is_empty() {
            return Ok(Vec::new());
        }
        if wrapping == Wrapping::Done {
            return Ok(vec![(inside.get().into(), Audience::Users(members.to_vec()))]);
        }
        let for_one = |user: &UserId| {
            let text = self.enveloped(tenant, Some(user), &inside);
            (text.into(), Audience::Users(vec![user.clone()]))
        };
        Ok(members.iter().map(for_one).collect())
    }

    /// An event of the platform's own for the whole organization.
    pub(super) fn for_organization(&self, tenant: TenantId, payload: Payload) -> Step {
        let event = EngagementEvent {
            event_type: payload.event_type().as_str().to_owned(),
            correlation_id: Uuid::new_v4().to_string(),
            published: self.now(),
            payload: self.payload_text(tenant, None, payload).into(),
        };
        Step::Event(event, Audience::Organization)
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
        steps.push(Step::keep(answered.write(self.now())));
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
    fn payload_text(&self, tenant: TenantId, user: Option<&UserId>, payload: Payload) -> String {
        match payload.wrapping() {
            Wrapping::Done => Value::Object(payload.into_members()).to_string(),
            Wrapping::Missing => self.enveloped(tenant, user, payload.into_members()),
        }
    }

    fn enveloped(&self, tenant: TenantId, user: Option<&UserId>, inside: impl Serialize) -> String {
        let nobody = UserId::from("");
        let envelope = match user {
            Some(user) => Envelope::new(user, self.user_number(tenant, user), inside),
            None => Envelope::new(&nobody, 0, inside),
        };
        serde_json::to_string(&envelope).expect(ALWAYS_JSON)
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
