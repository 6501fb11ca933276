//! Where the bytes of a sheet are until it was read: a file that has no name any more, so that nothing of it is left
//! whenever and however the process ends. They are taken no faster than they may come: whoever sends them waits.
//! Knows no sheets.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, Write};
use std::num::NonZeroUsize;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::time::{Instant, sleep_until};

use crate::bot::library::beside_the_runtime;
use crate::domain::ids::FaqUploadId;

/// Bytes that are written at once: less would mean more changes of threads.
const STEP_BYTES: usize = 256 << 10;

/// Bytes, in the order in which they were written.
pub(super) struct Spool {
    file: Arc<File>,
    /// What is not in the file yet.
    gathered: BytesMut,
    bytes: u64,
    /// In a second.
    most_bytes: NonZeroUsize,
    /// When what comes next may be taken.
    next: Instant,
}

impl Spool {
    /// An empty one in this folder, which takes at most so many bytes a second.
    pub(super) async fn create(folder: PathBuf, most_bytes: NonZeroUsize) -> io::Result<Self> {
        let file = Arc::new(beside_the_runtime(move || nameless(&folder)).await?);
        Ok(Self { file, gathered: BytesMut::new(), bytes: 0, most_bytes, next: Instant::now() })
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) async fn write(&mut self, bytes: Bytes) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        self.gathered.extend_from_slice(&bytes);
        if self.gathered.len() < STEP_BYTES {
            return Ok(());
        }
        sleep_until(self.next).await;
        self.next = Instant::now() + self.time_of(self.gathered.len());
        self.put_by().await
    }

    /// Writes what is left.
    pub(super) async fn finish(&mut self) -> io::Result<()> {
        self.put_by().await?;
        self.gathered = BytesMut::new();
        Ok(())
    }

    /// How long so many bytes may take to come.
    fn time_of(&self, bytes: usize) -> Duration {
        Duration::from_secs(1).mul_f64(bytes as f64 / self.most_bytes.get() as f64)
    }

    async fn put_by(&mut self) -> io::Result<()> {
        let (file, gathered) = (self.file.clone(), self.gathered.split());
        beside_the_runtime(move || (&*file).write_all(&gathered)).await
    }

    /// Reads it from its beginning. One reader at a time: all share one place in the file.
    pub(super) fn read(&self) -> io::Result<Arc<File>> {
        (&*self.file).rewind()?;
        Ok(self.file.clone())
    }
}

/// A new file, for the server alone.
fn nameless(folder: &Path) -> io::Result<File> {
    fs::create_dir_all(folder)?;
    let path = folder.join(FaqUploadId::new().to_string());
    let file = OpenOptions::new().create_new(true).read(true).write(true).mode(0o600).open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[tokio::test]
    async fn what_was_written_is_read_again_and_again_and_no_name_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("made");
        let mut spool = Spool::create(inner.clone(), NonZeroUsize::MAX).await.unwrap();
        let piece = Bytes::from(vec![b'x'; STEP_BYTES - 1]);
        for _ in 0..3 {
            spool.write(piece.clone()).await.unwrap();
        }
        spool.finish().await.unwrap();
        for _ in 0..2 {
            let mut read = Vec::new();
            spool.read().unwrap().read_to_end(&mut read).unwrap();
            assert_eq!((read.len() as u64, spool.bytes()), (3 * piece.len() as u64, spool.bytes()));
        }
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_are_taken_as_fast_as_they_may_come_and_no_faster() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::create(folder.path().to_owned(), NonZeroUsize::new(STEP_BYTES / 2).unwrap())
            .await
            .unwrap();
        let (began, step) = (Instant::now(), Bytes::from(vec![b'x'; STEP_BYTES]));
        for seconds in [0, 2, 4] {
            spool.write(step.clone()).await.unwrap();
            assert_eq!(began.elapsed().as_secs(), seconds);
        }
        spool.write(Bytes::from_static(b"the last ones wait for nothing")).await.unwrap();
        spool.finish().await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 4);
    }
}
