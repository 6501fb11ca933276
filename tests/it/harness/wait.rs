//! Waiting for what must happen soon: bounded, and telling how long it waited.

use std::time::{Duration, Instant};

/// How long anything may take that has to happen: generous, because many tests share a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks.
const STEP: Duration = Duration::from_millis(10);

/// Looks until `look` sees something.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(started.elapsed() < PATIENCE, "{what}: not seen within {:?}", started.elapsed());
        tokio::time::sleep(STEP).await;
    }
}

/// The outcome of something that has to end.
pub async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(outcome) => outcome,
        Err(_) => panic!("{what}: did not end within {PATIENCE:?}"),
    }
}
