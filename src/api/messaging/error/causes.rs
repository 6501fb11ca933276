//! What went wrong further in, as refusals of the messaging face. It must not know how a refusal is rendered.

use super::Refusal;
use crate::api::caller::Denied;
use crate::pipeline::EngineError;
use crate::registry::RegistryError;
use crate::store::StoreError;

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unauthenticated => Self::Unauthorized,
            Denied::WrongScope | Denied::WrongPage => Self::Forbidden,
            Denied::TooMany(refused) => Self::TooManyRequests(refused.seconds()),
        }
    }
}

impl From<EngineError> for Refusal {
    /// What a call could have been told about a field is told where the field is known.
    fn from(error: EngineError) -> Self {
        tracing::error!(%error, "a messaging request failed");
        Self::Internal
    }
}

impl From<RegistryError> for Refusal {
    /// As above.
    fn from(error: RegistryError) -> Self {
        tracing::error!(%error, "a messaging request failed");
        Self::Internal
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a messaging request failed");
        Self::Internal
    }
}
