//! A delivery: one activity, or something else that was said of a conversation, on its way to one webhook. Plain
//! values; it must not know when a delivery is tried, nor how it is sent or signed.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::clock::Millis;
use crate::domain::ids::{ClientId, ConversationId, DeliveryId, HubId, IntegrationId, TenantId};

/// The most attempts that can be set to be remembered of one delivery.
pub const MAX_ATTEMPTS: usize = 1000;

/// The longest error that is remembered of an attempt, in characters.
pub const MAX_ERROR: usize = 500;

/// Who is delivered to. Its address and what signs are looked up when something is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Endpoint {
    /// The webhook of an integration.
    Integration(IntegrationId),
    /// The webhook that an application has registered for all conversations of its tenant.
    App(ClientId),
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integration(id) => id.fmt(f),
            Self::App(client) => client.fmt(f),
        }
    }
}

/// How a body is made of what waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryForm {
    /// A body of its own, with the item as `activity` (platform documentation §6.5).
    Direct,
    /// One body for several deliveries of a conversation, with the items as `activities` (platform documentation
    /// §6.4).
    System,
    /// One body for several deliveries of a conversation, with the lists that the items have under the same names
    /// joined (messaging reference, InBoundWrapper).
    Wrapper,
}

impl DeliveryForm {
    /// Its number in the store.
    pub fn code(self) -> i64 {
        match self {
            Self::Direct => 1,
            Self::System => 2,
            Self::Wrapper => 3,
        }
    }

    /// The form that a number means, if it means one.
    pub fn from_code(code: i64) -> Option<Self> {
        match code {
            1 => Some(Self::Direct),
            2 => Some(Self::System),
            3 => Some(Self::Wrapper),
            _ => None,
        }
    }

    /// Whether deliveries that wait at the same time go together.
    pub fn is_joined(self) -> bool {
        matches!(self, Self::System | Self::Wrapper)
    }
}

/// What is delivered, and to whom. It has all that its body is made of, so that it can be sent when the activity
/// itself is long gone.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Identifies the delivery for ever, and is what a receiver knows a repetition by.
    pub id: DeliveryId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Who is delivered to.
    pub endpoint: Endpoint,
    /// The conversation: what is delivered of it to one endpoint stays in order.
    pub conversation: ConversationId,
    /// The hub of the conversation.
    pub hub: HubId,
    /// How its body is made.
    pub form: DeliveryForm,
    /// The `eventId` of what it carries, where that was said to the endpoint itself; none where it only listens.
    pub event_id: Option<i64>,
    /// What surrounds the item: a JSON object without its closing brace, with at least one member.
    pub envelope: Arc<str>,
    /// The item, as a JSON text.
    pub item: Arc<str>,
}

impl Delivery {
    /// About as many bytes as its body has.
    pub fn bytes(&self) -> usize {
        self.envelope.len() + self.item.len()
    }
}

/// The place of a delivery among all of the store, given in the order in which they were kept. The deliveries of one
/// conversation to one endpoint are sent in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryNo(pub u64);

impl DeliveryNo {
    /// The place after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DeliveryStatus {
    /// It is to be sent.
    #[default]
    Pending,
    /// The endpoint has taken it.
    Delivered,
    /// It is not sent any more, unless somebody asks for that.
    Dead,
}

impl DeliveryStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Dead];

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    /// The status of that name, in any case of letters.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name().eq_ignore_ascii_case(name))
    }

    /// Its number in the store.
    pub fn code(self) -> i64 {
        match self {
            Self::Pending => 0,
            Self::Delivered => 1,
            Self::Dead => 2,
        }
    }

    /// The status that a number means, if it means one.
    pub fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

/// One call, or why none was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it began.
    pub at: Millis,
    /// The status of the answer; none when there was no answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status_code: Option<u16>,
    /// Why it came to nothing, for people; none when the endpoint took the delivery.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

impl Attempt {
    /// An attempt that took so long; of an error that is too long the beginning is kept.
    pub fn new(at: Millis, status_code: Option<u16>, error: Option<String>, duration: Duration) -> Self {
        let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let error = error.map(|text| text.chars().take(MAX_ERROR).collect());
        Self { at, status_code, error, duration_ms }
    }
}

/// How far a delivery has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How it stands.
    pub status: DeliveryStatus,
    /// How often it was tried since it was kept, or since it was last replayed.
    pub tries: u32,
    /// When it is tried next; none for at once, and when it is not tried any more.
    pub next_attempt: Option<Millis>,
    /// The attempts, the oldest first; as many of the newest as are remembered.
    pub attempts: Vec<Attempt>,
}

impl Progress {
    /// Notes an attempt, and how the delivery stands after it. Of all attempts the newest `remembered` are, and besides
    /// them the last one that the endpoint took: a delivery that is replayed again and again does not grow.
    pub fn note(
        &mut self,
        attempt: Attempt,
        status: DeliveryStatus,
        next_attempt: Option<Millis>,
        remembered: NonZeroUsize,
    ) {
        let too_many = (self.attempts.len() + 1).saturating_sub(remembered.get());
        let forgotten = self.attempts.drain(..too_many).rfind(|attempt| attempt.error.is_none());
        let is_taken = attempt.error.is_none() || self.attempts.iter().any(|one| one.error.is_none());
        self.attempts.push(attempt);
        if let Some(forgotten) = forgotten.filter(|_| !is_taken) {
            self.attempts.insert(0, forgotten);
        }
        self.tries = self.tries.saturating_add(1);
        self.status = status;
        self.next_attempt = next_attempt;
    }

    /// Whether the endpoint has taken the delivery, now or before it was replayed.
    pub fn was_taken(&self) -> bool {
        self.status == DeliveryStatus::Delivered
            || self.attempts.iter().any(|attempt| attempt.error.is_none())
    }

    /// The same delivery, to be sent anew: what was tried is remembered and does not count.
    #[must_use]
    pub fn replayed(self) -> Self {
        Self { status: DeliveryStatus::Pending, tries: 0, next_attempt: None, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(at: i64) -> Attempt {
        Attempt::new(Millis(at), Some(500), Some("é".repeat(MAX_ERROR + 1)), Duration::from_millis(7))
    }

    #[test]
    fn statuses_and_forms_are_read_by_name_and_number() {
        for status in DeliveryStatus::ALL {
            assert_eq!(DeliveryStatus::from_name(&status.name().to_uppercase()), Some(status));
            assert_eq!(DeliveryStatus::from_code(status.code()), Some(status));
        }
        assert_eq!(DeliveryStatus::from_name("lost"), None);
        for form in [DeliveryForm::Direct, DeliveryForm::System, DeliveryForm::Wrapper] {
            assert_eq!(DeliveryForm::from_code(form.code()), Some(form));
        }
        assert_eq!((DeliveryForm::from_code(0), DeliveryStatus::from_code(3)), (None, None));
    }

    #[test]
    fn the_newest_attempts_are_remembered_and_errors_cut() {
        let mut progress = Progress::default();
        let mut note = |at, remembered| {
            let remembered = NonZeroUsize::new(remembered).unwrap();
            progress.note(attempt(at), DeliveryStatus::Pending, Some(Millis(at + 1)), remembered);
            progress.attempts.iter().map(|attempt| attempt.at.0).collect::<Vec<_>>()
        };
        assert_eq!([note(0, 3), note(1, 3), note(2, 3)], [vec![0], vec![0, 1], vec![0, 1, 2]]);
        assert_eq!(note(3, 3), [1, 2, 3], "one past the limit");
        assert_eq!(note(4, 1), [4], "the limit was set lower meanwhile");
        assert_eq!((progress.tries, progress.next_attempt), (5, Some(Millis(5))));
        assert_eq!(progress.attempts[0].error.as_ref().map(|error| error.chars().count()), Some(MAX_ERROR));
    }

    #[test]
    fn a_replay_remembers_what_was_tried_and_counts_anew() {
        let mut progress = Progress::default();
        progress.note(attempt(1), DeliveryStatus::Dead, None, NonZeroUsize::MIN);
        let replayed = progress.clone().replayed();
        assert_eq!((replayed.status, replayed.tries), (DeliveryStatus::Pending, 0));
        assert_eq!(replayed.attempts, progress.attempts);
    }

    #[test]
    fn what_was_taken_once_stays_taken_when_it_is_replayed() {
        let mut progress = Progress::default();
        progress.note(attempt(1), DeliveryStatus::Pending, None, NonZeroUsize::new(2).unwrap());
        assert!(!progress.was_taken());
        progress.note(
            Attempt::new(Millis(2), Some(200), None, Duration::ZERO),
            DeliveryStatus::Delivered,
            None,
            NonZeroUsize::MIN,
        );
        assert!(progress.was_taken());
        let mut progress = progress.replayed();
        for at in 3..6 {
            assert!(progress.was_taken());
            progress.note(attempt(at), DeliveryStatus::Dead, None, NonZeroUsize::MIN);
        }
        let remembered: Vec<_> = progress.attempts.iter().map(|attempt| attempt.at.0).collect();
        assert_eq!((progress.was_taken(), remembered), (true, vec![2, 5]));
    }
}
