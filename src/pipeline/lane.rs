//! Live conversations: their heads in memory, and the lane through which each one's activities pass.
//! It must not know who listens or where anything is kept.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use dashmap::{DashMap, Entry};
use parking_lot::{Mutex, MutexGuard};

use super::by_customer::ByCustomer;
use super::dormant::silent_since;
use super::places::Places;
use super::stages::StageTurns;
use super::taking::Takers;
use crate::domain::clock::Millis;
use crate::domain::conversation::{Conversation, SAID_STEP};
use crate::domain::ids::{ConversationId, HubId, IntegrationId, TenantId};
use crate::store::ConversationRecord;

/// A conversation that is open, or was when it was looked up.
pub struct Live {
    /// Identifies it; repeated outside the lane because it never changes.
    pub id: ConversationId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Counts the heads that could not be kept; work built on one of an earlier epoch is refused.
    epoch: AtomicU64,
    /// Whether its establishment was committed.
    kept: AtomicBool,
    /// The newest `eventId` that readers have been given.
    published_event: AtomicI64,
    /// Who reads on the customer's side.
    pub(super) takers: Takers,
    /// Whose activity goes through the stages, before the lane.
    pub(super) stage_turns: StageTurns,
    /// Guards the head and the sequence from validation to the recorder's queue; never held across an await.
    lane: Mutex<Lane>,
}

/// What the lane guards.
pub struct Lane {
    /// The head as of the last activity taken.
    pub head: Conversation,
    /// The head that the store has; none before the establishment is committed.
    committed: Option<Conversation>,
    last_event_id: i64,
    /// The `eventId` of the newest activity that is to be kept; 0 when there is none.
    last_kept: i64,
    /// Since when nobody has said anything that is kept. What could not be kept counts too: somebody was there.
    silent_since: Millis,
    /// Under which moment the order of silence has it: `silent_since`, or as it was.
    listed: Millis,
}

/// Tells the heads that work was built on before one could not be kept from those after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Epoch(u64);

impl Lane {
    /// The next `eventId`: the time, bumped so that it increases strictly.
    pub fn next_event_id(&mut self, now: Millis) -> i64 {
        self.last_event_id = now.0.max(self.last_event_id + 1);
        self.last_event_id
    }

    /// The `eventId` of the newest activity that is to be kept; 0 when there is none.
    pub(super) fn last_kept(&self) -> i64 {
        self.last_kept
    }

    /// Notes that the activity of this `eventId` is to be kept.
    pub(super) fn note_kept(&mut self, event_id: i64) {
        self.last_kept = event_id;
    }

    /// Since when nobody has said anything that is kept.
    pub(super) fn silent_since(&self) -> Millis {
        self.silent_since
    }

    /// Notes that something is said that is to be kept; whether the head changed by it.
    pub(super) fn note_said(&mut self, now: Millis) -> bool {
        self.silent_since = self.silent_since.max(now);
        let is_behind = self.head.said.is_none_or(|said| now.since(said) >= SAID_STEP);
        if is_behind {
            self.head.said = Some(now);
        }
        is_behind
    }
}

impl Live {
    /// A conversation that the store has.
    fn restored(head: Conversation, last_event_id: i64) -> Arc<Self> {
        Self::with(head.clone(), Some(head), last_event_id)
    }

    /// A conversation that the store does not have yet.
    fn opened(head: Conversation) -> Arc<Self> {
        Self::with(head, None, 0)
    }

    fn with(head: Conversation, committed: Option<Conversation>, last_event_id: i64) -> Arc<Self> {
        let silent_since = silent_since(&head, last_event_id);
        Arc::new(Self {
            id: head.id,
            tenant: head.tenant,
            epoch: AtomicU64::new(0),
            kept: AtomicBool::new(committed.is_some()),
            published_event: AtomicI64::new(last_event_id),
            takers: Takers::kept(head.taken),
            stage_turns: StageTurns::default(),
            lane: Mutex::new(Lane {
                head,
                committed,
                last_event_id,
                last_kept: last_event_id,
                silent_since,
                listed: silent_since,
            }),
        })
    }

    /// The present epoch.
    pub(super) fn epoch(&self) -> Epoch {
        Epoch(self.epoch.load(Ordering::Acquire))
    }

    /// Enters the lane.
    pub fn enter(&self) -> MutexGuard<'_, Lane> {
        self.lane.lock()
    }

    /// A copy of the head.
    pub fn head(&self) -> Conversation {
        self.lane.lock().head.clone()
    }

    /// Whether its establishment was committed.
    pub fn is_kept(&self) -> bool {
        self.kept.load(Ordering::Acquire)
    }

    /// The newest `eventId` that readers have been given.
    pub fn published_event(&self) -> i64 {
        self.published_event.load(Ordering::Acquire)
    }

    /// Notes that readers are being given this `eventId`.
    pub fn set_published_event(&self, event_id: i64) {
        self.published_event.fetch_max(event_id, Ordering::AcqRel);
    }
}

/// Where a conversation stands, and with it the lists that have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    destination: Option<IntegrationId>,
    queued: Option<Millis>,
}

impl Standing {
    /// As a head says.
    pub(super) fn of(head: &Conversation) -> Self {
        Self { destination: head.destination, queued: head.queued }
    }
}

/// Conversations in the order in which they were opened.
type Shelf = BTreeSet<(Millis, ConversationId)>;

/// All live conversations, and the ways to find them.
#[derive(Default)]
pub(super) struct Conversations {
    live: DashMap<ConversationId, Arc<Live>>,
    by_binding: DashMap<(IntegrationId, String), Arc<Live>>,
    by_hub: DashMap<HubId, Shelf>,
    /// By the customer integration, and by the integration that answers.
    by_integration: DashMap<IntegrationId, Shelf>,
    by_silence: Places,
    by_customer: ByCustomer,
    waiting: Places,
}

/// A page of open conversations.
pub struct OpenConversations {
    /// The newest first.
    pub newest: Vec<Arc<Live>>,
    /// How many there are in all.
    pub total: usize,
}

impl Conversations {
    /// Takes up a conversation that the store holds.
    pub(super) fn restore(&self, record: ConversationRecord) {
        let ConversationRecord { conversation: head, last_event_id, told } = record;
        let binding = (head.integration, head.binding.clone());
        let live = Live::restored(head, last_event_id);
        live.takers.set_told(told);
        self.by_binding.insert(binding, live.clone());
        self.show(live);
    }

    /// The open conversation of a binding, or the one that `make` describes. Of many callers at once, one makes it.
    pub(super) fn find_or_open(
        &self,
        integration: IntegrationId,
        binding: &str,
        make: impl FnOnce() -> Conversation,
    ) -> (Arc<Live>, Found) {
        match self.by_binding.entry((integration, binding.to_owned())) {
            Entry::Occupied(found) => (found.get().clone(), Found::Open),
            Entry::Vacant(free) => {
                let live = Live::opened(make());
                free.insert(live.clone());
                self.show(live.clone());
                (live, Found::New)
            }
        }
    }

    /// A live conversation of a tenant.
    pub(super) fn get(&self, tenant: TenantId, id: ConversationId) -> Option<Arc<Live>> {
        self.live.get(&id).filter(|live| live.tenant == tenant).map(|live| live.clone())
    }

    /// The newest open conversations that an integration takes part in, at most `limit`.
    pub(super) fn of_integration(&self, integration: IntegrationId, limit: usize) -> OpenConversations {
        self.newest(self.by_integration.get(&integration).as_deref(), limit)
    }

    /// The newest open conversations of a hub, at most `limit`.
    pub(super) fn of_hub(&self, hub: HubId, limit: usize) -> OpenConversations {
        self.newest(self.by_hub.get(&hub).as_deref(), limit)
    }

    /// How many open conversations an integration takes part in.
    pub(super) fn load_of(&self, integration: IntegrationId) -> usize {
        self.by_integration.get(&integration).map_or(0, |shelf| shelf.len())
    }

    /// All live conversations, in no order.
    pub(super) fn all(&self) -> Vec<Arc<Live>> {
        self.live.iter().map(|live| live.clone()).collect()
    }

    /// The order of silence: the open conversations, the longest silent first.
    ///
    /// What is said moves nothing: a conversation stands under a moment that may have passed long ago, and whoever
    /// comes upon it corrects that. So a message costs nothing here, and a conversation that goes on is looked at
    /// once in the days of its hub.
    pub(super) fn by_silence(&self) -> &Places {
        &self.by_silence
    }

    /// Open conversations by what is said of their customers.
    pub(super) fn by_customer(&self) -> &ByCustomer {
        &self.by_customer
    }

    /// The open conversation of a binding key on a customer integration.
    pub(super) fn bound(&self, integration: IntegrationId, binding: &str) -> Option<Arc<Live>> {
        self.by_binding.get(&(integration, binding.to_owned())).map(|live| live.clone())
    }

    /// The queue: the conversations that wait for somebody to answer, the longest waiting first.
    pub(super) fn waiting(&self) -> &Places {
        &self.waiting
    }

    /// Corrects the place of a conversation in the order of silence, which nobody does while people talk. The caller
    /// is in its lane.
    pub(super) fn list_anew(&self, lane: &mut Lane) {
        // Whoever forgets a conversation is in its lane too.
        if self.live.contains_key(&lane.head.id) {
            let hub = (lane.head.tenant, lane.head.hub);
            self.by_silence.take(hub, (lane.listed, lane.head.id));
            lane.listed = lane.silent_since;
            self.by_silence.put(hub, (lane.listed, lane.head.id));
        }
    }

    fn newest(&self, shelf: Option<&Shelf>, limit: usize) -> OpenConversations {
        let Some(shelf) = shelf else { return OpenConversations { newest: Vec::new(), total: 0 } };
        let newest = shelf
            .iter()
            .rev()
            .take(limit)
            .filter_map(|(_, id)| self.live.get(id).map(|live| live.clone()))
            .collect();
        OpenConversations { newest, total: shelf.len() }
    }

    fn show(&self, live: Arc<Live>) {
        let (head, listed) = {
            let lane = live.enter();
            (lane.head.clone(), lane.listed)
        };
        let place = (head.opened, head.id);
        self.by_hub.entry(head.hub).or_default().insert(place);
        self.by_silence.put((head.tenant, head.hub), (listed, head.id));
        self.by_customer.list(&head);
        self.by_integration.entry(head.integration).or_default().insert(place);
        self.live.insert(head.id, live);
        self.list(&head, Standing::of(&head));
    }

    /// Moves a conversation to where it stands now from where it stood. The caller is in its lane.
    pub(super) fn moved(&self, from: Standing, head: &Conversation) {
        self.unlist(head, from);
        self.list(head, Standing::of(head));
    }

    fn list(&self, head: &Conversation, at: Standing) {
        if let Some(to) = at.destination {
            self.by_integration.entry(to).or_default().insert((head.opened, head.id));
        }
        if let Some(since) = at.queued {
            self.waiting.put((head.tenant, head.hub), (since, head.id));
        }
    }

    fn unlist(&self, head: &Conversation, at: Standing) {
        if let Some(from) = at.destination {
            self.take_off(from, (head.opened, head.id));
        }
        if let Some(since) = at.queued {
            self.waiting.take((head.tenant, head.hub), (since, head.id));
        }
    }

    /// Takes note that the store has a conversation's head: of a closed one nothing more is needed here.
    pub(super) fn head_kept(&self, live: &Live, head: Conversation) {
        let mut lane = live.enter();
        if head.closed.is_some() {
            self.forget(&head, lane.listed);
        }
        lane.committed = Some(head);
        live.kept.store(true, Ordering::Release);
    }

    /// Takes a conversation back to the head that the store has, or forgets it where the store has none. What was
    /// built on the lost head is refused from here on.
    pub(super) fn head_lost(&self, live: &Live) {
        let mut lane = live.enter();
        live.epoch.fetch_add(1, Ordering::AcqRel);
        match lane.committed.clone() {
            Some(committed) => {
                let lost = std::mem::replace(&mut lane.head, committed);
                self.moved(Standing::of(&lost), &lane.head);
                self.by_customer.unlist(&lost);
                self.by_customer.list(&lane.head);
            }
            None => self.forget(&lane.head, lane.listed),
        }
    }

    /// Forgets a conversation that was closed, or whose establishment failed.
    fn forget(&self, head: &Conversation, listed: Millis) {
        let place = (head.opened, head.id);
        self.by_silence.take((head.tenant, head.hub), (listed, head.id));
        self.by_binding.remove_if(&(head.integration, head.binding.clone()), |_, live| live.id == head.id);
        if let Some(mut shelf) = self.by_hub.get_mut(&head.hub) {
            shelf.remove(&place);
        }
        self.by_hub.remove_if(&head.hub, |_, shelf| shelf.is_empty());
        self.by_customer.unlist(head);
        self.take_off(head.integration, place);
        self.unlist(head, Standing::of(head));
        self.live.remove(&head.id);
    }

    fn take_off(&self, integration: IntegrationId, place: (Millis, ConversationId)) {
        if let Some(mut shelf) = self.by_integration.get_mut(&integration) {
            shelf.remove(&place);
        }
        self.by_integration.remove_if(&integration, |_, shelf| shelf.is_empty());
    }
}

/// Whether a conversation was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It was open.
    Open,
    /// It was just made.
    New,
}
