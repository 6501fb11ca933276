//! Versions of subscriptions that have ended and still decide what sessions hold after a restart: how many a session
//! has, and which of them it needs no more.
//! It must not know what a version lets through.

use std::collections::HashMap;

use crate::domain::ids::SessionId;
use crate::domain::order::EventId;
use crate::store::SessionRecord;

/// The newest events of the versions that ended, oldest first, by their sessions. The store may have fewer.
#[derive(Debug, Default)]
pub(super) struct Ended(HashMap<SessionId, Vec<EventId>>);

impl Ended {
    /// Those of sessions that the store has.
    pub(super) fn of(sessions: &[SessionRecord]) -> Self {
        let mut ended = Self::default();
        for session in sessions {
            let mut ends: Vec<_> = session.subscriptions.iter().filter_map(|version| version.until).collect();
            ends.sort_unstable();
            ended.add(session.id, ends);
        }
        ended
    }

    /// How many a session has.
    pub(super) fn count(&self, session: SessionId) -> usize {
        self.0.get(&session).map_or(0, Vec::len)
    }

    /// A version of a session ends with this event.
    pub(super) fn push(&mut self, session: SessionId, until: EventId) {
        self.0.entry(session).or_default().push(until);
    }

    /// Those of a batch that is kept now.
    pub(super) fn merge(&mut self, batch: Self) {
        batch.0.into_iter().for_each(|(session, ends)| self.add(session, ends));
    }

    /// Forgets the versions of a session whose oldest event is `oldest_held` that came to their ends before it; all when
    /// it holds none. The newest event of those that are forgotten: up to it the session has acknowledged everything.
    pub(super) fn shed(&mut self, session: SessionId, oldest_held: Option<EventId>) -> Option<EventId> {
        let ends = self.0.get_mut(&session)?;
        let useless = oldest_held.map_or(ends.len(), |oldest| ends.partition_point(|until| *until < oldest));
        let last = ends.drain(..useless).next_back();
        if ends.is_empty() {
            self.0.remove(&session);
        }
        last
    }

    /// Forgets a session.
    pub(super) fn forget(&mut self, session: SessionId) {
        self.0.remove(&session);
    }

    fn add(&mut self, session: SessionId, ends: Vec<EventId>) {
        if !ends.is_empty() {
            self.0.entry(session).or_default().extend(ends);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(ms: i64) -> EventId {
        EventId { ms, n: 0 }
    }

    #[test]
    fn what_ended_before_the_oldest_event_held_is_shed() {
        let (mut ended, session) = (Ended::default(), SessionId::new());
        assert_eq!(ended.shed(session, None), None);
        (1..=4).for_each(|ms| ended.push(session, id(ms)));
        assert_eq!(ended.shed(SessionId::new(), None), None);
        assert_eq!((ended.shed(session, Some(id(1))), ended.count(session)), (None, 4));
        assert_eq!((ended.shed(session, Some(id(3))), ended.count(session)), (Some(id(2)), 2));
        assert_eq!((ended.shed(session, None), ended.count(session)), (Some(id(4)), 0));
        assert!(ended.0.is_empty());
    }
}
