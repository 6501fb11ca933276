//! The contract with every way of syncing, and what is particular to a file.

mod damage;
mod files;
mod log;

mod every_commit {
    use super::{Syncs, subject};
    use crate::store::contract::{Subject, contract_tests};

    fn make() -> Subject {
        subject(Syncs::EveryCommit)
    }
    contract_tests!(make);
}

mod write_back {
    use super::{Syncs, subject};
    use crate::store::contract::{Subject, contract_tests};

    fn make() -> Subject {
        subject(Syncs::WriteBack)
    }
    contract_tests!(make);
}

use super::{Access, SqliteStore, Syncs};
use crate::store::contract::Subject;

fn subject(syncs: Syncs) -> Subject {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path(), syncs, Access::Server).unwrap();
    Subject::new(store, dir)
}
