//! What the operators of a tenant are told of its endpoints.

use async_trait::async_trait;

use crate::domain::clock::Millis;
use crate::domain::delivery::{Attempt, Delivery, DeliveryStatus, Endpoint};
use crate::domain::ids::{ConversationId, DeliveryId, TenantId};
pub use crate::domain::notification::Reason;
use crate::pipeline::Engine;
use crate::store::Write;

/// Deliveries of one conversation to one endpoint that were given up at the same time.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenUp {
    /// Whose they are.
    pub tenant: TenantId,
    /// Who would not take them.
    pub endpoint: Endpoint,
    /// The conversation.
    pub conversation: ConversationId,
    /// The deliveries, the oldest first; none when the endpoint has stopped itself by what it answered to something
    /// that nobody keeps.
    pub deliveries: Vec<DeliveryId>,
    /// Why.
    pub reason: Reason,
    /// The last attempt.
    pub last: Attempt,
    /// When they were given up.
    pub at: Millis,
}

/// Why deliveries were given up without a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// The endpoint is stopped.
    Stopped,
    /// The endpoint has no address, or none any more.
    NoAddress,
}

impl Unsent {
    /// What is said of it in place of an attempt.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Stopped => "not sent: the endpoint has answered 410 and was not changed since",
            Self::NoAddress => "not sent: no webhook is set",
        }
    }
}

/// Tells the operators of a tenant.
#[async_trait]
pub trait TellOperators: Send + Sync {
    /// What is kept of a notice, in the commit that gives the deliveries up.
    fn kept(&self, given_up: &GivenUp) -> Vec<Write>;

    /// Tells it, once it is kept. Until this is done nothing more of that conversation is sent to that endpoint, and
    /// nobody else waits.
    async fn tell(&self, given_up: GivenUp);

    /// Counts so many deliveries that were given up without a call. Nobody is told of them: there may be very many.
    fn count_unsent(&self, why: Unsent, deliveries: usize);
}

/// Hears what became of single deliveries: somebody may wait for the fate of what they carry. It neither waits nor sends
/// anything itself.
pub trait HearSettled: Send + Sync {
    /// The endpoint has taken a delivery, which is about to be kept: nothing may be said any more that denies it.
    fn taken(&self, delivery: &Delivery);

    /// It is kept that the endpoint has taken a delivery, or that it was given up.
    fn settled(&self, delivery: &Delivery, status: DeliveryStatus);
}

impl HearSettled for Engine {
    fn taken(&self, delivery: &Delivery) {
        if let Endpoint::Integration(integration) = delivery.endpoint {
            self.foresee_delivered(integration, delivery);
        }
    }

    fn settled(&self, delivery: &Delivery, status: DeliveryStatus) {
        let Endpoint::Integration(integration) = delivery.endpoint else { return };
        match status {
            DeliveryStatus::Delivered => self.note_delivered(integration, delivery),
            DeliveryStatus::Dead => self.note_given_up(integration, delivery),
            DeliveryStatus::Pending => {}
        }
    }
}
