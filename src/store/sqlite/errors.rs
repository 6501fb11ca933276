//! What goes wrong: opening the store, and one write that is not kept.
//! Knows no SQL; the rooms above see [`StoreError`] only.

use std::path::PathBuf;

use crate::domain::ids::{FaqEditionId, TenantId};
use crate::domain::order::Position;
use crate::store::StoreError;

/// Why a store could not be opened. The text is for whoever starts the program.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Two servers on one directory would give the same positions twice.
    #[error("{} is in use by another server", .0.display())]
    InUse(PathBuf),
    /// A newer program has changed the database; an older one cannot know what it means.
    #[error(
        "the database is of version {found}, this program knows versions up to {known}: use a newer program"
    )]
    Newer {
        /// The version of the database.
        found: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// The file is not a database or has been damaged. Nothing of it is read as data.
    #[error("the database {} is damaged ({detail}): restore it from a backup", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        detail: String,
    },
    /// The directory or a file in it cannot be used.
    #[error("{}: {source}", path.display())]
    File {
        /// The directory or file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// SQLite refused.
    #[error("the database could not be opened: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// Why a write was not kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// SQLite refused it.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The tenant was never kept.
    #[error("there is no tenant {0}")]
    NoTenant(TenantId),
    /// The id belongs to a thing of another tenant.
    #[error("the id belongs to another tenant")]
    AnotherTenant,
    /// The bot has no edition of that id that is still being written.
    #[error("there is no edition {0} to be put in force")]
    NoFaqEdition(FaqEditionId),
    /// The position is beyond what a row key can hold.
    #[error("position {} does not fit", .0.0)]
    NoPlace(Position),
}

/// Refuses an upsert that changed no row: it found the id taken by another tenant.
pub(super) fn own(changed: usize) -> Result<(), Refusal> {
    if changed == 0 { Err(Refusal::AnotherTenant) } else { Ok(()) }
}

/// A failure of the medium or of what it holds, told loudly: no caller can do anything about it.
pub(super) fn failed(what: &str, error: &dyn std::fmt::Display) -> StoreError {
    tracing::error!(what, %error, "the store failed");
    StoreError::Failed(format!("{what}: {error}"))
}

/// Whether SQLite says that the file is not what it wrote.
pub(super) fn is_corruption(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}
