//! The embedded store: one SQLite database, written by one thread and read by a few connections.
//! It must not know what the rooms above do with what it keeps.
//!
//! A commit goes into the committer's queue; everything that waits there shares one transaction, and with it the
//! sync. Readers have connections of their own, so nothing waits for a reader.

mod activities;
mod apply;
mod audit;
mod checksum;
mod columns;
mod commands;
mod configuration;
mod conversations;
mod credentials;
mod customers;
mod deliveries;
mod desk;
mod directory;
mod errors;
mod faq;
mod faq_uploads;
mod former_keys;
mod idempotency;
mod lock;
mod log;
mod messaging;
mod notifications;
mod open;
mod place;
mod prune;
mod queue;
mod readers;
mod repack;
mod schema;
mod stages;
mod streaming;
mod subscriptions;
mod tenants;
#[cfg(test)]
mod tests;
mod write_back;
mod writer;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;

pub(super) use desk::Stats;
pub use errors::OpenError;
pub use open::{Access, DATABASE, Syncs};

use super::{
    ActivityRecord, AuditPage, AuditQuery, Configuration, ConversationRecord, CustomerFound, CustomerQuery,
    DeliveryHead, DeliveryPage, DeliveryQuery, DeliveryRecord, DeliveryStore, EventRecord, FaqEditionRecord,
    FaqRetention, FaqUploadRecord, HeldRecord, HistoryQuery, IdempotencyRecord, Identity, LatestQuery,
    LeftAlone, Page, PendingQuery, PendingTotal, Place, Pruned, Replay, ReplayScope, Retention,
    SessionRecord, StoppedEndpoint, Store, StoreError, TenantOrder, ToldFate, ToldQuery, Write,
};
use crate::domain::clock::Millis;
use crate::domain::conversation::Conversation;
use crate::domain::customer::{Customer, CustomerKey, Push, PushKind};
use crate::domain::delivery::{DeliveryNo, Endpoint};
use crate::domain::faq::FaqNode;
use crate::domain::ids::{ConversationId, DeliveryId, FaqEditionId, FaqUploadId, IntegrationId, TenantId};
use crate::domain::order::{EventId, Position};
use desk::{Counters, Desk};
use errors::failed;
use readers::Readers;
use write_back::WriteBack;
use writer::Writer;

/// A [`Store`] in one SQLite database.
///
/// Dropping it is closing it without hearing how that went: what was taken is still kept, and the drop waits for it.
pub struct SqliteStore {
    identity: Identity,
    /// Declared before the writer: the connection that closes last writes the log back, and that is to be the writer's.
    readers: Arc<Readers>,
    writer: Arc<Writer>,
    counters: Arc<Counters>,
}

impl SqliteStore {
    /// Opens the store in `dir`, and makes it where there is none.
    ///
    /// Blocks for as long as SQLite needs to recover the log and to look for damage: call it before serving.
    pub fn open(dir: &Path, syncs: Syncs, access: Access) -> Result<Arc<Self>, OpenError> {
        let open::Opened { mut conn, path, lock } = open::open(dir, syncs, access)?;
        let identity = identity(&conn)?;
        let counters = Arc::new(Counters::default());
        let write_back = match access {
            Access::Server => Some(WriteBack::start(&mut conn, &path)?),
            // It is gone before the log is long.
            Access::Tool => None,
        };
        let desk = Desk::new(conn, write_back, Arc::clone(&counters))?;
        let writer =
            Writer::start(desk, lock).map_err(|source| OpenError::File { path: dir.to_owned(), source })?;
        Ok(Arc::new(Self { identity, readers: Readers::new(path), writer: Arc::new(writer), counters }))
    }

    /// What the committer has done so far.
    pub fn stats(&self) -> Stats {
        self.counters.read()
    }

    /// Runs `read` on a reader's connection.
    async fn read<T: Send + 'static>(
        &self,
        what: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.run(what, read).await
    }
}

fn identity(conn: &Connection) -> rusqlite::Result<Identity> {
    conn.query_row("SELECT value FROM meta WHERE key = 'identity'", [], |row| row.get(0).map(Identity))
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.writer.commit(writes).await
    }

    async fn commit_in_passing(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.writer.commit_in_passing(writes).await
    }

    fn identity(&self) -> Identity {
        self.identity
    }

    async fn configuration(&self) -> Result<Configuration, StoreError> {
        self.read("configuration", configuration::read).await
    }

    async fn open_conversations(&self) -> Result<Vec<ConversationRecord>, StoreError> {
        self.read("open conversations", conversations::open).await
    }

    async fn conversation(
        &self,
        tenant: TenantId,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        self.read("conversation", move |conn| conversations::one(conn, tenant, id)).await
    }

    async fn conversation_of(&self, query: CustomerQuery) -> Result<CustomerFound, StoreError> {
        self.read("conversation of a customer", move |conn| conversations::of_customer(conn, &query)).await
    }

    async fn history(&self, query: HistoryQuery) -> Result<Vec<ActivityRecord>, StoreError> {
        self.read("history", move |conn| activities::history(conn, &query)).await
    }

    async fn latest(&self, query: LatestQuery) -> Result<Vec<ActivityRecord>, StoreError> {
        self.read("latest activities", move |conn| activities::latest(conn, &query)).await
    }

    async fn replay(
        &self,
        tenant: TenantId,
        scope: ReplayScope,
        after: Position,
        page: Page,
    ) -> Result<Replay, StoreError> {
        self.read("replay", move |conn| activities::replay(conn, tenant, scope, after, page)).await
    }

    async fn position_at(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        event_id: i64,
    ) -> Result<Place, StoreError> {
        self.read("position", move |conn| activities::position_at(conn, tenant, conversation, event_id)).await
    }

    async fn pruned(&self, tenant: TenantId) -> Result<Pruned, StoreError> {
        self.read("pruned", move |conn| tenants::pruned(conn, tenant)).await
    }

    async fn orders(&self) -> Result<Vec<TenantOrder>, StoreError> {
        self.read("orders", tenants::orders).await
    }

    async fn sessions(&self) -> Result<Vec<SessionRecord>, StoreError> {
        self.read("sessions", streaming::sessions).await
    }

    async fn events(
        &self,
        tenant: TenantId,
        after: EventId,
        page: Page,
    ) -> Result<Vec<EventRecord>, StoreError> {
        self.read("events", move |conn| streaming::events(conn, tenant, after, page)).await
    }

    async fn idempotent_answer(
        &self,
        tenant: TenantId,
        client: &str,
        key: &str,
        not_before: Millis,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        let (client, key) = (client.to_owned(), key.to_owned());
        self.read("idempotent answer", move |conn| idempotency::find(conn, tenant, &client, &key, not_before))
            .await
    }

    async fn held(&self) -> Result<Vec<HeldRecord>, StoreError> {
        self.read("held activities", stages::held).await
    }

    async fn audit(&self, query: AuditQuery) -> Result<AuditPage, StoreError> {
        self.read("audit log", move |conn| audit::read(conn, &query)).await
    }

    async fn faq_edition(
        &self,
        tenant: TenantId,
        bot: IntegrationId,
    ) -> Result<Option<FaqEditionRecord>, StoreError> {
        self.read("faq edition", move |conn| faq::edition(conn, tenant, bot)).await
    }

    async fn faq_nodes(
        &self,
        edition: FaqEditionId,
        first: usize,
        page: Page,
    ) -> Result<Vec<FaqNode>, StoreError> {
        self.read("faq nodes", move |conn| faq::nodes(conn, edition, first, page)).await
    }

    async fn faq_upload(
        &self,
        tenant: TenantId,
        id: FaqUploadId,
    ) -> Result<Option<FaqUploadRecord>, StoreError> {
        self.read("faq upload", move |conn| faq_uploads::find(conn, tenant, id)).await
    }

    async fn forget_faq(&self, before: FaqRetention) -> Result<(), StoreError> {
        prune::forget_faq(&self.readers, &self.writer, before).await
    }

    async fn prune(&self, retention: Retention) -> Result<(), StoreError> {
        prune::prune(&self.writer, retention).await
    }

    async fn customer(
        &self,
        tenant: TenantId,
        integration: IntegrationId,
        binding: &str,
    ) -> Result<Option<Customer>, StoreError> {
        let binding = binding.to_owned();
        self.read("customer", move |conn| customers::one(conn, tenant, integration, &binding)).await
    }

    async fn push(
        &self,
        tenant: TenantId,
        kind: PushKind,
        name: &str,
        id: &str,
    ) -> Result<Option<Push>, StoreError> {
        let (name, id) = (name.to_owned(), id.to_owned());
        self.read("push", move |conn| customers::push_of(conn, tenant, kind, &name, &id)).await
    }

    async fn pushes_of(
        &self,
        tenant: TenantId,
        keys: &[CustomerKey],
        kind: PushKind,
        most: usize,
    ) -> Result<Vec<Push>, StoreError> {
        let keys = keys.to_vec();
        self.read("pushes", move |conn| customers::pushes_of(conn, tenant, &keys, kind, most)).await
    }

    async fn customer_count(&self, tenant: TenantId) -> Result<usize, StoreError> {
        self.read("customer count", move |conn| customers::count(conn, tenant)).await
    }

    async fn push_count(&self, tenant: TenantId, kind: PushKind) -> Result<usize, StoreError> {
        self.read("pushes", move |conn| customers::count_pushes(conn, tenant, kind)).await
    }

    async fn told_of(&self) -> Result<Vec<TenantId>, StoreError> {
        self.read("pushes", customers::told_of).await
    }

    async fn changed_elsewhere(&self) -> Result<bool, StoreError> {
        self.writer.run(|desk| desk.changed_elsewhere().map_err(|error| failed("data version", &error))).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.readers.close().await;
        let writer = Arc::clone(&self.writer);
        let stopped = tokio::task::spawn_blocking(move || writer.stop()).await;
        stopped.map_err(|error| failed("close", &error))?
    }
}

#[async_trait]
impl DeliveryStore for SqliteStore {
    async fn newest_delivery(&self) -> Result<DeliveryNo, StoreError> {
        self.read("newest delivery", deliveries::newest).await
    }

    async fn pending_endpoints(&self) -> Result<Vec<(TenantId, Endpoint)>, StoreError> {
        self.read("pending endpoints", deliveries::pending_endpoints).await
    }

    async fn pending_total(&self) -> Result<PendingTotal, StoreError> {
        self.read("pending deliveries", deliveries::pending_total).await
    }

    async fn pending_deliveries(&self, query: PendingQuery) -> Result<Vec<DeliveryRecord>, StoreError> {
        self.read("pending deliveries", move |conn| deliveries::pending(conn, &query)).await
    }

    async fn deliveries(&self, query: DeliveryQuery) -> Result<DeliveryPage, StoreError> {
        self.read("deliveries", move |conn| deliveries::list(conn, &query)).await
    }

    async fn delivery_heads(&self, query: DeliveryQuery) -> Result<Vec<DeliveryHead>, StoreError> {
        self.read("delivery heads", move |conn| deliveries::heads(conn, &query)).await
    }

    async fn delivery(&self, tenant: TenantId, id: DeliveryId) -> Result<Option<DeliveryHead>, StoreError> {
        self.read("delivery", move |conn| deliveries::one(conn, tenant, id)).await
    }

    async fn told(&self, query: ToldQuery) -> Result<Vec<ToldFate>, StoreError> {
        self.read("told", move |conn| deliveries::told(conn, &query)).await
    }

    async fn endpoints_left_alone(&self) -> Result<Vec<LeftAlone>, StoreError> {
        self.read("endpoints left alone", deliveries::left_alone).await
    }

    async fn stopped_endpoints(&self) -> Result<Vec<StoppedEndpoint>, StoreError> {
        self.read("stopped endpoints", deliveries::stopped).await
    }
}
