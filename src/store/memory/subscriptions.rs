//! The versions of the subscriptions of sessions that require acknowledgement.
//! Does not know which event a filter lets through.

use super::contents::Contents;
use crate::domain::clock::Millis;
use crate::domain::engagement::Audience;
use crate::domain::ids::{SessionId, TenantId};
use crate::domain::order::EventId;
use crate::domain::subscription::SubscriptionId;
use crate::store::SubscriptionRecord;

/// A version: its session, and a number that tells the order in which versions were put.
pub(super) type VersionKey = (SessionId, u64);

impl Contents {
    /// Keeps a version. A session that has ended in the meantime has no subscriptions.
    pub(super) fn put_subscription(&mut self, session: SessionId, record: SubscriptionRecord) {
        if self.sessions.contains(&session) {
            let last =
                self.subscriptions.range(versions_of(session)).next_back().map_or(0, |((_, no), _)| *no);
            self.subscriptions.put((session, last + 1), record);
        }
    }

    /// Ends the version in force. It goes at once when nothing is kept that it may have let through.
    pub(super) fn end_subscription(&mut self, session: SessionId, id: &SubscriptionId, until: EventId) {
        let Some(tenant) = self.sessions.get(&session).map(|session| session.tenant) else { return };
        let in_force = self
            .subscriptions
            .range(versions_of(session))
            .find(|(_, one)| one.subscription.id == *id && one.until.is_none())
            .map(|(key, record)| (*key, record.clone()));
        let Some((key, record)) = in_force else { return };
        let ended = SubscriptionRecord { until: Some(until), ..record };
        if self.may_have_let_through(tenant, &ended) {
            self.subscriptions.put(key, ended);
        } else {
            self.subscriptions.remove(&key);
        }
    }

    /// Removes the versions of a session that ended with `event` or before it.
    pub(super) fn forget_subscriptions_ended_up_to(&mut self, session: SessionId, event: EventId) {
        let versions = self.subscriptions.range(versions_of(session));
        let gone: Vec<_> = versions
            .filter(|(_, record)| record.until.is_some_and(|until| until <= event))
            .map(|(key, _)| *key)
            .collect();
        gone.iter().for_each(|key| self.subscriptions.remove(key));
    }

    /// Removes all versions of a session.
    pub(super) fn forget_subscriptions(&mut self, session: SessionId) {
        let gone: Vec<_> = self.subscriptions.range(versions_of(session)).map(|(key, _)| *key).collect();
        gone.iter().for_each(|key| self.subscriptions.remove(key));
    }

    /// All versions of a session, in the order in which they were put.
    pub(super) fn subscriptions_of(&self, session: SessionId) -> Vec<SubscriptionRecord> {
        self.subscriptions.range(versions_of(session)).map(|(_, record)| record.clone()).collect()
    }

    /// Some of the versions, at most `most`, that ended before `before` and let through no event that is still kept.
    pub(super) fn useless_subscriptions(&self, before: Millis, most: usize) -> Vec<VersionKey> {
        let is_useless = |session: &SessionId, record: &SubscriptionRecord| {
            let tenant = self.sessions.get(session).map(|session| session.tenant);
            record.until.is_some_and(|until| until.ms < before.0)
                && tenant.is_none_or(|tenant| !self.may_have_let_through(tenant, record))
        };
        let useless =
            self.subscriptions.range(..).filter(|((session, _), record)| is_useless(session, record));
        useless.take(most).map(|(key, _)| *key).collect()
    }

    /// Whether an event for those who watch is kept that came while a version was in force.
    fn may_have_let_through(&self, tenant: TenantId, record: &SubscriptionRecord) -> bool {
        let until = record.until.unwrap_or(EventId { ms: i64::MAX, n: u32::MAX });
        record.after < until
            && self
                .events
                .range((tenant, record.after)..=(tenant, until))
                .any(|((_, id), event)| *id > record.after && matches!(event.audience, Audience::Watchers(_)))
    }
}

fn versions_of(session: SessionId) -> std::ops::RangeInclusive<VersionKey> {
    (session, 0)..=(session, u64::MAX)
}
