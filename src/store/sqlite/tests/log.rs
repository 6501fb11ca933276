//! The log: written back beside the commits, and never longer than that takes.

use std::path::Path;
use std::time::Duration;

use crate::domain::ids::ConversationId;
use crate::store::sqlite::write_back::MOST_LOG_PAGES;
use crate::store::sqlite::{Access, DATABASE};
use crate::store::{ActivityRecord, Store, Write};

use super::files::{activity, heard, open, tenant};

/// What one commit of these tests adds to the log, in bytes, at least.
const COMMIT: usize = 1 << 20;
/// The bound of the log's length, in bytes, with what one more commit may add.
const MOST_LOG: u64 = MOST_LOG_PAGES as u64 * 4_200 + 2 * COMMIT as u64;

fn length(dir: &Path, suffix: &str) -> u64 {
    std::fs::metadata(dir.join(format!("{DATABASE}{suffix}"))).map_or(0, |file| file.len())
}

#[tokio::test]
async fn the_log_is_written_back_beside_the_commits_and_stays_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Access::Server).unwrap();
    let (owner, talk) = (tenant("one"), ConversationId::new());
    let id = owner.id;
    store.commit(vec![Write::PutTenant(owner)]).await.unwrap();
    let large = |position| {
        let body = "x".repeat(COMMIT).into();
        vec![Write::PutActivity(ActivityRecord { body, ..activity(id, talk, position) })]
    };
    for position in 1..=100 {
        store.commit(large(position)).await.unwrap();
        assert!(length(dir.path(), "-wal") <= MOST_LOG, "after {position} commits");
    }
    let written_back = async {
        while length(dir.path(), "") < 50 << 20 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), written_back).await.expect("nobody commits any more");
    assert_eq!(heard(&store, (id, talk)).await, 100);
    store.close().await.unwrap();
    assert_eq!(length(dir.path(), "-wal"), 0, "the connection of the commits was the last one");
}
