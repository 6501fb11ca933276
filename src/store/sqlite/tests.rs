//! The contract in every durability mode, and what is particular to a file.

mod damage;
mod files;

mod fsync {
    use super::subject;
    use crate::store::contract::{Subject, contract_tests};

    fn make() -> Subject {
        subject(crate::store::Durability::Fsync)
    }
    contract_tests!(make);
}

mod process {
    use super::subject;
    use crate::store::contract::{Subject, contract_tests};

    fn make() -> Subject {
        subject(crate::store::Durability::Process)
    }
    contract_tests!(make);
}

mod memory {
    use super::subject;
    use crate::store::contract::{Subject, contract_tests};

    fn make() -> Subject {
        subject(crate::store::Durability::Memory)
    }
    contract_tests!(make);
}

use super::{Access, SqliteStore};
use crate::store::Durability;
use crate::store::contract::Subject;

fn subject(durability: Durability) -> Subject {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path(), durability, Access::Server).unwrap();
    Subject::new(store, dir)
}
