//! Damage to the files: found, told, and never read as data.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::files::{ALL, activity, as_if_killed, fill, heard, open};
use crate::domain::ids::ConversationId;
use crate::domain::order::Position;
use crate::store::sqlite::{Access, OpenError};
use crate::store::{ReplayScope, Store, StoreError, Write};

const PAGE: u64 = 4_096;

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    OpenOptions::new().write(true).open(path).unwrap().write_all_at(bytes, at).unwrap();
}

#[tokio::test]
async fn a_page_that_is_garbage_stops_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Access::Server).unwrap();
    fill(&store, 500).await;
    store.close().await.unwrap();
    let path = dir.path().join("switchboard.db");
    let middle = std::fs::metadata(&path).unwrap().len() / PAGE / 2 * PAGE;
    overwrite(&path, middle, &[0xa5; 512]);
    let error = open(dir.path(), Access::Server).err();
    assert!(matches!(error, Some(OpenError::Corrupt { .. })), "{error:?}");
}

#[tokio::test]
async fn a_file_that_is_no_database_stops_the_start() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("switchboard.db"),
        "not a database, but long enough to be one".repeat(200),
    )
    .unwrap();
    let error = open(dir.path(), Access::Server).err();
    assert!(matches!(error, Some(OpenError::Corrupt { .. })), "{error:?}");
}

#[tokio::test]
async fn a_database_cut_short_stops_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Access::Server).unwrap();
    fill(&store, 500).await;
    store.close().await.unwrap();
    let file = OpenOptions::new().write(true).open(dir.path().join("switchboard.db")).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2 / PAGE * PAGE).unwrap();
    let error = open(dir.path(), Access::Server).err();
    assert!(matches!(error, Some(OpenError::Corrupt { .. })), "{error:?}");
}

#[tokio::test]
async fn a_changed_byte_within_a_body_is_an_error_and_not_an_answer() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Access::Server).unwrap();
    let (owner, talk) = fill(&store, 100).await;
    store.close().await.unwrap();
    let path = dir.path().join("switchboard.db");
    let bytes = std::fs::read(&path).unwrap();
    let body =
        bytes.windows(13).rposition(|window| window == b"what was said").expect("a body is in the file");
    overwrite(&path, body as u64, b"W");

    let store = open(dir.path(), Access::Server).unwrap();
    let read = store.replay(owner, ReplayScope::Conversation(talk), Position(0), ALL).await;
    assert!(matches!(&read, Err(StoreError::Failed(text)) if text.contains("checksum")), "{read:?}");
}

#[tokio::test]
async fn a_torn_tail_of_the_log_is_dropped_and_work_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Access::Server).unwrap();
    let written = fill(&store, 50).await;

    for tear in [cut_the_tail, garble_the_tail] {
        let left = as_if_killed(dir.path());
        tear(&left.path().join("switchboard.db-wal"));
        let again = open(left.path(), Access::Server).unwrap();
        let kept = heard(&again, written).await;
        assert!((40..50).contains(&kept), "{kept} of 50");
        // The next position is free again, and what is written now is whole.
        let next = activity(written.0, written.1, kept as u64 + 1);
        again.commit(vec![Write::PutActivity(next)]).await.unwrap();
        drop(again);
        let again = open(left.path(), Access::Server).unwrap();
        assert_eq!(heard(&again, written).await, kept + 1);
        assert_eq!(heard(&again, (written.0, ConversationId::new())).await, 0);
    }
}

fn cut_the_tail(log: &Path) {
    let file = OpenOptions::new().write(true).open(log).unwrap();
    file.set_len(file.metadata().unwrap().len() - 1_000).unwrap();
}

fn garble_the_tail(log: &Path) {
    let length = std::fs::metadata(log).unwrap().len();
    overwrite(log, length - 2_000, &[0x5a; 2_000]);
}
