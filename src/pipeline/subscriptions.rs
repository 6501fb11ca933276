//! Subscriptions as the engine sees them: put in force and ended in step with what is published and kept.
//! It must not know their JSON or HTTP.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::engine::Engine;
use super::record::{Put, Step, Subscribing, Unsubscribing};
use crate::broker::{SessionGone, SessionHead};
use crate::domain::subscription::{Filter, Subscription, SubscriptionId};
use crate::store::StoreError;

impl Engine {
    /// Lets a session hear what `filter` lets through of everything that is published after the answer.
    ///
    /// Answered once it is in force, and kept where the session is. When the caller goes away before that it is in
    /// force all the same, as for the other changes here.
    pub async fn subscribe(
        &self,
        session: SessionHead,
        description: String,
        filter: Filter,
    ) -> Result<Subscription, SubscriptionError> {
        self.put(session, None, description, filter).await.map(|(subscription, _)| subscription)
    }

    /// As [`subscribe`](Self::subscribe), under an id that the client has chosen. One of that id is replaced: its
    /// moment of creation stays, and at no moment between both filters nothing is heard.
    pub async fn put_subscription(
        &self,
        session: SessionHead,
        id: SubscriptionId,
        description: String,
        filter: Filter,
    ) -> Result<(Subscription, Put), SubscriptionError> {
        self.put(session, Some(id), description, filter).await
    }

    /// A subscription of a session.
    pub fn subscription(
        &self,
        session: SessionHead,
        id: &SubscriptionId,
    ) -> Result<Subscription, SubscriptionError> {
        let all = self.sessions.subscriptions(session.tenant, &session.id)?;
        let found = all.into_iter().find(|subscription| subscription.id == *id);
        found.map(Arc::unwrap_or_clone).ok_or(SubscriptionError::NotFound)
    }

    /// The subscriptions of a session, in the order of their creation.
    pub fn subscriptions(&self, session: SessionHead) -> Result<Vec<Subscription>, SessionGone> {
        let all = self.sessions.subscriptions(session.tenant, &session.id)?;
        Ok(all.into_iter().map(Arc::unwrap_or_clone).collect())
    }

    /// Ends a subscription: the session hears by it what was published before, and nothing that is published after
    /// the answer.
    pub async fn unsubscribe(
        &self,
        session: SessionHead,
        id: &SubscriptionId,
    ) -> Result<(), SubscriptionError> {
        let (answer, outcome) = oneshot::channel();
        let ask = Unsubscribing { session, id: id.clone(), answer };
        self.recorder.record(session.tenant, vec![Step::Unsubscribe(Box::new(ask))]).await?;
        answered(outcome)?
    }

    async fn put(
        &self,
        session: SessionHead,
        id: Option<SubscriptionId>,
        description: String,
        filter: Filter,
    ) -> Result<(Subscription, Put), SubscriptionError> {
        let (answer, outcome) = oneshot::channel();
        let (most, most_of_tenant) = (self.subscriptions_per_session, self.subscriptions_per_tenant);
        let ask = Subscribing { session, id, description, filter, most, most_of_tenant, answer };
        self.recorder.record(session.tenant, vec![Step::Subscribe(Box::new(ask))]).await?;
        let (subscription, put) = answered(outcome)??;
        Ok((Arc::unwrap_or_clone(subscription), put))
    }
}

/// What a step that was done has answered. One that was dropped undone belongs to a recorder that is gone.
fn answered<T>(mut outcome: oneshot::Receiver<T>) -> Result<T, StoreError> {
    outcome.try_recv().map_err(|_| StoreError::Closed)
}

/// Why a subscription is not what it was asked to be. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscriptionError {
    /// There is no such session.
    #[error(transparent)]
    Gone(#[from] SessionGone),
    /// The session has no such subscription.
    #[error("there is no such subscription")]
    NotFound,
    /// The session has as many subscriptions as it may have, or has replaced so many while events of their time are not
    /// acknowledged.
    #[error("the session has as many subscriptions as it may have")]
    TooMany,
    /// The sessions of the organization have as many subscriptions as they may have together.
    #[error("the organization has as many subscriptions as it may have")]
    TooManyOfTenant,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests;
