//! Work that goes on although something in it breaks down. The panic hook tells of each panic. What the work held is
//! dropped with it; what others hold too may be half done. It must not know what is done.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::oneshot;
use tokio::time::sleep;

/// Keeps up a piece of work that never ends by itself: when it breaks down, it begins anew after a while. `name` tells
/// the log which it is.
pub async fn keep_going<W: Future<Output = ()>>(name: &str, again_after: Duration, work: impl Fn() -> W) {
    while unbroken(work()).await.is_none() {
        tracing::error!(work = name, "it broke down and begins anew");
        sleep(again_after).await;
    }
}

/// The same, until the one whose work it is is gone.
pub(super) async fn keep_going_for<W: Future<Output = ()>>(
    gone: oneshot::Receiver<Infallible>,
    name: &str,
    again_after: Duration,
    work: impl Fn() -> W,
) {
    tokio::select! {
        () = keep_going(name, again_after, work) => {}
        _ = gone => {}
    }
}

/// Does a piece of work; nothing comes of it when it breaks down.
pub(super) async fn unbroken<T>(work: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(work).catch_unwind().await.ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn work_that_breaks_down_begins_anew() {
        let begun = AtomicUsize::new(0);
        keep_going("a test", Duration::from_secs(1), || async {
            assert!(begun.fetch_add(1, Ordering::Relaxed) == 2, "it breaks down twice");
        })
        .await;
        assert_eq!(begun.into_inner(), 3);
    }
}
