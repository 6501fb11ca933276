//! Threads for work that takes seconds and may take longer: they give way to those that answer requests.
//! Knows no work.

use tokio::sync::oneshot;

/// How much such a thread gives way, as `nice` counts: at 10 it gets a tenth of a processor that others want, and a
/// whole one that nobody wants.
const GIVE_WAY: i32 = 10;

/// Begins work on a thread of its own. What is awaited is its result; none when it broke down, or could not begin.
///
/// The work goes on when nobody awaits it any more: what is long should notice that its results are not taken.
pub(super) fn quietly<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Option<T>> {
    let (tell, told) = oneshot::channel();
    let begun = std::thread::Builder::new().name("upload".to_owned()).spawn(move || {
        give_way();
        // Nobody waits for it when the server stops.
        let _ = tell.send(work());
    });
    if let Err(error) = begun {
        tracing::error!(%error, "a thread for an upload could not be started");
    }
    async move { told.await.ok() }
}

/// Only on Linux does this concern the thread alone; elsewhere it would slow the whole server down.
#[cfg(target_os = "linux")]
fn give_way() {
    if let Err(error) = rustix::process::nice(GIVE_WAY) {
        tracing::debug!(%error, "an upload does not give way");
    }
}

#[cfg(not(target_os = "linux"))]
fn give_way() {
    let _ = GIVE_WAY;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_the_work_makes_is_awaited_and_what_breaks_down_makes_nothing() {
        assert_eq!(quietly(|| 7).await, Some(7));
        assert_eq!(quietly(|| -> u8 { panic!("it breaks down") }).await, None);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn only_the_thread_of_the_work_gives_way() {
        let own = || rustix::process::nice(0).unwrap();
        let before = own();
        assert_eq!(quietly(own).await, Some((before + GIVE_WAY).min(19)));
        assert_eq!(own(), before);
    }
}
