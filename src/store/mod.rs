//! What outlives the process: the [`Store`] contract and its implementations.
//! It must not know faces, tokens or sockets; it keeps what the rooms above hand it.

mod carried;
#[cfg(test)]
mod contract;
mod deliveries;
mod faq_parts;
mod memory;
mod notifications;
mod records;
mod sqlite;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

pub use carried::carried_out;
pub use deliveries::{
    DeliveryHead, DeliveryPage, DeliveryQuery, DeliveryRecord, DeliveryStore, LeftAlone, PendingQuery,
    PendingTotal, StoppedEndpoint, ToldFate, ToldQuery,
};
pub use faq_parts::{FaqPartRecord, Packing};
pub use memory::MemoryStore;
pub use notifications::{NotificationPage, NotificationQuery, NotificationStore};
pub use sqlite::{Access, DATABASE, OpenError, SqliteStore, Syncs};

pub use records::{
    ActivityRecord, ApiKey, AuditPage, AuditQuery, CommandRecord, Configuration, ConversationRecord,
    CustomerFound, CustomerQuery, EventRecord, FaqEditionRecord, FaqRetention, FaqUploadRecord,
    FormerKeyRecord, HeldRecord, HistoryQuery, IdempotencyRecord, Identity, IntegrationRecord, LatestQuery,
    MessagingRecord, Page, PipelineRecord, Place, Pruned, Replay, ReplayScope, Retention, SessionRecord,
    SigningKeyRecord, SubscriptionRecord, TenantOrder, Which, Write,
};

use crate::domain::clock::Millis;
use crate::domain::conversation::Conversation;
use crate::domain::customer::{Customer, CustomerKey, Push, PushKind};
use crate::domain::faq::FaqNode;
use crate::domain::ids::{ConversationId, FaqEditionId, FaqUploadId, IntegrationId, TenantId};
use crate::domain::order::{EventId, Position};

/// What an answered commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// A power cut: a commit is answered when the disk has it.
    #[default]
    Fsync,
    /// The death of the process: a commit is answered when the operating system has it. A power cut takes the last
    /// commits, and leaves a whole store without them.
    Process,
    /// Nothing: all is gone with the process.
    Memory,
}

/// Opens the store that gives `durability`; what a process leaves behind is in `dir`, and one that leaves nothing does
/// not touch it.
///
/// May block for as long as a database needs to recover: call it before serving.
///
/// # Errors
/// [`OpenError`], when there is a database and it cannot be used.
pub fn open(dir: &Path, durability: Durability, access: Access) -> Result<Arc<dyn Store>, OpenError> {
    Ok(match durability {
        Durability::Fsync => SqliteStore::open(dir, Syncs::EveryCommit, access)?,
        Durability::Process => SqliteStore::open(dir, Syncs::WriteBack, access)?,
        Durability::Memory => Arc::new(MemoryStore::new()),
    })
}

/// Why the store could not do what it was asked.
///
/// Nothing of a refused commit is kept. The cause is for the log and never for a client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The medium failed, or what it holds cannot be read as what was written.
    #[error("the store failed: {0}")]
    Failed(String),
    /// The store was closed and takes no more work.
    #[error("the store is closed")]
    Closed,
}

/// How many commits in passing a store keeps together when nobody else commits: to give more at a time gains nothing.
pub const IN_PASSING: usize = 8;

/// Where configuration, conversations, activities, sessions and their events are kept, and deliveries, which are read
/// by [`DeliveryStore`], and notifications, which are read by [`NotificationStore`].
///
/// An implementation is judged by these promises:
/// * [`commit`](Self::commit) is atomic: all of its writes are kept, in their order, or none.
/// * When it answers `Ok`, the writes survive what the durability mode says they survive.
/// * Commits that wait at the same time may share one transaction, and with it the cost of a sync.
/// * Two commits that one caller made one after the other are applied in that order, even when it did not
///   wait for the first. A commit is made when its future is first polled: it takes its place then, and is
///   carried out even when the future is dropped afterwards.
/// * A read that begins after a commit was answered sees it.
#[async_trait]
pub trait Store: DeliveryStore + NotificationStore {
    /// Keeps `writes`, all or none.
    async fn commit(&self, writes: Vec<Write>) -> Result<(), StoreError>;

    /// Keeps `writes`, all or none, at the cost of as little of others' time as can be: what takes long by itself is
    /// written so, in small pieces, [`IN_PASSING`] of them at a time. It may take a while, and has no place among
    /// [`commit`](Self::commit)s. It is carried out even when the future is dropped, unless the store is closed before.
    async fn commit_in_passing(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.commit(writes).await
    }

    /// The identity of this store, made with it and never changed: cursors of another store are told apart by it.
    fn identity(&self) -> Identity;

    /// Everything that is served from memory: tenants, clients, keys, hubs, integrations, commands, users,
    /// teams.
    async fn configuration(&self) -> Result<Configuration, StoreError>;

    /// All open conversations of all tenants.
    async fn open_conversations(&self) -> Result<Vec<ConversationRecord>, StoreError>;

    /// One conversation of a tenant, open or closed.
    async fn conversation(
        &self,
        tenant: TenantId,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError>;

    /// A conversation of a customer, open or closed.
    async fn conversation_of(&self, query: CustomerQuery) -> Result<CustomerFound, StoreError>;

    /// A page of the kept activities of one conversation in `event_id` order.
    async fn history(&self, query: HistoryQuery) -> Result<Vec<ActivityRecord>, StoreError>;

    /// The newest of what a kind of party sent or received in one conversation, as much as a page holds, the newest
    /// first. The cost is that of what was said since the oldest of them, however long the conversation is.
    async fn latest(&self, query: LatestQuery) -> Result<Vec<ActivityRecord>, StoreError>;

    /// A page of the kept activities of a tenant that `scope` may hear, after `after`, together with what was gone at
    /// the same moment: when that is more than `after`, some of what was asked for may be missing.
    async fn replay(
        &self,
        tenant: TenantId,
        scope: ReplayScope,
        after: Position,
        page: Page,
    ) -> Result<Replay, StoreError>;

    /// The place of the last activity of the conversation whose `event_id` is at most `event_id`.
    async fn position_at(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        event_id: i64,
    ) -> Result<Place, StoreError>;

    /// What retention has removed of a tenant's activities.
    async fn pruned(&self, tenant: TenantId) -> Result<Pruned, StoreError>;

    /// How far every tenant has come.
    async fn orders(&self) -> Result<Vec<TenantOrder>, StoreError>;

    /// All sessions that require acknowledgement, with what they have acknowledged.
    async fn sessions(&self) -> Result<Vec<SessionRecord>, StoreError>;

    /// A page of the kept streaming events of a tenant after `after`, in the order of their ids.
    async fn events(
        &self,
        tenant: TenantId,
        after: EventId,
        page: Page,
    ) -> Result<Vec<EventRecord>, StoreError>;

    /// The answer kept under an idempotency key, unless it was made before `not_before`.
    async fn idempotent_answer(
        &self,
        tenant: TenantId,
        client: &str,
        key: &str,
        not_before: Millis,
    ) -> Result<Option<IdempotencyRecord>, StoreError>;

    /// All activities that wait, those of a conversation in the order of their numbers.
    async fn held(&self) -> Result<Vec<HeldRecord>, StoreError>;

    /// A page of a tenant's audit log, the entry that was kept last first.
    async fn audit(&self, query: AuditQuery) -> Result<AuditPage, StoreError>;

    /// The edition of a tenant's bot that is in force.
    async fn faq_edition(
        &self,
        tenant: TenantId,
        bot: IntegrationId,
    ) -> Result<Option<FaqEditionRecord>, StoreError>;

    /// A page of the nodes of an edition, in order, from a place on; none once the edition was forgotten.
    async fn faq_nodes(
        &self,
        edition: FaqEditionId,
        first: usize,
        page: Page,
    ) -> Result<Vec<FaqNode>, StoreError>;

    /// An upload of nodes of a tenant.
    async fn faq_upload(
        &self,
        tenant: TenantId,
        id: FaqUploadId,
    ) -> Result<Option<FaqUploadRecord>, StoreError>;

    /// Removes, in many small steps, the editions that are no longer in force, and what is older than `retention` says.
    async fn forget_faq(&self, retention: FaqRetention) -> Result<(), StoreError>;

    /// What is known of a tenant's customer on an integration.
    async fn customer(
        &self,
        tenant: TenantId,
        integration: IntegrationId,
        binding: &str,
    ) -> Result<Option<Customer>, StoreError>;

    /// What was told to a tenant under a name and an id.
    async fn push(
        &self,
        tenant: TenantId,
        kind: PushKind,
        name: &str,
        id: &str,
    ) -> Result<Option<Push>, StoreError>;

    /// The newest of a kind that were told of a tenant's customer by any of its keys, at most so many, the newest
    /// first. It costs the same however much was told of others.
    async fn pushes_of(
        &self,
        tenant: TenantId,
        keys: &[CustomerKey],
        kind: PushKind,
        most: usize,
    ) -> Result<Vec<Push>, StoreError>;

    /// How many customers of a tenant are known. It costs the same however many there are.
    async fn customer_count(&self, tenant: TenantId) -> Result<usize, StoreError>;

    /// How many of a kind were told to a tenant. It costs the same however many there are.
    async fn push_count(&self, tenant: TenantId, kind: PushKind) -> Result<usize, StoreError>;

    /// The tenants that were told anything.
    async fn told_of(&self) -> Result<Vec<TenantId>, StoreError>;

    /// Removes what is older than `retention` says. It may do so in many steps; no reader ever sees an activity gone
    /// that [`Pruned`] does not tell.
    ///
    /// A tenant's newest activity and newest streaming event stay whatever their age, so that no order starts again.
    async fn prune(&self, retention: Retention) -> Result<(), StoreError>;

    /// Whether another process has changed the configuration since the last call.
    async fn changed_elsewhere(&self) -> Result<bool, StoreError>;

    /// Waits until all taken work is kept, but for what is only kept in passing, then lets go of the medium.
    async fn close(&self) -> Result<(), StoreError>;
}
