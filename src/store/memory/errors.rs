//! Why a write was not kept.

use crate::domain::delivery::DeliveryNo;
use crate::domain::ids::{FaqEditionId, OrgId, TenantId};
use crate::domain::order::Position;

/// Why a write was not kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// The tenant was never kept.
    #[error("there is no tenant {0}")]
    NoTenant(TenantId),
    /// The `orgId` is another tenant's.
    #[error("there is another tenant {}", .0.as_str())]
    OrgTaken(OrgId),
    /// The id belongs to a thing of another tenant.
    #[error("the id belongs to another tenant")]
    AnotherTenant,
    /// The bot has no edition of that id that is still being written.
    #[error("there is no edition {0} to be put in force")]
    NoFaqEdition(FaqEditionId),
    /// The tenant has an activity there, or after it.
    #[error("position {} is taken", .0.0)]
    PositionTaken(Position),
    /// The conversation has an activity of that id, or of a greater one.
    #[error("event id {0} is taken")]
    EventIdTaken(i64),
    /// There is a delivery of that number.
    #[error("delivery {} is taken", .0.0)]
    DeliveryTaken(DeliveryNo),
}
