//! What is known of the fate of messages from the moment it shows until it is kept with the conversation. It must not
//! know how it shows, nor who keeps it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dashmap::DashMap;
use tokio::sync::mpsc;

use crate::broker::HearTaken;
use crate::domain::ids::{ConversationId, TenantId};

/// What shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pipeline) enum Showing {
    /// The customer's side has the message.
    Taken,
    /// It was given up.
    Failed,
}

/// What is known of the messages of one conversation, and not kept yet.
struct Known {
    tenant: TenantId,
    /// By `eventId`, in the order in which it showed, each once. While the conversation is open there are no more than
    /// messages that somebody waits for, twice: whoever notes something looks whether anybody does. Until its end is
    /// kept whatever its webhook settles comes to them, since it is not known then who waited.
    fates: Vec<(i64, Showing)>,
    /// Whether it is about to be taken up.
    is_due: bool,
}

/// Where fates are told, and known until they are kept.
#[derive(Clone)]
pub(in crate::pipeline) struct Fates {
    known: Arc<DashMap<ConversationId, Known>>,
    /// Each conversation stands here at most once, so nothing else bounds it.
    due: mpsc::UnboundedSender<ConversationId>,
}

/// The other end.
pub(in crate::pipeline) struct FateQueue(pub(super) mpsc::UnboundedReceiver<ConversationId>);

impl Fates {
    pub(in crate::pipeline) fn new() -> (Self, FateQueue) {
        let (due, queue) = mpsc::unbounded_channel();
        (Self { known: Arc::default(), due }, FateQueue(queue))
    }

    /// Hears when the first reader of the customer's side has taken an activity.
    pub(in crate::pipeline) fn ear(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        event_id: i64,
    ) -> Arc<dyn HearTaken> {
        let (fates, told) = (self.clone(), AtomicBool::new(false));
        Arc::new(Ear { fates, tenant, conversation, event_id, told })
    }

    /// What is known of the messages of a conversation, in the order in which it showed.
    pub(in crate::pipeline) fn known_of(&self, conversation: ConversationId) -> Vec<(i64, Showing)> {
        self.known.get(&conversation).map(|known| known.fates.clone()).unwrap_or_default()
    }

    /// Something shows that is to be taken up.
    pub(super) fn tell(&self, tenant: TenantId, conversation: ConversationId, fate: (i64, Showing)) {
        if self.note(tenant, conversation, fate, Known::make_due) {
            // Nobody is there any more when the engine has gone.
            self.due.send(conversation).ok();
        }
    }

    /// What is known of a conversation, if anything is, is to be taken up.
    pub(super) fn take_up_later(&self, conversation: ConversationId) {
        let is_news = self.known.get_mut(&conversation).is_some_and(|mut known| known.make_due());
        if is_news {
            self.due.send(conversation).ok();
        }
    }

    /// Something shows that is told later.
    pub(super) fn foresee(&self, tenant: TenantId, conversation: ConversationId, fate: (i64, Showing)) {
        self.note(tenant, conversation, fate, |_| ());
    }

    fn note<T>(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        fate: (i64, Showing),
        then: impl FnOnce(&mut Known) -> T,
    ) -> T {
        let nothing = || Known { tenant, fates: Vec::new(), is_due: false };
        let mut known = self.known.entry(conversation).or_insert_with(nothing);
        if !known.fates.contains(&fate) {
            known.fates.push(fate);
        }
        then(&mut known)
    }

    /// Begins to take up what is known of a conversation; whatever shows from now on makes it due again.
    pub(super) fn take_up(&self, conversation: ConversationId) -> Option<(TenantId, Vec<(i64, Showing)>)> {
        let mut known = self.known.get_mut(&conversation)?;
        known.is_due = false;
        Some((known.tenant, known.fates.clone()))
    }

    /// So much of what is known of a conversation, the oldest, is kept, or nobody asks for it any more.
    pub(super) fn forget(&self, conversation: ConversationId, count: usize) {
        let done = |known: &mut Known| {
            known.fates.drain(..count.min(known.fates.len()));
            known.fates.is_empty() && !known.is_due
        };
        self.known.remove_if_mut(&conversation, |_, known| done(known));
    }
}

impl Known {
    /// Whether it was not due before.
    fn make_due(&mut self) -> bool {
        !std::mem::replace(&mut self.is_due, true)
    }
}

struct Ear {
    fates: Fates,
    tenant: TenantId,
    conversation: ConversationId,
    event_id: i64,
    told: AtomicBool,
}

impl HearTaken for Ear {
    fn taken(&self) {
        if !self.told.swap(true, Ordering::Relaxed) {
            self.fates.tell(self.tenant, self.conversation, (self.event_id, Showing::Taken));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_of_a_conversation_is_known_in_order_and_once_until_it_is_kept() {
        let (fates, mut queue) = Fates::new();
        let (tenant, one, other) = (TenantId::new(), ConversationId::new(), ConversationId::new());
        fates.foresee(tenant, one, (7, Showing::Taken));
        assert!(queue.0.try_recv().is_err(), "it is told later");
        for (conversation, fate) in [
            (one, (7, Showing::Taken)),
            (other, (5, Showing::Taken)),
            (one, (6, Showing::Failed)),
            (one, (7, Showing::Taken)),
        ] {
            fates.tell(tenant, conversation, fate);
        }
        assert_eq!((queue.0.try_recv(), queue.0.try_recv()), (Ok(one), Ok(other)));
        assert!(queue.0.try_recv().is_err(), "each is due once");
        let of_one = vec![(7, Showing::Taken), (6, Showing::Failed)];
        assert_eq!(fates.take_up(one), Some((tenant, of_one.clone())));
        fates.tell(tenant, one, (8, Showing::Taken));
        assert_eq!(queue.0.try_recv(), Ok(one), "something more shows");
        fates.forget(one, of_one.len());
        assert_eq!(fates.known_of(one), [(8, Showing::Taken)]);
        fates.take_up(one);
        fates.forget(one, 1);
        assert_eq!(fates.known_of(one), []);
        assert!(!fates.known.contains_key(&one) && fates.known.contains_key(&other));
    }
}
