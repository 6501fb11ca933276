//! Where somebody may have come who answers conversations, told to whoever looks after those that wait. It must not
//! know who waits.

use std::collections::BTreeSet;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::Registry;
use crate::domain::ids::TenantId;

/// How many changes may wait for one who listens. Whoever falls further behind is told that it may be anybody.
const BACKLOG: usize = 256;

/// Whose conversations somebody may answer who was not there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those of these organizations.
    These(BTreeSet<TenantId>),
    /// Those of any.
    Anybodys,
}

impl Whose {
    /// Whether this organization's are among them.
    pub fn includes(&self, tenant: TenantId) -> bool {
        match self {
            Self::These(tenants) => tenants.contains(&tenant),
            Self::Anybodys => true,
        }
    }
}

/// Tells all who listen.
pub(super) struct Answering(broadcast::Sender<TenantId>);

impl Default for Answering {
    fn default() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }
}

/// What one who listens has not heard yet.
pub struct Arrivals(broadcast::Receiver<TenantId>);

impl Arrivals {
    /// All that came since the last time, as soon as there is something; none once the registry is gone. Nothing is
    /// lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Whose> {
        let mut tenants = BTreeSet::new();
        match self.0.recv().await {
            Ok(tenant) => tenants.insert(tenant),
            Err(RecvError::Lagged(_)) => return Some(self.fell_behind()),
            Err(RecvError::Closed) => return None,
        };
        loop {
            match self.0.try_recv() {
                Ok(tenant) => tenants.insert(tenant),
                Err(TryRecvError::Lagged(_)) => return Some(self.fell_behind()),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return Some(Whose::These(tenants)),
            };
        }
    }

    fn fell_behind(&mut self) -> Whose {
        self.0 = self.0.resubscribe();
        Whose::Anybodys
    }
}

impl Registry {
    /// Hears from now on where somebody may have come who answers conversations: an agent or a bot, its user, a team.
    pub fn arrivals(&self) -> Arrivals {
        Arrivals(self.answering.0.subscribe())
    }

    pub(super) fn answering_changed(&self, tenant: TenantId) {
        // Nobody may be listening.
        drop(self.answering.0.send(tenant));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_that_came_is_told_at_once_and_each_organization_once() {
        let answering = Answering::default();
        let mut arrivals = Arrivals(answering.0.subscribe());
        let (one, two) = (TenantId::new(), TenantId::new());
        for tenant in [one, two, one] {
            answering.0.send(tenant).unwrap();
        }
        assert_eq!(arrivals.next().await, Some(Whose::These(BTreeSet::from([one, two]))));
        answering.0.send(two).unwrap();
        let told = arrivals.next().await.unwrap();
        assert_eq!((told.includes(one), told.includes(two)), (false, true));
        drop(answering);
        assert_eq!(arrivals.next().await, None);
    }

    #[tokio::test]
    async fn whoever_falls_behind_is_told_of_anybody_and_of_nothing_twice() {
        let answering = Answering::default();
        let mut arrivals = Arrivals(answering.0.subscribe());
        let tenant = TenantId::new();
        for _ in 0..BACKLOG {
            answering.0.send(tenant).unwrap();
        }
        assert_eq!(arrivals.next().await, Some(Whose::These(BTreeSet::from([tenant]))));
        for _ in 0..=BACKLOG {
            answering.0.send(tenant).unwrap();
        }
        let told = arrivals.next().await.unwrap();
        assert!(told == Whose::Anybodys && told.includes(TenantId::new()));
        drop(answering);
        assert_eq!(arrivals.next().await, None);
    }
}
