//! Reopening, sharing the directory, grouping, and the plans behind the reads.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;

use futures_util::future::join_all;
use tempfile::TempDir;

use crate::domain::clock::Millis;
use crate::domain::ids::{ConversationId, IntegrationId, OrgId, TenantId};
use crate::domain::integration::IntegrationType;
use crate::domain::order::Position;
use crate::domain::tenant::Tenant;
use crate::store::sqlite::{Access, OpenError, SqliteStore, Stats, Syncs};
use crate::store::{ActivityRecord, Page, ReplayScope, Store, Write};

/// As much as there is.
pub(super) const ALL: Page = Page { rows: usize::MAX, bytes: usize::MAX };

pub(super) fn open(dir: &Path, access: Access) -> Result<Arc<SqliteStore>, OpenError> {
    SqliteStore::open(dir, Syncs::WriteBack, access)
}

pub(super) fn tenant(org: &str) -> Tenant {
    Tenant { id: TenantId::new(), org: OrgId::from(org), name: org.to_owned(), created: Millis(1) }
}

pub(super) fn activity(tenant: TenantId, conversation: ConversationId, position: u64) -> ActivityRecord {
    ActivityRecord {
        tenant,
        position: Position(position),
        conversation,
        event_id: position.cast_signed(),
        sender: IntegrationId::new(),
        sender_kind: IntegrationType::Customer,
        recipient: None,
        recipient_kind: None,
        echo: None,
        taken: Millis(1),
        body: format!("{position}: {}", "what was said ".repeat(30)).into(),
    }
}

/// A tenant and `count` activities of one conversation, each committed alone.
pub(super) async fn fill(store: &SqliteStore, count: u64) -> (TenantId, ConversationId) {
    let (owner, talk) = (tenant("one"), ConversationId::new());
    let id = owner.id;
    store.commit(vec![Write::PutTenant(owner)]).await.unwrap();
    for position in 1..=count {
        store.commit(vec![Write::PutActivity(activity(id, talk, position))]).await.unwrap();
    }
    (id, talk)
}

pub(super) async fn heard(store: &SqliteStore, (tenant, talk): (TenantId, ConversationId)) -> usize {
    let scope = ReplayScope::Conversation(talk);
    store.replay(tenant, scope, Position(0), ALL).await.unwrap().activities.len()
}

/// The directory as a killed process would leave it: the files as they are, nothing closed.
pub(super) fn as_if_killed(dir: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        // The shared memory of the log is rebuilt by whoever opens it first.
        if !entry.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
    }
    copy
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_kill() {
    for syncs in [Syncs::EveryCommit, Syncs::WriteBack] {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(dir.path(), syncs, Access::Server).unwrap();
        let written = fill(&store, 50).await;
        let left = as_if_killed(dir.path());
        let again = SqliteStore::open(left.path(), syncs, Access::Server).unwrap();
        assert_eq!(heard(&again, written).await, 50, "{syncs:?}");
        assert_eq!(again.identity(), store.identity());
    }
}

#[tokio::test]
async fn a_store_that_was_dropped_or_closed_opens_again_with_everything() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Access::Server).unwrap();
    let written = fill(&store, 5).await;
    let identity = store.identity();
    drop(store);
    let store = open(dir.path(), Access::Server).unwrap();
    assert_eq!(heard(&store, written).await, 5);
    store.close().await.unwrap();
    let store = open(dir.path(), Access::Server).unwrap();
    assert_eq!(heard(&store, written).await, 5);
    assert_eq!(store.identity(), identity);
}

#[tokio::test]
async fn what_was_taken_is_kept_when_the_store_is_closed_before_the_answer() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Access::Server).unwrap();
    let (owner, talk) = fill(&store, 0).await;
    let commits =
        join_all((1..=100).map(|n| store.commit(vec![Write::PutActivity(activity(owner, talk, n))])));
    let (kept, closed) = futures_util::future::join(commits, store.close()).await;
    closed.unwrap();
    assert!(kept.iter().all(Result::is_ok));
    drop(store);
    assert_eq!(heard(&open(dir.path(), Access::Server).unwrap(), (owner, talk)).await, 100);
}

#[tokio::test]
async fn a_second_server_is_refused_until_the_first_has_gone() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path(), Access::Server).unwrap();
    assert!(matches!(open(dir.path(), Access::Server), Err(OpenError::InUse(_))));
    first.close().await.unwrap();
    assert!(open(dir.path(), Access::Server).is_ok());
}

#[tokio::test]
async fn a_server_hears_once_that_a_tool_has_changed_something() {
    let dir = tempfile::tempdir().unwrap();
    let server = open(dir.path(), Access::Server).unwrap();
    fill(&server, 1).await;
    let tool = open(dir.path(), Access::Tool).unwrap();
    assert!(!server.changed_elsewhere().await.unwrap(), "opening changes nothing");
    tool.commit(vec![Write::PutTenant(tenant("two"))]).await.unwrap();
    tool.close().await.unwrap();
    assert!(server.changed_elsewhere().await.unwrap());
    assert!(!server.changed_elsewhere().await.unwrap());
    assert_eq!(server.configuration().await.unwrap().tenants.len(), 2);
}

#[tokio::test]
async fn two_processes_cannot_make_the_same_organization() {
    let dir = tempfile::tempdir().unwrap();
    let server = open(dir.path(), Access::Server).unwrap();
    let tool = open(dir.path(), Access::Tool).unwrap();
    tool.commit(vec![Write::PutTenant(tenant("acme"))]).await.unwrap();
    assert!(server.commit(vec![Write::PutTenant(tenant("acme"))]).await.is_err());
}

#[tokio::test]
async fn commits_that_wait_together_share_a_transaction() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Access::Server).unwrap();
    let (owner, talk) = fill(&store, 0).await;
    let before = store.stats();

    // Held up until all commits have been taken.
    let (go, held) = mpsc::channel::<()>();
    let hold = store.writer.run(move |_| held.recv().map_err(|_| crate::store::StoreError::Closed));
    let commits =
        join_all((1..=500).map(|n| store.commit(vec![Write::PutActivity(activity(owner, talk, n))])));
    let release = async { go.send(()).unwrap() };
    let (_, kept, ()) = tokio::join!(hold, commits, release);

    assert!(kept.iter().all(Result::is_ok));
    let Stats { commits, transactions, refused } = store.stats();
    assert_eq!((commits - before.commits, transactions - before.transactions, refused), (500, 1, 0));
}

#[tokio::test]
async fn a_transaction_does_not_grow_without_bound() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Access::Server).unwrap();
    let (owner, talk) = fill(&store, 0).await;
    let before = store.stats();
    let (go, held) = mpsc::channel::<()>();
    let hold = store.writer.run(move |_| held.recv().map_err(|_| crate::store::StoreError::Closed));
    let commits = join_all((0..6).map(|commit: u64| {
        let writes = (1..=1_000).map(|n| Write::PutActivity(activity(owner, talk, commit * 1_000 + n)));
        store.commit(writes.collect())
    }));
    let release = async { go.send(()).unwrap() };
    let (_, kept, ()) = tokio::join!(hold, commits, release);
    assert!(kept.iter().all(Result::is_ok));
    assert_eq!(store.stats().transactions - before.transactions, 3);
}

#[tokio::test]
async fn the_files_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Access::Server).unwrap();
    fill(&store, 1).await;
    for file in ["switchboard.db", "switchboard.db-wal"] {
        let mode = std::fs::metadata(dir.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = open(&file.join("data"), Access::Server).err().map(|error| error.to_string());
    assert!(error.as_deref().is_some_and(|text| text.contains("file/data")), "{error:?}");
}
