//! The contract, and that two stores are told apart.

use std::sync::Arc;

use super::MemoryStore;
use crate::store::contract::{Subject, contract_tests};
use crate::store::{Access, Durability, Store, open};

fn make() -> Subject {
    Subject::new(Arc::new(MemoryStore::new()), ())
}
contract_tests!(make);

#[test]
fn cursors_of_one_store_are_not_taken_for_another_s() {
    assert_ne!(MemoryStore::new().identity(), MemoryStore::new().identity());
}

#[tokio::test]
async fn a_store_of_no_durability_leaves_the_directory_alone() {
    let dir = tempfile::tempdir().unwrap();
    let inside = dir.path().join("never-made");
    let store = open(&inside, Durability::Memory, Access::Server).unwrap();
    store.close().await.unwrap();
    assert!(!inside.exists());
}
