//! The answer to a piece of work, given when the last of those who share it lets go of it.
//! It must not know what the work is, nor who shares it.

use tokio::sync::oneshot;

use crate::store::StoreError;

/// What the one who asked is told: that the work is kept, and everybody who follows it was told. It says so when it is
/// dropped, wherever that happens, so that nobody has to count those who are being told.
pub(super) struct Answer(Option<oneshot::Sender<Result<(), StoreError>>>);

impl Answer {
    /// An answer that has not been given.
    pub(super) fn new(done: oneshot::Sender<Result<(), StoreError>>) -> Self {
        Self(Some(done))
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // Whoever asked may have gone away; the work is done all the same.
        if let Some(done) = self.0.take() {
            drop(done.send(Ok(())));
        }
    }
}
