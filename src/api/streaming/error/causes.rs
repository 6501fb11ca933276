//! What went wrong further in, as refusals of the streaming face. It must not know how a refusal is rendered.

use super::Refusal;
use crate::api::caller::Denied;
use crate::broker::{AcknowledgeError, PollError, SessionGone};
use crate::pipeline::{
    BeginError, EndSessionError, OpenSessionError, SessionAcknowledgeError, SubscriptionError,
};
use crate::store::StoreError;

impl From<Denied> for Refusal {
    /// A token for another API is as good as none here.
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unauthenticated | Denied::WrongScope | Denied::WrongPage => Self::Unauthorized,
            Denied::TooMany(refused) => Self::TooManyRequests(refused.seconds()),
        }
    }
}

impl From<PollError> for Refusal {
    fn from(error: PollError) -> Self {
        match error {
            PollError::Gone(_) => Self::InvalidSession,
            PollError::OtherVersion => Self::OtherVersion,
        }
    }
}

impl From<OpenSessionError> for Refusal {
    fn from(error: OpenSessionError) -> Self {
        match error {
            OpenSessionError::TooMany(_) => Self::TooManySessions,
            OpenSessionError::Store(error) => error.into(),
        }
    }
}

impl From<EndSessionError> for Refusal {
    fn from(error: EndSessionError) -> Self {
        match error {
            EndSessionError::Gone(_) => Self::InvalidSession,
            EndSessionError::Store(error) => error.into(),
        }
    }
}

impl From<SessionAcknowledgeError> for Refusal {
    fn from(error: SessionAcknowledgeError) -> Self {
        match error {
            SessionAcknowledgeError::Refused(AcknowledgeError::Gone(_)) => Self::InvalidSession,
            SessionAcknowledgeError::Refused(AcknowledgeError::NotRequired(_)) => Self::NoAcknowledgement,
            SessionAcknowledgeError::Store(error) => error.into(),
        }
    }
}

impl From<SubscriptionError> for Refusal {
    fn from(error: SubscriptionError) -> Self {
        match error {
            SubscriptionError::Gone(_) => Self::InvalidSession,
            SubscriptionError::NotFound => Self::NoSuchSubscription,
            SubscriptionError::TooMany => Self::TooManySubscriptions,
            SubscriptionError::TooManyOfTenant => Self::TooManySubscriptionsOfAll,
            SubscriptionError::Store(error) => error.into(),
        }
    }
}

impl From<SessionGone> for Refusal {
    fn from(_: SessionGone) -> Self {
        Self::InvalidSession
    }
}

impl From<BeginError> for Refusal {
    fn from(error: BeginError) -> Self {
        match error {
            BeginError::OtherRequest => Self::KeyReused,
            BeginError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a streaming request failed");
        Self::Internal
    }
}
