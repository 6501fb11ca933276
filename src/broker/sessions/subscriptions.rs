//! The subscriptions of sessions: putting them in force and ending them.
//! It must not know who asks, nor what is kept of them; one caller at a time changes them and publishes what they are
//! for.

use std::sync::Arc;

use super::{SessionGone, Sessions};
use crate::broker::SubscriptionCount;
use crate::broker::watching::Watch;
use crate::domain::ids::{SessionId, TenantId};
use crate::domain::subscription::{Subscription, SubscriptionId};

impl Sessions {
    /// The subscriptions of a session, in the order of their creation.
    pub fn subscriptions(
        &self,
        tenant: TenantId,
        id: &SessionId,
    ) -> Result<Vec<Arc<Subscription>>, SessionGone> {
        self.lookup(tenant, id)?.check()?;
        let registered = self.sessions.get(id).ok_or(SessionGone)?;
        Ok(registered.watching.as_ref().map_or_else(Vec::new, |watching| watching.list()))
    }

    /// Puts a subscription in force, in place of the one of its id where there is one: what is published after the
    /// return is heard by it. A session that is gone hears nothing.
    pub fn put_subscription(&self, tenant: TenantId, id: &SessionId, subscription: Arc<Subscription>) {
        let Ok(session) = self.lookup(tenant, id) else { return };
        let newest = {
            let Some(mut registered) = self.sessions.get_mut(id) else { return };
            registered.watching.get_or_insert_default().newest()
        };
        // Attached while no shard of the registry is locked.
        let watch = Watch::begin(&self.topics, &session, newest, subscription);
        let former = {
            let registered = self.sessions.get_mut(id).filter(|it| Arc::ptr_eq(&it.session, &session));
            let Some(mut registered) = registered else { return };
            let former = registered.watching.get_or_insert_default().put(watch);
            if former.is_none() {
                // Under the guard: whoever takes the session out counts it down after this.
                self.subscribed.rise(session.head());
            }
            former
        };
        drop(former);
    }

    /// Ends a subscription: nothing that is published after the return is heard by it.
    pub fn end_subscription(&self, tenant: TenantId, id: &SessionId, subscription: &SubscriptionId) {
        let Ok(session) = self.lookup(tenant, id) else { return };
        let ended = {
            let Some(mut registered) = self.sessions.get_mut(id) else { return };
            let Some(watching) = &mut registered.watching else { return };
            let ended = watching.remove(subscription);
            if watching.len() == 0 {
                registered.watching = None;
            }
            if ended.is_some() {
                self.subscribed.fall(session.head(), 1);
            }
            ended
        };
        drop(ended);
    }

    /// How many subscriptions are in force in an organization. Those of sessions that are over and not reported yet
    /// are among them.
    pub fn subscription_count(&self, tenant: TenantId) -> SubscriptionCount {
        self.subscribed.of(tenant)
    }
}
