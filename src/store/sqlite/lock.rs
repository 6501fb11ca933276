//! The server's hold on a data directory, and whether the last one let go of it in good order.
//! Knows nothing of the database.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::errors::OpenError;

/// The file that is locked. It stays when the server is gone; only the lock and its text mean something.
const FILE: &str = "server.lock";

/// The text of the file after a server has closed its store; anything else means that it could not.
const CLEAN: &[u8] = b"closed\n";

/// How the last server left the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LastStop {
    /// It closed its store.
    Clean,
    /// It was killed, or nothing is known of it.
    Unclean,
}

/// An exclusive lock on a data directory. The operating system takes it back when the process dies.
pub(super) struct ServerLock(File);

impl ServerLock {
    /// Takes the lock, unless another server has it, and tells how the last one left.
    pub(super) fn take(dir: &Path) -> Result<(Self, LastStop), OpenError> {
        let path = dir.join(FILE);
        let told = |source| OpenError::File { path: path.clone(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(told)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse(dir.to_owned())),
            Err(TryLockError::Error(source)) => return Err(told(source)),
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(told)?;
        let last = if text == CLEAN { LastStop::Clean } else { LastStop::Unclean };
        write(&mut file, b"in use\n").map_err(told)?;
        Ok((Self(file), last))
    }

    /// Notes that the store was closed, and lets go.
    pub(super) fn release_clean(mut self) {
        if let Err(error) = write(&mut self.0, CLEAN) {
            tracing::warn!(%error, "the clean stop could not be noted, the next start checks the database");
        }
    }
}

/// Replaces the text of the file, and waits until it is on the disk: after a power cut it must not say `closed`
/// of a store that was open.
fn write(file: &mut File, text: &[u8]) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_server_holds_a_directory() {
        let dir = tempfile::tempdir().unwrap();
        let (held, _) = ServerLock::take(dir.path()).unwrap();
        assert!(matches!(ServerLock::take(dir.path()), Err(OpenError::InUse(_))));
        drop(held);
        assert!(ServerLock::take(dir.path()).is_ok());
    }

    #[test]
    fn a_stop_is_clean_only_when_it_was_noted() {
        let dir = tempfile::tempdir().unwrap();
        let (first, before_first) = ServerLock::take(dir.path()).unwrap();
        first.release_clean();
        let (second, after_clean) = ServerLock::take(dir.path()).unwrap();
        drop(second);
        let (_third, after_kill) = ServerLock::take(dir.path()).unwrap();
        assert_eq!(
            [before_first, after_clean, after_kill],
            [LastStop::Unclean, LastStop::Clean, LastStop::Unclean]
        );
    }
}
