//! The wish to stop, as the operating system tells it: Ctrl-C and SIGTERM.
//! It is handed down as a future and kept nowhere; what stopping means is not its business.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// A future that ends at the first Ctrl-C or SIGTERM from now on. Needs a runtime.
///
/// # Errors
/// When the system does not let signals be listened to.
pub fn stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        let name = tokio::select! {
            _ = interrupt.recv() => "interrupt",
            _ = terminate.recv() => "terminate",
        };
        tracing::info!(signal = name, "stopping");
    })
}
