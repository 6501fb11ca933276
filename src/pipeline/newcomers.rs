//! Customers who first speak in a conversation, for whoever asks the business about them. It must not know who asks,
//! nor how.

use tokio::sync::mpsc;

use crate::domain::ids::{ConversationId, TenantId};

/// A customer who first speaks in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newcomer {
    /// The tenant.
    pub tenant: TenantId,
    /// The conversation.
    pub conversation: ConversationId,
}

/// Where newcomers are told.
#[derive(Clone, Debug)]
pub struct Newcomers(mpsc::Sender<Newcomer>);

impl Newcomers {
    /// At most `waiting` wait to be asked about; the others are not.
    ///
    /// # Panics
    /// When none may wait.
    pub fn new(waiting: usize) -> (Self, mpsc::Receiver<Newcomer>) {
        let (sender, receiver) = mpsc::channel(waiting);
        (Self(sender), receiver)
    }

    /// Nobody asks.
    pub fn unasked() -> Self {
        Self::new(1).0
    }

    /// A customer first speaks in a conversation.
    pub(super) fn tell(&self, newcomer: Newcomer) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.0.try_send(newcomer) {
            let Newcomer { tenant, conversation } = newcomer;
            tracing::warn!(%tenant, %conversation, "too many customers wait to be asked about");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_asked_about_beyond_those_who_may_wait() {
        let (newcomers, mut asked_about) = Newcomers::new(2);
        let tenant = TenantId::new();
        let come: Vec<_> = (0..3).map(|_| Newcomer { tenant, conversation: ConversationId::new() }).collect();
        for newcomer in &come {
            newcomers.tell(*newcomer);
        }
        let waiting: Vec<_> = std::iter::from_fn(|| asked_about.try_recv().ok()).collect();
        assert_eq!(waiting, come[..2]);
    }
}
